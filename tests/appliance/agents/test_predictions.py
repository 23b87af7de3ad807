"""What two definitions take the same utterances for is counted by the change, with examples."""

from __future__ import annotations

from collections import Counter

from appliance.agents.predictions import Change, compared


def test_changes_are_counted_as_often_as_they_were_said() -> None:
    said = Counter({"my balance": 3, "hello": 2, "how much have I": 1, "where are you": 1})
    before = {"my balance": "balance", "hello": "greet", "how much have I": "balance", "where are you": "out_of_scope"}
    after = {"my balance": "loan", "hello": "greet", "how much have I": "loan", "where are you": "opening_hours"}
    found = compared(said, before, after)
    assert (found.utterances, found.changed, round(found.share, 3)) == (7, 5, 0.714)
    assert found.changes[0] == Change("balance", "loan", 4, ("my balance", "how much have I"))
    assert found.changes[1] == Change("out_of_scope", "opening_hours", 1, ("where are you",))


def test_nothing_was_said() -> None:
    found = compared(Counter(), {}, {})
    assert (found.utterances, found.changed, found.share) == (0, 0, 0.0)
