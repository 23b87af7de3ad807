"""Mistakes in the steps of flows are named with file, line and what was probably meant."""

from __future__ import annotations

import pytest

from appliance.agents.document import files_of
from appliance.agents.loading import AgentMistakes, read_agent
from tests.fakes.house_bank import HOUSE_BANK, Path

FILES = files_of(Path(__file__).parents[1] / "conversation/bank")
[NAME] = FILES


@pytest.mark.parametrize(
    ("old", "new", "key", "problem", "suggestion"),
    [
        ('"fee > 0.0"', '"fe > 0.0"', "flows.transfer.steps[6].when", "undeclared reference to 'fe'", "fee"),
        ('"fee > 0.0"', '"fee > 0"', "flows.transfer.steps[6].when", "such as 500.0", None),
        ('"fee > 0.0"', '"fee + 1.0"', "flows.transfer.steps[6].when", "a condition is true or false", None),
        ("then: warn", "then: wrn", "flows.transfer.steps[6].then", 'no step "wrn"', "warn"),
        ("- run: identify", "- run: idenify", "flows.balance.steps[1].run", 'no flow "idenify"', "identify"),
        ("        no: kept", "        no: kpt", "flows.block.steps[3].no", 'no step "kpt"', "kept"),
        ("- answer: faq", "- answer: fqa", "flows.fees.steps[1].answer", 'no knowledge base "fqa"', "faq"),
        ("hand_over: person", "hand_over: persn", "flows.balance.steps[5].hand_over", 'no transfer "persn"', "person"),
        ("value: true", "value: maybe", "flows.identify.steps[4].value", "is nothing that the slot", None),
        ("remember: verified", "remember: verifed", "flows.identify.steps[4].remember", "no slot to fill", "verified"),
        ("amount > 1000.0 ? 2.5 : 0.0", "amount > 1000.0", "flows.transfer.steps[5].expression", "gives a flag", None),
        ("call: bank.release", "call: bank.relase", "flows.transfer.steps[9].undo.call", "no op", "bank.release"),
        ("        wrong: Those are the same.\n", "", "flows.transfer.steps[3]", "both of the keys check, wrong", None),
        ("        retries: 2\n", "", "flows.identify.steps[2].otherwise", "needs the key retries", None),
        ("at: when", "at: wen", "flows.call_back.steps[3].at", 'no slot "wen"', "when"),
        ("text: When shall", "skip: phone\n        text: When shall", "flows.call_back.steps[1].skip", "no slot", None),
        ("verified: {", "verified: {entity: card, ", "slots.verified", "exactly one of the keys", None),
        ("  bank:\n    op", "  knowledge:\n    op", "connectors.knowledge", "the appliance's own", None),
    ],
)  # fmt: skip
def test_a_mistake_is_named_where_it_is(old: str, new: str, key: str, problem: str, suggestion: str | None) -> None:
    assert old in FILES[NAME]
    with pytest.raises(AgentMistakes) as caught:
        read_agent({NAME: FILES[NAME].replace(old, new, 1)})
    found = [mistake for mistake in caught.value.mistakes if mistake.key == key]
    assert found, str(caught.value)
    assert problem in found[0].problem
    assert found[0].suggestion == suggestion
    line = FILES[NAME][: FILES[NAME].index(old)].count("\n") + 1
    assert abs(found[0].place.line - line) <= 4


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "{from: option, amount: value}",
            "{from: option, amount: digits}",
            'digits, but the slot "amount" holds value',
        ),
        ("{from: from_account, amount: amount}", "{from: from_account, amount: pin}", 'slot "pin" holds secret'),
    ],
)
def test_an_argument_takes_what_the_slot_holds(old: str, new: str, problem: str) -> None:
    pin = "\nslots:\n  pin: {secure: {min_digits: 4, max_digits: 6}}\n"
    with pytest.raises(AgentMistakes, match=problem):
        read_agent({NAME: FILES[NAME].replace("\nslots:\n", pin, 1).replace(old, new, 1)})


def test_flows_that_run_each_other_never_end() -> None:
    step = "    title: Find out who it is\n    steps:\n"
    with pytest.raises(AgentMistakes, match="leads back to this flow"):
        read_agent({NAME: FILES[NAME].replace(step, step + "      - run: balance\n", 1)})


def test_the_house_bank_is_whole() -> None:
    assert read_agent(FILES).version == HOUSE_BANK.version
