"""One decision in the making: events with the state they fold to, and what is to be said."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from appliance.agents import definition as d
from appliance.agents import texts
from appliance.conversation.folding import apply
from appliance.conversation.state import State
from appliance.events import (
    ConnectorCallStarted,
    Decided,
    Event,
    Expectation,
    ReplyMade,
    Sealed,
    SecureCapture,
    Understanding,
)
from appliance.privacy import values
from appliance.privacy.sealing import reply_place


class Sealer(Protocol):
    """`appliance.privacy.sealing.ConversationKeys`."""

    def seal_text(self, place: str, text: str) -> Sealed: ...

    def unseal_text(self, place: str, sealed: Sealed) -> str: ...


@dataclass(slots=True)
class Ids:
    """Ids of what one input makes: the same every time it is decided."""

    conversation: str
    sequence: int
    """The input's place in the inbox."""
    _made: int = 0

    def new(self, kind: str) -> str:
        self._made += 1
        named = f"{self.conversation}/{self.sequence}/{self._made}"
        return f"{kind}_{hashlib.sha256(named.encode()).hexdigest()[:20]}"


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision may know besides state and input."""

    agent: d.Agent
    version: str
    ids: Ids
    sealer: Sealer
    at: datetime
    """Now, with its time zone."""
    understanding: Understanding | None = None
    """Of the input, where it is something said."""
    earlier: State | None = None
    """Of a start: the last conversation of the same calling number."""
    ports: frozenset[str] = frozenset()
    """Which of `knowledge` and `model` there are to be asked."""
    locale: str | None = None
    """The party's from this input on, where it is another than before; `agent` is in it already."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`state` is what `events` make of the state that was decided on. No events: nothing is to be recorded."""

    events: tuple[Event, ...]
    state: State


@dataclass(slots=True)
class Draft:
    state: State
    context: Context
    turn: str | None = None
    """The turn this answers."""
    events: list[Event] = field(default_factory=list)
    question: str | None = None
    """Said last: what is asked, or offered, at the end of it all."""
    speed: float | None = None
    """How fast the party wants to be spoken to from now on."""
    citations: tuple[str, ...] = ()
    worded: Literal["phrased", "composed"] | None = None
    _statements: list[str] = field(default_factory=list)
    _rules: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _found: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._found = tuple(f"{frame.flow}/{frame.step or ''}" for frame in self.state.stack)

    @property
    def agent(self) -> d.Agent:
        return self.context.agent

    def add(self, event: Event) -> None:
        self.events.append(event)
        self.state = apply(self.state, event)

    def because(self, rule: str, **about: object) -> None:
        """Note what decided. The first rule of a turn decided on it, others came of that."""
        if len(self._rules) < 8:
            self._rules.append((rule, {name: str(value) for name, value in about.items() if value is not None}))

    def say(self, text: str, **own: str) -> None:
        """`own`: names that only this text knows."""
        said = self.text(text, **own)
        if said:
            self._statements.append(said)

    def ask(self, text: str, **own: str) -> None:
        self.question = self.text(text, **own)

    def say_again(self) -> None:
        """The last reply, whole."""
        last = self.state.reply
        if last is not None:
            self._statements.append(self.context.sealer.unseal_text(reply_place(last.reply), last.text))
            self.question = None

    def text(self, template: str, **own: str) -> str:
        return texts.render(template, {**_known(self, template), **own}) if "{" in template else template

    def finish(self) -> Decision:
        """Put what was said into one reply."""
        said = " ".join([*self._statements, self.question or ""]).strip()
        if said:
            reply = self.context.ids.new("reply")
            sealed = self.context.sealer.seal_text(reply_place(reply), said)
            ends = [event for event in self.events if event.kind == "conversation_ended"]
            expected = expectation(self.state, self.agent, final=bool(ends))
            expected = replace(expected, **_spoken_by(self.agent, self.speed or self.state.speed))
            made = ReplyMade(reply, self.turn, sealed, expected, self._decided(), self.citations, self.worded)
            if ends:  # the last words come before the end
                self.events.remove(ends[0])
                self.events.append(made)
                self.events.append(ends[0])
                self.state = apply(self.state, made)
            else:
                self.add(made)
        else:
            self._note_why()
        return Decision(tuple(self.events), self.state)

    def _note_why(self) -> None:
        """Nothing is said while somebody else is asked: why stands with the order, which is the same order without."""
        for place in range(len(self.events) - 1, -1, -1):
            event = self.events[place]
            if isinstance(event, ConnectorCallStarted):
                self.events[place] = replace(event, decided=self._decided())
                return

    def _decided(self) -> Decided | None:
        if not self._rules:
            return None
        (rule, about), *after = self._rules
        return Decided(rule, about, self._found, tuple(name for name, _ in after))


