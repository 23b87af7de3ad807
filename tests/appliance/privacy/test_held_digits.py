"""Digits that are not over yet."""

from __future__ import annotations

import pytest

from appliance.ports import PersonalSpan
from appliance.privacy.held_digits import HeldDigits, open_run
from models.pii.presidio import Presidio


@pytest.fixture(scope="module")
def detector() -> Presidio:
    return Presidio()


@pytest.mark.parametrize(
    ("partial", "shown"),
    [
        ("my card is 4111 11", "my card is"),
        ("my card is four one one", "my card is"),
        ("my card is four one one um", "my card is"),
        ("it is 4111-1111-", "it is"),
        ("I have two", "I have two"),
        ("my card is 4111 1111 1111 1111 and it", "my card is 4111 1111 1111 1111 and it"),
        ("vier eins eins fünfundzwanzig", ""),
        ("", ""),
    ],
)
def test_a_partial_result_ends_before_its_open_digits(partial: str, shown: str) -> None:
    assert HeldDigits().shown(partial) == shown


def test_no_digit_of_a_growing_number_is_ever_shown() -> None:
    held, text = HeldDigits(), "please take four one one one 1111 double one one one 11 11 thanks"
    words = text.split()
    for count in range(len(words)):
        shown = held.shown(" ".join(words[:count]))
        assert len([word for word in shown.split() if word in ("four", "one", "double") or word.isdigit()]) < 3


@pytest.mark.parametrize(
    "turns",
    [
        ["my card is 4111 1111", "1111 1111"],
        ["it's four one one one", "one one one one", "um one one one one", "one one one one thanks"],
        ["4111", "1111", "1111", "1111"],
    ],
)
def test_a_number_over_turns_is_found_whole(detector: Presidio, turns: list[str]) -> None:
    held = HeldDigits()
    for text in turns[:-1]:
        held.turn(text)
    joined = held.turn(turns[-1])
    spans = detector.detect(joined.text, "en")
    assert [span.kind for span in spans] == ["CARD"]
    assert joined.reaches_back(spans)
    assert [span.start for span in joined.own(spans)] == [0]


def test_what_is_no_number_lets_go_of_what_was_held() -> None:
    held = HeldDigits()
    held.turn("my card is 4111 1111")
    assert held.before == "4111 1111"
    assert held.turn("wait a moment").offset == 0
    assert held.before == ""
    assert held.turn("1111 1111").offset == 0


def test_spans_are_counted_in_the_turn_itself() -> None:
    held = HeldDigits()
    held.turn("it is 4111")
    joined = held.turn("1111 for Ann")
    assert joined.text[joined.offset :] == "1111 for Ann"
    spans = [
        PersonalSpan(0, joined.offset + 4, "CARD", 1.0),
        PersonalSpan(joined.offset + 9, len(joined.text), "P", 1.0),
    ]
    assert [(span.start, span.end) for span in joined.own(spans)] == [(0, 4), (9, 12)]


def test_no_more_is_held_than_a_number_has() -> None:
    held = HeldDigits()
    for _ in range(20):
        held.turn("1234 1234")
    assert open_run(held.before)[1] <= 24
