"""What is typed is said as people say it, and compared by how it sounds."""

from __future__ import annotations

import random

import pytest

from appliance.agents.aloud import aloud, words
from appliance.agents.mishearing import misheard


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("my number is 12345678", "my number is 1, 2, 3, 4, 5, 6, 7, 8"),
        ("transfer $1,234.56", "transfer 1234 dollars and 56 cents"),
        ("$1", "1 dollar"),
        ("on May 3 2026", "on May 3 2026"),
        ("savings", "savings"),
    ],
)
def test_a_text_is_said(typed: str, said: str) -> None:
    assert aloud(typed) == said


def test_texts_that_sound_alike_have_the_same_words() -> None:
    assert words(aloud("10115")) == words("one oh one one five")
    assert words("What's that?") == ["what's", "that"]


def test_one_word_is_heard_as_another_and_some_are_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"balance": {"ballads": 0.5}, "savings": {"shaving": 0.9}}
    monkeypatch.setattr("appliance.agents.mishearing.confusions", lambda: table)
    chance = random.Random(1)
    assert misheard("the balance of my savings", chance, frozenset({"savings"})) == "the ballads of my savings"
    assert misheard("what else", chance) == "what else"
