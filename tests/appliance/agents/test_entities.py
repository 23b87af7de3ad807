from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.agents.checks import check
from appliance.agents.definition import PERSONAL, DigitCount, Entity, Slot
from appliance.agents.loading import TEMPLATES, load_agent

BANKING = load_agent(TEMPLATES / "banking").agent


def problems(**entities: Entity) -> list[tuple[str, str]]:
    """Where in the new entities something is wrong, and what."""
    slots = {**BANKING.slots, **{f"{name}_slot": Slot(entity=name) for name in entities}}
    agent = replace(BANKING, entities={**BANKING.entities, **entities}, slots=slots)
    found = [(path, problem) for path, problem, _ in check(agent) if path[0] == "entities"]
    return [(".".join(str(key) for key in path[1:]), problem) for path, problem in found]


def test_every_kind_is_fine_by_itself() -> None:
    assert not problems(
        day=Entity(type="date", prefer="past", personal=True),
        amount=Entity(type="money", currency="EUR", min=1, max=100),
        order=Entity(pattern="[A-Z]{2}-[0-9]+", personal=False),
        meal=Entity(parts={"count": "number", "what": "account"}),
        number=Entity(type="number", roles={"number_slot": ("about",)}),
        colour=Entity(options={"red": ("red",)}, exact=True),
    )


@pytest.mark.parametrize(
    ("entity", "where", "problem"),
    [
        (Entity(), "it", "has exactly one of the keys options, digits, type, pattern, parts"),
        (Entity(type="date", pattern="x"), "it", "has exactly one of the keys options, digits, type, pattern, parts"),
        (Entity(digits=DigitCount(min=3, max=2)), "it.digits", "min is more than max"),
        (Entity(type="money", min=3, max=2), "it.min", "min is more than max"),
        (Entity(pattern="(x"), "it.pattern", "is not a regular expression: missing ), unterminated subpattern"),
        (Entity(pattern="x*"), "it.pattern", "fits nothing at all as well"),
        (Entity(type="date", currency="EUR"), "it.currency", "is for money only"),
        (Entity(type="date", exact=True), "it.exact", "is for options only"),
        (Entity(type="phone", min=1), "it.min", "is for money, number only"),
    ],
)
def test_mistakes_are_named(entity: Entity, where: str, problem: str) -> None:
    assert (where, problem) in problems(it=entity)


def test_names_that_lead_nowhere() -> None:
    assert problems(it=Entity(parts={"count": "nothing"}))[0][0] == "it.parts.count"
    assert problems(it=Entity(type="date", roles={"account": ("from",)}))[0][0] == "it.roles.account"


def test_what_is_personal() -> None:
    assert {kind for kind in PERSONAL if kind not in ("pattern", "digits")} == {
        "phone",
        "email",
        "account",
        "card_last_four",
        "person",
    }
    assert Entity(type="phone").sealed
    assert not Entity(type="date").sealed
    assert Entity(type="date", personal=True).sealed
    assert not Entity(type="phone", personal=False).sealed


def test_a_version_of_plain_entities_is_what_it_was() -> None:
    assert all(BANKING.entities[name].plain for name in ("account", "customer_number", "card"))
    assert not BANKING.entities["own_account"].plain
    assert not Entity(options={"red": ("red",)}, exact=True).plain
