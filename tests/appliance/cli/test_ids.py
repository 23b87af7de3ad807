"""What is no id never gets as far as a record."""

from __future__ import annotations

import secrets

import pytest

from appliance.access.tokens import derived_id, new_id
from appliance.cli.ids import agent, conversations, entry, persons, reason
from appliance.errors import Invalid


def test_ids_that_the_box_makes_are_taken() -> None:
    for name in (secrets.token_hex(16), new_id(), derived_id("a"), "7f3c0d9a52b84a0f9c1d6e2b7a5f4e31"):
        assert conversations([name]) == (name,)


@pytest.mark.parametrize(
    "typed",
    ["4111111111111111", "41111111111111111111", "anna.schmidt@example.com", "+491751234567", "Anna", "", "b2t.>"],
)
def test_anything_else_is_refused_and_not_repeated(typed: str) -> None:
    for read in (conversations, persons):
        with pytest.raises(Invalid) as refused:
            read([typed])
        assert not typed or typed not in refused.value.title


def test_a_person_is_a_hash() -> None:
    assert persons(["0" * 31 + "a"]) == ("0" * 31 + "a",)
    assert (conversations(None), persons(None)) == ((), ())


@pytest.mark.parametrize("typed", ["4929718349268854", "4929-7183-4926-8854", "078-05-1120", "a b", "a@b", "x" * 65])
def test_a_reason_is_nobodys_number(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        reason(typed)
    assert typed not in refused.value.title


def test_a_reason_is_a_tickets_number() -> None:
    for typed in ("T-1", "GDPR-17", "2026-11-0001", "INC0012345678", "case/4711:2"):
        assert reason(typed) == typed
    assert (reason(""), reason(None)) == (None, None)


@pytest.mark.parametrize("typed", ["account:4929718349268854", "4929718349268854", "Anna", "a@b.c"])
def test_an_entry_names_ids_alone(typed: str) -> None:
    for read in (entry, agent):
        with pytest.raises(Invalid):
            read(typed)


def test_what_entries_name_is_taken() -> None:
    for name in (
        f"h:{'0a' * 16}",
        "account:q3Vn8ZkP0aB1cD2e",
        "uid-1000",
        "7f3c0d9a52b84a0f9c1d6e2b7a5f4e31",
        new_id(),
    ):
        assert entry(name) == name
    assert (entry(None), agent(None), agent("my_bank")) == (None, None, "my_bank")
