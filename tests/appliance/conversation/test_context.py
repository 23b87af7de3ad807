from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import events as e
from appliance.agents.definition import Entity
from appliance.conversation.context import Before, Cues, cues, resolved

ENTITIES = {
    "account": Entity(options={"checking": ("checking",), "savings": ("savings",)}),
    "day": Entity(type="date"),
    "amount": Entity(type="money"),
}
BEFORE = Before(
    slots=(
        ("from_account", "account", "checking"),
        ("day", "day", "date:2026-05-03"),
        ("amount", "amount", "money:50:USD"),
    ),
    entities=ENTITIES,
)


def heard(*entities: e.Entity, intent: str | None = None, confidence: float = 0.2) -> e.Understanding:
    return e.Understanding(intent, confidence, entities=entities)


def meant(text: str, understanding: e.Understanding, before: Before = BEFORE) -> e.Understanding:
    return resolved(understanding, cues(text), before)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("the same date", "date:2026-05-03"),
        ("on the same day please", "date:2026-05-03"),
        ("same amount", "money:50:USD"),
        ("the same account", "checking"),
        ("dasselbe datum, also am selben datum", "date:2026-05-03"),
        ("den selben betrag", None),
        ("derselbe betrag", "money:50:USD"),
        ("la misma cantidad", "money:50:USD"),
        ("the same colour", None),
        ("that one", "money:50:USD"),
        ("the other one", "savings"),
        ("hello", None),
    ],
)
def test_what_was_mentioned_last(text: str, value: str | None) -> None:
    assert [one.value for one in meant(text, heard()).entities] == ([value] if value else [])


def test_that_one_is_of_the_kind_that_is_asked_for() -> None:
    asked = Before(slots=BEFORE.slots, entities=ENTITIES, wanted="day")
    assert [one.value for one in meant("that one again", heard(), asked).entities] == ["date:2026-05-03"]


def test_what_is_said_outright_stays() -> None:
    said = heard(e.Entity("day", "date:2026-06-01"))
    assert meant("the same date, the first of june", said).entities == said.entities


@pytest.mark.parametrize(
    ("text", "found", "role"),
    [
        ("no, i mean the fifth", e.Entity("day", "date:2026-05-05"), "day"),
        ("not checking, savings", e.Entity("account", "savings"), "from_account"),
        ("actually make it sixty", e.Entity("amount", "money:60:USD"), "amount"),
        ("nein, sparkonto", e.Entity("account", "savings"), "from_account"),
        ("savings", e.Entity("account", "savings"), None),
        ("no, checking", e.Entity("account", "checking"), None),
        ("no, to savings", e.Entity("account", "savings", role="to_account"), "to_account"),
    ],
)
def test_a_correction_is_meant_for_the_slot_it_changes(text: str, found: e.Entity, role: str | None) -> None:
    assert [one.role for one in meant(text, heard(found)).entities] == [role]


def test_a_correction_answers_the_question_that_waits() -> None:
    asked = Before(slots=BEFORE.slots, entities=ENTITIES, wanted="account")
    assert meant("no, savings", heard(e.Entity("account", "savings")), asked).entities[0].role is None


def test_more_of_the_same() -> None:
    before = Before(slots=(("", "account", "checking"),), entities=ENTITIES, intent="balance")
    savings = heard(e.Entity("account", "savings"))
    for text in ("and the savings one?", "what about savings", "und das sparkonto?", "y la de ahorros?"):
        assert meant(text, savings, before).intent == "balance"
    assert meant("savings", savings, before).intent is None
    assert meant("and checking", heard(e.Entity("account", "checking")), before).intent is None
    outright = heard(e.Entity("account", "savings"), intent="transfer", confidence=0.9)
    assert meant("and transfer it to savings", outright, before).intent == "transfer"
    assert meant("and savings", savings).intent is None  # a flow runs


@given(st.text(max_size=80))
def test_any_text_has_cues_and_no_cues_change_nothing(text: str) -> None:
    assert isinstance(cues(text), Cues)
    said = heard(e.Entity("day", "date:2026-06-01"))
    assert resolved(said, Cues(), BEFORE) is said
