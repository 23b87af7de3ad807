"""What is no id never gets as far as a record."""

from __future__ import annotations

import secrets

import pytest

from appliance.access.tokens import derived_id, new_id
from appliance.cli.ids import conversations, persons
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
