"""10,000 turns against a hostile model, caller, knowledge and connector; and that it would be seen if a guard were
missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from appliance import events as e
from appliance.agents.builtins import YES_NO
from appliance.conversation import listening, proposing, proposing_answers, proposing_wording
from appliance.privacy.references import escape
from tests.fakes import hostile

SEEDS = (1, 2, 3, 4)
TURNS = 2_500
"""With each seed: 10,000 in all."""


async def against(turns: int, seed: int, prepare: Callable[[hostile.Adversary], None] = lambda _: None) -> Any:
    adversary = hostile.Adversary(seed)
    prepare(adversary)
    while adversary.turns_taken < turns:
        await adversary.converse(12)
    return adversary


@pytest.mark.parametrize("seed", SEEDS)
async def test_nothing_hostile_changes_what_is_done(seed: int) -> None:
    adversary = await against(TURNS, seed)
    assert adversary.turns_taken >= TURNS
    # it was no idle threat: proposals were taken, things were confirmed by callers, words and answers were said
    assert len(adversary.model.prompts) > TURNS / 3
    assert min(adversary.proposals_taken, adversary.worded) > TURNS / 20
    assert adversary.confirmed > TURNS / 200
    assert adversary.composed > 2


REAL_FITTING = proposing.fitting


def a_yes_fits(patch: pytest.MonkeyPatch) -> None:
    def fitting(found: e.Understanding, agent: Any, state: Any) -> e.Understanding:
        said_yes = tuple(one for one in found.entities if one.kind == YES_NO)
        fitted = REAL_FITTING(found, agent, state)
        return replace(fitted, entities=(*fitted.entities, *said_yes))

    patch.setattr(listening, "fitting", fitting)


def any_value_fits(patch: pytest.MonkeyPatch) -> None:
    def fitting(found: e.Understanding, agent: Any, state: Any) -> e.Understanding:
        others = tuple(one for one in found.entities if one.kind != YES_NO)
        return replace(REAL_FITTING(found, agent, state), entities=others)

    patch.setattr(listening, "fitting", fitting)


def any_flow_fits(patch: pytest.MonkeyPatch) -> None:
    def fitting(found: e.Understanding, agent: Any, state: Any) -> e.Understanding:
        return replace(REAL_FITTING(found, agent, state), intent=found.intent, confidence=1.0)

    patch.setattr(listening, "fitting", fitting)


def any_value_is_offered(patch: pytest.MonkeyPatch) -> None:
    """What a model may choose from is everything the conversation has ever held."""
    before = proposing.choices

    def choices(agent: Any, state: Any) -> Any:
        offered = before(agent, state)
        known = {name: f"<{name}>" for name in (*state.references, "NUMBER_7")}
        return replace(offered, slots={slot: {**values, **known} for slot, values in offered.slots.items()})

    patch.setattr(proposing, "choices", choices)


def any_wording(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(proposing_wording, "says_the_same", lambda *_: True)


def any_answer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(proposing_answers, "carried", lambda *_: True)


@pytest.mark.parametrize(
    ("missing", "seen"),
    [
        (a_yes_fits, "without the caller's yes"),
        (any_value_fits, "made up|does not hold"),
        (any_flow_fits, "ended a conversation"),
        (any_value_is_offered, "a prompt holds a reference that this turn does not"),
        (any_wording, "a reply"),
        (any_answer, "no passage says this"),
    ],
)
async def test_a_missing_guard_is_seen(
    missing: Callable[[pytest.MonkeyPatch], None], seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing(monkeypatch)
    with pytest.raises(hostile.Broken, match=seen):
        await against(4 * TURNS, seed=7)


async def test_values_that_were_not_taken_out_are_seen() -> None:
    def leaking(adversary: hostile.Adversary) -> None:
        adversary.redact = lambda raw, keys, state: (escape(raw.replace("{", "").replace("}", "")), ())

    with pytest.raises(hostile.Broken, match="holds a value"):
        await against(4 * TURNS, seed=7, prepare=leaking)
