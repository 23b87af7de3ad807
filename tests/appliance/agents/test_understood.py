"""What may be lost of how well an agent is understood, and in which words it is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from appliance.agents.definition import PublishBudget
from appliance.agents.loading import TEMPLATES, Version, load_agent, version_of
from appliance.agents.understood import OfIntent, Shares, Taught, Understood, lessons, refusals, taught
from appliance.agents.versions import NotPublished, check_understood

BANKING = load_agent(TEMPLATES / "banking")
INTENTS = {
    "balance": OfIntent(50, 0.5, 1.0, "transactions"),
    "transfer": OfIntent(50, 0.98, 0.96),
    "out_of_scope": OfIntent(100, 0.9, 0.97, "balance"),
}
FELL = Understood(100, 100, Shares(0.74, 0.9), Shares(0.98, 0.97), INTENTS)


def allowing(**budget: float) -> Version:
    agent = BANKING.agent
    return version_of(replace(agent, policies=replace(agent.policies, publish=PublishBudget(**budget))))


def test_each_figure_has_its_own_budget() -> None:
    accuracy, outside = refusals(BANKING, {"en-US": FELL})
    assert accuracy == (
        "en-US: of 100 examples left out of training, the share that is understood as its intent falls from 98.0% to "
        "74.0%; 2.0% may go (policies.publish.accuracy). Lost most: balance 100% → 50%, taken for transactions."
    )
    assert "none of its business, the share that is refused falls from 97.0% to 90.0%; 5.0% may go" in outside
    assert outside.endswith("Lost most: out_of_scope 97% → 90%, taken for balance.")
    assert refusals(allowing(accuracy=0.25), {"en-US": FELL}) == (outside,)
    assert refusals(allowing(accuracy=0.25, out_of_scope=0.07), {"en-US": FELL}) == ()
    with pytest.raises(NotPublished, match=r"policies.publish of the definition, or publish with a reason\."):
        check_understood(BANKING, {"en-US": FELL})


def test_a_single_example_is_chance() -> None:
    one = replace(FELL, examples=10, outside=0, after=Shares(0.9, 1.0), before=Shares(1.0, 1.0))
    assert refusals(BANKING, {"en-US": one}) == ()
    assert refusals(BANKING, {"en-US": replace(one, after=Shares(0.8, 1.0))}) != ()


def test_what_was_never_published_has_a_least_of_its_own_examples() -> None:
    own = {"balance": OfIntent(30, 0.4, None, "transfer"), "slower": OfIntent(300, 1.0), "out_of_scope": OfIntent(9, 0)}
    first = Understood(330, 9, Shares(0.94, 0.0), None, own)
    (said,) = refusals(BANKING, {"de-DE": first})
    assert said.startswith("de-DE: of 30 examples left out of training")
    assert "is 40.0%; a first version has 50.0% at least (policies.publish.least)" in said
    assert said.endswith("Lost most: balance 40%, taken for transfer.")
    assert refusals(allowing(least=0.4), {"de-DE": first}) == ()
    few = {"balance": OfIntent(6, 0.0, None, "transfer")}
    assert refusals(BANKING, {"de-DE": replace(first, intents=few)}) == ()


def test_a_lesson_has_room_in_one_message_and_two_versions_keep_the_same() -> None:
    def of(first: int) -> Taught:
        examples = tuple(
            f"this is example number {number} of a great many that there are" for number in range(first, first + 9000)
        )
        intents = {**BANKING.agent.intents, "many": replace(BANKING.agent.intents["balance"], examples=examples)}
        return taught(replace(BANKING.agent, intents=intents))

    one, other = of(0), of(100)
    assert len(json.dumps(one)) < 520_000
    assert set(one["card_block"]) == set(taught(BANKING.agent)["card_block"])
    assert {name: len(said) for name, said in one.items() if name != "many"} == {
        name: len(said) for name, said in other.items() if name != "many"
    }
    common = set(one["many"]) & set(other["many"])
    assert len(common) > 0.9 * len(one["many"])


def test_the_record_keeps_what_lost_most() -> None:
    assert list(FELL.lost) == ["balance", "out_of_scope"]
    many = {f"intent_{number}": OfIntent(number + 1, 0.5, 1.0) for number in range(30)}
    assert list(replace(FELL, intents=many).short.intents) == [f"intent_{number}" for number in range(29, 19, -1)]


def test_languages_that_learn_the_same_are_not_asked_again() -> None:
    assert list(lessons(BANKING, BANKING)) == []
    assert [(locale, theirs is None) for locale, _, theirs in lessons(BANKING, None)] == [
        ("en-US", True),
        ("de-DE", True),
    ]
    other = replace(BANKING.agent.intents["balance"], examples=("how much is there",))
    draft = version_of(replace(BANKING.agent, intents={**BANKING.agent.intents, "balance": other}))
    assert [locale for locale, _, _ in lessons(draft, BANKING)] == ["en-US"]
    assert taught(draft.agent)["balance"] == (("how much is there",),)
