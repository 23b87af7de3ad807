"""Which words end a turn early or late, and which are none."""

from __future__ import annotations

import pytest

from appliance.turns.words import ends_in_digit, is_back_channel, is_complete, is_expected

PHRASES = ("Savings", "savings account", "Checking.")


@pytest.mark.parametrize("text", ["Uh-huh.", "yeah", "OK", "Mm-hmm", "all right", "I see"])
def test_back_channels(text: str) -> None:
    assert is_back_channel(text)


@pytest.mark.parametrize("text", ["", "stop", "yes please do that", "no", "savings"])
def test_what_is_none(text: str) -> None:
    assert not is_back_channel(text)


def test_complete_is_what_has_no_longer_form() -> None:
    assert is_complete("Savings account!", PHRASES)
    assert is_complete("checking", PHRASES)
    assert not is_complete("savings", PHRASES)
    assert not is_complete("", PHRASES)
    assert not is_complete("loan", PHRASES)


def test_expected() -> None:
    assert is_expected("SAVINGS", PHRASES)
    assert not is_expected("loan", PHRASES)


def test_digits() -> None:
    assert ends_in_digit("my number is one two")
    assert ends_in_digit("1234")
    assert not ends_in_digit("one moment")
    assert not ends_in_digit("")
