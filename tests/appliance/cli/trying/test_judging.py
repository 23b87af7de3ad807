"""What differs from what a scenario expects is told with its place, what was expected and what came."""

from __future__ import annotations

from appliance import events as e
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.scenarios import read_scenarios
from appliance.cli.agents_test import as_junit
from appliance.cli.trying.connectors import Made
from appliance.cli.trying.coverage import Coverage
from appliance.cli.trying.judging import Judge
from appliance.cli.trying.stage import Came
from appliance.conversation.state import Frame, State
from appliance.privacy.values import Digits, Money

BANKING = load_agent(TEMPLATES / "banking").agent


def judged(expect: str, came: Came, *secrets: str) -> list[str]:
    text = f"scenarios:\n  - name: one\n    turns:\n      - say: hello\n        expect: {expect}\n"
    (written,) = read_scenarios("s.yaml", text, BANKING)
    return [str(one) for one in Judge(written).turn(0, written.scenario.turns[0].expect, came, secrets)]


def came(**given: object) -> Came:
    frame = Frame("balance", "pin", values={"account": "savings", "customer": "NUMBER_1"})
    made = Came(State("c", stack=(frame,)), understanding=e.Understanding("balance", 0.9, (("balance", 0.9),)))
    made.values = {"NUMBER_1": Digits("12345678"), "MONEY_1": Money("12.34")}
    for name, value in given.items():
        setattr(made, name, value)
    return made


def test_all_that_is_as_expected_tells_nothing() -> None:
    made = came(replies=["Please enter your PIN."], calls=[Made("bank.balance", {"account": "savings"})])
    expect = (
        "{intent: balance, flow: balance, step: pin, slots: {account: savings, customer: '12345678'}, ended: false,"
        " calls: {bank.balance: {account: savings}}, reply: {contains: your pin, matches: 'PIN\\.$', lacks: sorry}}"
    )
    assert judged(expect, made) == []


def test_a_difference_has_its_line_and_both_sides() -> None:
    (told,) = judged("{intent: loan}", came())
    assert told == "s.yaml:5:18: turn 1: intent\n    expected: loan\n    got:      balance (balance 0.90)"
    assert "got:      balance/pin" in judged("{step: account}", came())[0]
    assert "expected: checking\n    got:      savings" in judged("{slots: {account: checking}}", came())[0]
    assert 'got:      "Hello."' in judged("{reply: {equals: Hello}}", came(replies=["Hello."]))[0]
    assert "expected: person\n    got:      none" in judged("{transfer: person}", came())[0]
    assert "expected: no bank.balance" in judged("{calls: {}}", came(calls=[Made("bank.balance", {})]))[0]


def test_a_value_in_clear_is_told_unasked() -> None:
    assert "privacy" in judged("{}", came(stored=["my number is 12345678"]))[0]
    assert "privacy" in judged("{}", came(stored=["you have $12.34"]))[0]
    assert "privacy" in judged("{}", came(stored=["pin 2468"]), "2468")[0]
    assert judged("{}", came(stored=["my number is <NUMBER_1>", "112345678"])) == []


def test_coverage_names_what_was_not_gone() -> None:
    covered = Coverage(BANKING)
    covered.take([e.FlowStarted("balance", "intent"), e.StepReached("balance", "account")])
    covered.take(
        [
            e.FlowStarted("balance", "intent"),
            e.StepReached("balance", "account"),
            e.StepReached("balance", "customer"),
            e.FlowStarted("opening_hours", "digression"),
            e.StepReached("opening_hours", BANKING.flows["opening_hours"].steps[0].name),
            e.FlowFinished("opening_hours", "done"),
            e.StepReached("balance", "pin"),
        ]
    )
    flows = covered.document()["flows"]
    assert flows["balance"]["steps_reached"] == 3
    assert flows["balance"]["ways_gone"] == 2
    assert flows["opening_hours"]["ways_missing"] == []
    assert "look_up → locked (locked)" in flows["balance"]["ways_missing"]


def test_junit_has_a_case_for_each() -> None:
    failure = {"file": "s.yaml", "line": 5, "turn": 1, "what": "reply", "expected": "<a>", "got": '"b"'}
    case = {"name": "one", "kind": "variant", "variant": "typo", "file": "s.yaml", "line": 2, "seconds": 0.1}
    case |= {"notes": ["turn 1 had to be said again"], "failures": [failure]}
    written = as_junit({"agent": "banking", "failed": 1, "seconds": 1.5, "scenarios": [case]}).decode()
    assert 'tests="1" failures="1"' in written
    assert 'name="one [typo]"' in written
    assert 'classname="s.yaml.variant"' in written
    assert "<system-out>turn 1 had to be said again</system-out>" in written
    assert "expected: &lt;a&gt;" in written