def _spoken_by(agent: d.Agent, wished: float | None) -> dict[str, Any]:
    """How a reply is to be spoken, as far as it is not as usual."""
    usual = d.Voice()
    speed = round((wished or 1.0) * agent.voice.speed, 3)
    language = agent.locales[0].partition("-")[0]
    found = {
        "voice": agent.voice.name if agent.voice.name not in (usual.name, language) else None,
        "language": language if language != usual.name.partition("-")[0] else None,
        "speed": max(0.5, min(speed, 2.0)) if speed != 1.0 else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _known(draft: Draft, template: str) -> dict[str, object]:
    """The names that a text uses. More than those may be in it; all that it uses are."""
    state, agent = draft.state, draft.agent
    known: dict[str, object] = {texts.SPOKEN: bool(state.speaking and state.speaking.spoken), texts.AGENT: agent.title}
    if texts.OFFERS in template:
        known[texts.OFFERS] = agent.offers
    for known_in in (state.slots, state.top.values if state.top else {}):
        for name, value in known_in.items():
            if name in template:
                known[name] = spoken_value(state, agent, name, value)
    return known


def spoken_value(state: State, agent: d.Agent, name: str, value: str) -> str:
    """An option by the way it is said, a reference in its brackets."""
    if value in state.references:
        return f"<{value}>"
    entity = agent.entity_of(name)
    if entity and value in entity.options:
        return entity.options[value][0]
    meant = values.from_literal(value) if ":" in value else None
    if meant is None:
        return value
    spoken = state.speaking is not None and state.speaking.spoken
    return values.show(meant, "spoken" if spoken else "written", state.locale or agent.locales[0])


def expectation(state: State, agent: d.Agent, *, final: bool = False) -> Expectation:
    """What is to be expected after what is said now."""
    wait_ms = agent.policies.silence_ms
    if final or state.ended or state.transferred:
        return Expectation(hints=None, wait_ms=wait_ms, interruptible=False)
    frame = state.top
    if state.asking is not None:
        return Expectation(hints=None, wait_ms=wait_ms)
    if frame is None or frame.step is None:
        return Expectation(hints="start", wait_ms=wait_ms)
    hints = f"{frame.flow}/{frame.step}"
    step = agent.flows[frame.flow].step(frame.step) if frame.flow in agent.flows else None
    if isinstance(step, d.Call | d.Answer | d.CallBack):
        return Expectation(hints=None, wait_ms=step.timeout_ms + wait_ms)
    if isinstance(step, d.Confirm):
        return Expectation(hints=hints, wait_ms=wait_ms)
    if isinstance(step, d.Ask):
        entity = agent.entity_of(step.ask)
        money = entity is not None and entity.kind == "money"
        return Expectation(hints=hints, digits=bool(entity and entity.digits), amounts=money, wait_ms=wait_ms)
    if frame.capture is not None:
        started = frame.capture
        secure = agent.slots[started.slot].secure if started.slot in agent.slots else None
        label = secure.label if secure else "pin"
        capture = SecureCapture(started.capture, started.min_digits, started.max_digits, label)
        return Expectation(hints=hints, wait_ms=2 * wait_ms, secure=capture)
    return Expectation(hints="start", wait_ms=wait_ms)
