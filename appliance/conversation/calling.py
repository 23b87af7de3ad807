"""What is asked of connectors, knowledge and the language model, and what takes it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from appliance import events as e
from appliance.agents import definition as d
from appliance.conversation.drafting import Draft
from appliance.conversation.state import Frame

KNOWLEDGE, MODEL = "knowledge", "model"
"""In place of a connector's name; `folding.ASKED` has both."""
ANSWERED = "answered"
ASKED_WITHIN_MS = 5000


def call(draft: Draft, step: d.Call) -> bool:
    """Ask a connector. False where an argument is not known."""
    known = arguments(draft, step.arguments)
    if known is None:
        return False
    slots = draft.agent.slots
    secret = tuple(name for name, slot in step.arguments.items() if slot in slots and slots[slot].secure is not None)
    if step.say:
        draft.say(step.say)
    _start(draft, step.call, known, step.timeout_ms, secret)
    return True


def call_back(draft: Draft, step: d.CallBack) -> bool:
    """Have a call-back scheduled. False where its time or number is not known."""
    known = arguments(draft, {"at": step.at, "number": step.number})
    if known is None:
        return False
    if step.say:
        draft.say(step.say)
    _start(draft, step.call_back, known, step.timeout_ms, ())
    return True


def answer(draft: Draft, step: d.Answer) -> bool:
    """Look the last turn up in a knowledge base. False where there is no knowledge, or nothing was said."""
    if KNOWLEDGE not in draft.context.ports or draft.state.said is None:
        return False
    if step.say:
        draft.say(step.say)
    asked = {"base": step.answer, "turn": draft.state.said.turn}
    draft.add(
        e.ConnectorCallStarted(draft.context.ids.new("call"), KNOWLEDGE, "answer", asked, timeout_ms=step.timeout_ms)
    )
    return True


def ask_aside(draft: Draft, asked: str) -> None:
    """Ask knowledge, or the language model, about the last turn; the flow on top stays where it is."""
    assert draft.state.said is not None
    made = draft.context.ids.new("call")
    turn = {"turn": draft.state.said.turn}
    draft.add(e.ConnectorCallStarted(made, asked, "answer", turn, timeout_ms=ASKED_WITHIN_MS, aside=True))


def take_back(draft: Draft, frame: Frame) -> None:
    """Ask for what takes back the calls of a flow that is given up, the last one first. Nobody waits for it."""
    for step in reversed(list(_made(draft.agent, frame))):
        known = arguments(draft, step.undo.arguments) if step.undo else None
        if step.undo is not None and known is not None:
            connector, _, operation = step.undo.call.partition(".")
            draft.because("taken_back", call=step.name)
            draft.add(
                e.ConnectorCallStarted(
                    draft.context.ids.new("call"), connector, operation, known, timeout_ms=step.timeout_ms, aside=True
                )
            )


def arguments(draft: Draft, wanted: Mapping[str, str]) -> dict[str, str] | None:
    """Argument → what its slot holds; None where one holds nothing."""
    found = {argument: draft.state.value(slot) for argument, slot in wanted.items()}
    known = {argument: value for argument, value in found.items() if value is not None}
    return known if len(known) == len(found) else None


def _start(draft: Draft, called: str, known: dict[str, str], timeout_ms: int, secret: tuple[str, ...]) -> None:
    connector, _, operation = called.partition(".")
    draft.add(e.ConnectorCallStarted(draft.context.ids.new("call"), connector, operation, known, secret, timeout_ms))


def _made(agent: d.Agent, frame: Frame) -> Iterator[d.Call]:
    """The calls of a flow, and of those that ran as part of it, that have something to take back."""
    for named, outcome in frame.outcomes.items():
        flow, _, name = named.rpartition(".")
        step = agent.flows[flow or frame.flow].step(name) if (flow or frame.flow) in agent.flows else None
        if isinstance(step, d.Call) and step.undo is not None and outcome in step.undo.after:
            yield step
