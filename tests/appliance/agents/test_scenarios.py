"""Scenarios are read with the place of every mistake, and variants of them are the same at every run."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.scenarios import ScenarioMistakes, Turn, json_schema, load_scenarios, read_scenarios
from appliance.agents.variants import typo, variants

BANKING = load_agent(TEMPLATES / "banking").agent
TEXT = """
scenarios:
  - name: hours_while_asked
    turns:
      - say: what is my balance
        ways: [how much money do I have]
        expect: {intent: balance, step: account}
      - say: savings
        expect: {slots: {account: savings}}
"""


def wrong(text: str) -> list[str]:
    with pytest.raises(ScenarioMistakes) as found:
        read_scenarios("s.yaml", text, BANKING)
    return [str(mistake) for mistake in found.value.mistakes]


def test_what_is_expected_of_a_turn_has_its_place() -> None:
    (written,) = read_scenarios("s.yaml", TEXT, BANKING)
    assert str(written.place()) == "s.yaml:3:5"
    assert str(written.place(1, "slots", "account")) == "s.yaml:9:26"


def test_names_that_lead_nowhere_are_mistakes_with_a_suggestion() -> None:
    (mistake,) = wrong(TEXT.replace("intent: balance", "intent: balanse"))
    assert mistake.startswith("s.yaml:7:18: scenarios[1].turns[1].expect.intent: there is no intent")
    assert mistake.endswith('did you mean "balance"?')
    assert "no slot" in wrong(TEXT.replace("account: savings", "acount: savings"))[0]
    assert "no such key" in wrong(TEXT.replace("expect: {slots", "expects: {slots"))[0]
    assert "exactly one" in wrong(TEXT.replace("- say: savings", "- say: savings\n        keys: '1'"))[0]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [("{outcome: okay}", 'did you mean "ok"'), ("{outcome: ok}", 'value "balance" of ok is missing')],
)
def test_a_scripted_answer_is_one_that_the_operation_has(answer: str, problem: str) -> None:
    connectors = f"  - name: hours_while_asked\n    connectors: {{bank.balance: {answer}}}"
    assert problem in wrong(TEXT.replace("  - name: hours_while_asked", connectors))[0]


def test_variants_are_the_same_at_every_run() -> None:
    (written,) = read_scenarios("s.yaml", TEXT, BANKING)
    made = list(variants(written, BANKING, [False, True]))
    assert made == list(variants(written, BANKING, [False, True]))
    named = [one.variant or "" for one in made]
    assert named[0] == "turn 1, way 1"
    assert {"paraphrase", "typo", "interruption"} <= set(named)
    (digressing,) = [one for one in made if (one.variant or "").startswith("digression")]
    assert digressing.origin == (0, None, 1)
    assert digressing.scenario.turns[1] == Turn(say=digressing.scenario.turns[1].say)
    assert str(digressing.place(2, "slots", "account")) == "s.yaml:9:26"


def test_a_misheard_variant_says_it_again_as_it_is_written_in_english_alone() -> None:
    (written,) = read_scenarios("s.yaml", TEXT, BANKING)
    (misheard,) = [one for one in variants(written, BANKING, [False, True]) if "recogniser" in (one.variant or "")]
    assert misheard.scenario.turns[0].say != "what is my balance"
    assert misheard.again == {0: "what is my balance"}
    spanish = replace(written, scenario=replace(written.scenario, locale="es-ES"))
    assert not [one for one in variants(spanish, BANKING, [False, True]) if "recogniser" in (one.variant or "")]


def test_a_typo_changes_one_word() -> None:
    said = "what is the balance of my account"
    for seed in range(50):
        changed = typo(said, random.Random(seed)).split()
        assert sum(one != other for one, other in zip(changed, said.split(), strict=True)) <= 1


def test_the_templates_scenarios_are_in_order() -> None:
    for path in sorted(TEMPLATES.iterdir()):
        assert load_scenarios(path, load_agent(path).agent), path.name


def test_there_is_a_schema_for_editors() -> None:
    assert json_schema()["properties"].keys() == {"scenarios"}
