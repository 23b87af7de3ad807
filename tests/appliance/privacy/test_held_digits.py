"""Digits that are not over yet."""

from __future__ import annotations

import pytest

from appliance.privacy.held_digits import goes_on, going_on, left_open


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("my card is 4111", 4),
        ("my card is four one one um", 3),
        ("it is 41-11-", 4),
        ("I have two", 1),
        ("4111 and that is all", 0),
        ("is it 4111?", 4),
        ("is it\n4111!\n", 4),
        ("my card is ４１１１", 4),
        ("my card is ٤١١١", 4),
        ("it is <NUMBER_1>", 8),
        ("<NUMBER_1> one one", 10),
        ("that is <PERSON_1>", 0),
        ("vier eins eins fünfundzwanzig", 4),
        ("", 0),
    ],
)
def test_what_a_turn_leaves_open(text: str, count: int) -> None:
    assert left_open(text, {"NUMBER_1": 8}) == count


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1111 please", (0, 4, 4)),
        ("um one one one one thanks", (3, 18, 4)),
        ("and then 11 11", (9, 14, 4)),
        ("wait 1111", (0, 0, 0)),
        ("double that", (0, 0, 0)),
        ("double", (0, 0, 0)),
        ("um double one one", (3, 17, 2)),
        ("", (0, 0, 0)),
    ],
)
def test_what_a_turn_begins_with(text: str, found: tuple[int, int, int]) -> None:
    assert going_on(text) == found


@pytest.mark.parametrize(
    ("before", "text", "found"),
    [
        ("my card is 4111", "1111", (0, 4)),
        ("it's four one one one", "um one one one one", (3, 18)),
        ("<NUMBER_1>", "1111", (0, 4)),
        ("in 30", "1111", None),
        ("my card is 4111", "wait a moment", None),
        ("my card is 411", "7 days", None),
    ],
)
def test_a_number_over_turns_is_seen(before: str, text: str, found: tuple[int, int] | None) -> None:
    assert goes_on(before, {"NUMBER_1": 8}, text) == found
