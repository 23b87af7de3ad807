"""What was meant by what was said before: `the same date`, `that one`, `and the savings one?`, `no, I mean the fifth`.

Pure functions over an understanding and a summary of the state: no clock, no I/O, nothing decided. Called where the
redacted text and the state are at hand, before anything is decided on the understanding:

    meant = resolved(understanding, cues(text), Before.of(state, agent))

`cues` says in a few flags what cannot be seen in an understanding; without any, it comes back as it is. Else it has the
entities that were left unsaid; a value that corrects a slot has that slot as its role; and `and the savings one?` has
the intent of before. Nothing that was said outright is ever changed.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from appliance import events as e
from appliance.agents import definition as d
from appliance.conversation.state import State

_SAME: Final = re.compile(
    r"\b(?:the )?same (?P<same>[a-z]+)\b|\b(?:der|die|das|den|dem)selben? (?P<de>[a-zäöü]+)|"
    r"\b(?:el|la) misma? (?P<es>[a-zñáéíóú]+)",
    re.IGNORECASE,
)
_THAT: Final = re.compile(
    r"\b(?:that|this|the same|the first|the other|the last) (?P<that>one|again)\b|\b(?P<it>it|that) again\b|"
    r"\b(?P<de>dasselbe|den gleichen|die gleiche)\b|\b(?P<es>ese|esa|el mismo|la misma)\b",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(
    r"\bthe other (?:one)?\b|\bder andere[nm]?\b|\bdas andere\b|\b(?:el otro|la otra)\b", re.IGNORECASE
)
_MORE: Final = re.compile(
    r"^\s*(?:and|what about|how about|und|was ist mit|wie ist es mit|y|qué tal|que tal)\b(?!\s*(?:then|that'?s)\b)",
    re.IGNORECASE,
)
_CORRECTION: Final = re.compile(
    r"\bi mean[t]?\b|\bi said\b|\bactually\b|\bsorry\b|\bmake (?:it|that)\b|\brather\b|\binstead\b|\bcorrection\b|"
    r"^\s*no[,. ]|\bwait\b|\bich mein(?:e|te)\b|\bsondern\b|^\s*nein[,. ]|\bdoch lieber\b|\bquiero decir\b|"
    r"\bquise decir\b|\bmejor\b",
    re.IGNORECASE,
)
_DENIED: Final = re.compile(r"\b(?:not|nicht|no) (?:the |my |das |el |la )?[^\W\d_]+\s*[,;]", re.IGNORECASE)
_NOUNS: Final[Mapping[str, frozenset[str]]] = {
    "date": frozenset("date day tag datum dia fecha".split()),
    "time": frozenset("time hour uhrzeit zeit hora".split()),
    "moment": frozenset("time appointment date slot termin hora cita".split()),
    "money": frozenset("amount sum money betrag summe importe cantidad".split()),
    "number": frozenset("number amount count quantity anzahl cantidad".split()),
    "duration": frozenset("duration period time dauer zeitraum periodo".split()),
    "person": frozenset("person name payee recipient empfänger destinatario".split()),
    "place": frozenset("place city country ort stadt land lugar ciudad".split()),
    "phone": frozenset("number phone nummer telefonnummer número".split()),
    "email": frozenset("email address adresse correo".split()),
    "account": frozenset("account number konto cuenta".split()),
    "card_last_four": frozenset("card karte tarjeta".split()),
}


@dataclass(frozen=True, slots=True)
class Cues:
    """What a turn's words say beside its intent and entities.

    `same`: `the same X`, X as it was said. `that`: `that one`. `other`: `the other one`. `more`: it begins as something
    added to what went before. `corrects`: something is taken back. No free text but the noun of `same`, which is looked
    up and not kept."""

    same: str | None = None
    that: bool = False
    other: bool = False
    more: bool = False
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """What the conversation has of what was mentioned, and what it is about."""

    slots: tuple[tuple[str, str, str], ...] = ()
    """Slot (empty where it went into none), entity, value: an option, a reference or a literal. The last one last."""
    entities: Mapping[str, d.Entity] = field(default_factory=dict)
    wanted: str | None = None
    """The entity that the question that waits asks for."""
    intent: str | None = None
    """That began what was done last; None while a flow runs."""
    sure: float = 0.7
    """From this confidence on, an intent was said outright."""

    @staticmethod
    def of(state: State, agent: d.Agent) -> Before:
        top = state.top
        step = agent.flows[top.flow].step(top.step) if top and top.step and top.flow in agent.flows else None
        slot = agent.slots.get(step.ask) if isinstance(step, d.Ask) else None
        begins = [name for name, intent in agent.intents.items() if intent.starts and intent.starts == state.last_flow]
        return Before(
            slots=tuple(_known(state, agent)),
            entities=agent.entities,
            wanted=slot.entity if slot else None,
            intent=begins[0] if begins and top is None else None,
            sure=agent.policies.switch_at,
        )


def _known(state: State, agent: d.Agent) -> Iterator[tuple[str, str, str]]:
    """Of the last turn first, then what slots hold, those of the running flow last."""
    filled = dict(state.slots)
    for frame in state.stack:
        filled.update(frame.values)
    last = state.understood.understanding.entities if state.understood else ()
    for one in last:
        if one.kind in agent.entities and one.value not in filled.values():
            yield "", one.kind, one.value
    for name, value in filled.items():
        entity = agent.slots[name].entity if name in agent.slots else None
        if entity in agent.entities and entity is not None:
            yield name, entity, value


def cues(text: str) -> Cues:
    """Of redacted text, in English, German or Spanish."""
    same = _SAME.search(text)
    noun = next((word for word in same.groupdict().values() if word), None) if same else None
    return Cues(
        same=noun.lower() if noun and noun.lower() not in ("one", "again") else None,
        that=bool(_THAT.search(text)) and not _OTHER.search(text),
        other=bool(_OTHER.search(text)),
        more=bool(_MORE.search(text)),
        corrects=bool(_CORRECTION.search(text) or _DENIED.search(text)),
    )


def resolved(understanding: e.Understanding, said: Cues, before: Before) -> e.Understanding:
    """What was meant."""
    if said == Cues():
        return understanding
    if not understanding.entities:
        mentioned = _mentioned(said, before)
        if mentioned is not None:
            understanding = replace(understanding, entities=(mentioned,))
    if said.corrects:
        understanding = replace(understanding, entities=_correcting(understanding.entities, before))
    unsure = understanding.intent is None or understanding.confidence < before.sure
    if said.more and unsure and before.intent is not None and _another(understanding.entities, before):
        confidence = max(understanding.confidence, before.sure)
        understanding = replace(understanding, intent=before.intent, confidence=confidence)
    return understanding


def _mentioned(said: Cues, before: Before) -> e.Entity | None:
    """The value mentioned last that `the same date`, `that one` or `the other one` can stand for."""
    fitting = list(reversed(before.slots))
    if said.same is not None:
        named = [one for one in fitting if _is_called(said.same, one[0], one[1], before)]
        return _entity(named[0]) if named else None
    if said.other:
        return _the_other(fitting, before)
    if said.that:
        fitting = [one for one in fitting if before.wanted in (None, one[1])]
        return _entity(fitting[0]) if fitting else None
    return None


def _is_called(noun: str, slot: str, entity: str, before: Before) -> bool:
    kind = before.entities[entity].kind if entity in before.entities else ""
    words = {*slot.split("_"), *entity.split("_"), *_NOUNS.get(kind, ())}
    return noun in words or noun.rstrip("s") in words


def _the_other(fitting: list[tuple[str, str, str]], before: Before) -> e.Entity | None:
    """Of two options, the one that was not mentioned last."""
    for _, entity, value in fitting:
        options = list(before.entities[entity].options) if entity in before.entities else []
        if len(options) == 2 and value in options:
            return e.Entity(entity, next(one for one in options if one != value), confidence=0.8)
    return None


def _entity(one: tuple[str, str, str]) -> e.Entity:
    return e.Entity(one[1], one[2], confidence=0.8)


def _correcting(found: tuple[e.Entity, ...], before: Before) -> tuple[e.Entity, ...]:
    """Each value that takes another's place with that slot as its role: the one filled last of those it fits. Not where
    the question that waits asks for such a value."""

    def role(one: e.Entity) -> str | None:
        held = [slot for slot, entity, value in before.slots if entity == one.kind and slot and value != one.value]
        return held[-1] if one.role is None and held and one.kind != before.wanted else one.role

    return tuple(replace(one, role=role(one)) for one in found)


def _another(found: tuple[e.Entity, ...], before: Before) -> bool:
    """Whether something that was known before is there with another value."""
    held = {entity: value for _, entity, value in before.slots}
    return any(one.kind in held and held[one.kind] != one.value for one in found)
