"""The Patient Front Desk: what is urgent in its words, from every place of every flow; nothing told unverified.

The wordings lie in `patient_front_desk/`, one a line. Its conversations as a whole are its scenarios.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from pathlib import Path

import pytest

from appliance import events as e
from appliance.agents import definition as d
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.conversation.deciding import decide
from appliance.conversation.folding import apply
from appliance.conversation.urgency import in_words
from services.connectors.demo_clinic import OPERATIONS
from tests.fakes.talk import Talk

AGENT = load_agent(TEMPLATES / "patient_front_desk").agent
FOLDER = Path(__file__).parent / "patient_front_desk"
EMERGENCY = "If a life may be in danger, dial 911 now."
CRISIS = "You are not alone. If you or someone else is in danger, dial 911 now."


def lines(name: str) -> list[str]:
    return [line for line in (FOLDER / name).read_text().splitlines() if line and not line.startswith("#")]


def meant(text: str) -> str | None:
    found = in_words(AGENT, text)
    return found.intent if found is not None else None


def forms(text: str) -> set[str]:
    """As it is written, shouted, recognised, or said in the middle of something else."""
    bare = text.lower().replace("'", "").replace(",", "")
    return {text, text.upper(), text.replace("'", "’"), bare, f"hello, {text} please", f"um so {bare} and so on"}


@pytest.mark.parametrize(
    ("file", "intents"), [("emergencies.txt", {"emergency", "crisis"}), ("crises.txt", {"crisis", "emergency"})]
)
def test_every_wording_is_taken_by_its_words_alone(file: str, intents: set[str]) -> None:
    missed = [form for text in lines(file) for form in sorted(forms(text)) if meant(form) not in intents]
    assert missed == []


def test_what_is_said_of_harm_is_told_where_to_call_and_what_is_said_of_danger_is_not_taken_for_it() -> None:
    harm = lines("crises.txt")
    assert sum(meant(text) == "crisis" for text in harm) >= 0.95 * len(harm)
    danger = lines("emergencies.txt")
    assert sum(meant(text) == "emergency" for text in danger) >= 0.95 * len(danger)


def test_ordinary_sentences_are_none_of_it() -> None:
    assert [(text, meant(text)) for text in lines("ordinary.txt") if meant(text) is not None] == []


def test_there_are_many() -> None:
    assert len(lines("emergencies.txt")) >= 150
    assert len(lines("crises.txt")) >= 75
    assert len(lines("ordinary.txt")) >= 150


PLACES = [
    (name, step.name)
    for name, flow in AGENT.flows.items()
    for step in flow.steps
    if isinstance(step, d.Ask | d.Confirm | d.Call | d.Answer | d.Collect)
]


@pytest.mark.parametrize(("text", "says"), [("my chest hurts", EMERGENCY), ("I want to kill myself", CRISIS)])
@pytest.mark.parametrize(("flow", "step"), PLACES)
def test_it_goes_before_everything_from_every_place_that_waits(flow: str, step: str, text: str, says: str) -> None:
    talk = Talk(agent=AGENT)
    talk.start()
    before: list[e.Event] = [
        e.FlowStarted("book", "intent"),
        e.FlowStarted(flow, "digression"),
        e.StepReached(flow, step),
    ]
    if isinstance(AGENT.flows[flow].step(step), d.Call | d.Answer):
        before.append(e.ConnectorCallStarted("call_1", "clinic", "verify", {}, timeout_ms=5000))
    state = reduce(apply, before, talk.state)
    said = e.Said(input_id="input9", conversation="c1", leg="leg1", modality=e.Modality.TEXT, text="")
    stored = e.Stored(input=said, text=e.Sealed("redacted", text))
    decided = decide(state, stored, talk.context(9, in_words(AGENT, text)))
    heard = talk.heard(decided)
    assert heard.startswith(says)
    assert heard.endswith("I am putting you through to a nurse at once.")
    assert (decided.state.stack, decided.state.transferred) == ((), "nurse")


def test_nothing_of_a_patient_is_asked_of_the_connector_before_verification() -> None:
    """Each flow that calls anything but `verify` runs it first."""
    for name, flow in AGENT.flows.items():
        calls = [number for number, step in enumerate(flow.steps) if isinstance(step, d.Call)]
        if calls and name != "verify":
            runs = [
                number for number, step in enumerate(flow.steps) if isinstance(step, d.Run) and step.run == "verify"
            ]
            assert runs, name
            assert runs[0] < calls[0], name


def test_what_the_connector_takes_and_gives_is_what_the_agent_says() -> None:
    said = AGENT.connectors["clinic"].operations
    assert {
        name: (dict(one.arguments), {o: dict(v) for o, v in one.outcomes.items()}) for name, one in said.items()
    } == {
        name: (dict(one.arguments), {o: dict(v) for o, v in one.outcomes.items()}) for name, one in OPERATIONS.items()
    }


@pytest.mark.parametrize("entity", ["patient_number", "birth_date", "day", "medicine"])
def test_what_tells_of_a_patient_goes_sealed(entity: str) -> None:
    assert AGENT.entities[entity].sealed
    assert not replace(AGENT.entities[entity], personal=False).sealed
