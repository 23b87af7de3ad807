"""What is made of what a party says: the answer to a question, another wish, or nothing that is understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from appliance import events as e
from appliance.agents import definition as d
from appliance.conversation import running
from appliance.conversation.drafting import Draft

POSTPONED_AT_MOST = 3
TIMES_TO_PERSON = 3


def sound(understanding: e.Understanding | None, agent: d.Agent, references: Iterable[e.Reference]) -> e.Understanding:
    """An understanding as it may be recorded: only names of the definition and of references, whatever was said."""
    if understanding is None:
        return e.Understanding(None, 0.0)
    names = {reference.name for reference in references}

    def known(entity: e.Entity) -> bool:
        defined = agent.entities.get(entity.kind)
        return entity.value in names or bool(defined and entity.value in defined.options)

    intents = {*agent.intents, d.OUT_OF_SCOPE}
    return replace(
        understanding,
        intent=understanding.intent if understanding.intent in agent.intents else None,
        candidates=tuple(one for one in understanding.candidates if one[0] in intents)[:5],
        entities=tuple(
            replace(entity, role=entity.role if entity.role in agent.slots else None)
            for entity in understanding.entities
            if known(entity)
        ),
        language=understanding.language if understanding.language and len(understanding.language) <= 12 else None,
    )


def answer(draft: Draft, understanding: e.Understanding, references: Iterable[e.Reference]) -> None:
    """Do what was said. Nobody waits for a connector now."""
    heard = _Heard(draft, understanding, tuple(references))
    frame, step = running.current(draft)
    wish = _wish(draft, understanding)
    if isinstance(step, d.Ask):
        value = heard.value_for(step.ask)
        if value is not None and not (wish and _wins(draft, wish, understanding, value)):
            heard.fill_others(step.ask)
            fill(draft, step.ask, value)
            return running.go_on(draft)
    last = draft.state.last_flow
    if frame is None and last is not None and heard.has_something_for(last) and not _surely(draft, wish, understanding):
        return _begin(draft, heard, last)  # "and savings?" goes on with what was done last
    if wish is not None and wish.does is not None:
        return _built_in(draft, wish.does)
    if wish is not None and wish.starts is not None:
        return _begin(draft, heard, wish.starts)
    if frame is not None and heard.fill_others(None):
        return running.ask_again(draft)
    not_understood(draft)


def while_working(draft: Draft, turn: str, understanding: e.Understanding) -> None:
    """Something was said while a connector works: leaving goes at once, other wishes wait, else `one_moment`."""
    wish = _wish(draft, understanding)
    if wish is not None and wish.does == "cancel":
        return _built_in(draft, "cancel")
    if wish is not None and wish.starts is not None:
        if _leaves(draft, wish):
            running.drop_all(draft)
            running.start(draft, wish.starts, "intent")
            return running.begin(draft)
        if len(draft.state.postponed) < POSTPONED_AT_MOST:
            draft.add(e.TurnPostponed(turn))
    draft.ask(draft.agent.texts.one_moment)


def take_up(draft: Draft) -> None:
    """Do what was postponed, in order, as far as nobody waits for a connector again."""
    while draft.state.postponed and not draft.state.ended and not waits_for_connector(draft):
        postponed = draft.state.postponed[0]
        draft.add(e.TurnTakenUp(postponed.turn))
        named = {entity.value for entity in postponed.understanding.entities}
        references = [one for name, one in draft.state.references.items() if name in named]
        answer(draft, postponed.understanding, references)


def keyed(draft: Draft, references: Iterable[e.Reference]) -> None:
    """Keys pressed answer a question for digits, and nothing else."""
    _, step = running.current(draft)
    if waits_for_connector(draft):
        return draft.ask(draft.agent.texts.one_moment)
    if isinstance(step, d.Ask):
        value = _Heard(draft, e.Understanding(None, 0.0), tuple(references)).value_for(step.ask)
        if value is not None:
            fill(draft, step.ask, value)
            return running.go_on(draft)
    not_understood(draft)


def waits_for_connector(draft: Draft) -> bool:
    frame = draft.state.top
    return frame is not None and frame.call is not None


def fill(draft: Draft, slot: str, value: str) -> None:
    draft.add(e.SlotFilled(slot, value, draft.agent.slots[slot].keep))


def not_understood(draft: Draft, *, explain: bool = True) -> None:
    """Say so, then what may be said, then a person. `explain=False`: the question's own words for a second time do."""
    times = draft.state.misunderstood + 1
    draft.add(e.NotUnderstood(draft.turn, times))
    texts = draft.agent.texts
    if times >= TIMES_TO_PERSON:
        return running.transfer(draft, draft.agent.policies.person, texts.to_person, "failed")
    if explain:
        draft.say(texts.not_understood[times - 1])
    if draft.state.top is not None:
        running.ask_again(draft, mildly=False)


def _wish(draft: Draft, understanding: e.Understanding) -> d.Intent | None:
    """What is wanted, where it is sure enough; what cannot be undone by talking on has to be surer."""
    wish = draft.agent.intents.get(understanding.intent) if understanding.intent else None
    if wish is None:
        return None
    policies = draft.agent.policies
    needed = policies.switch_at if _leaves(draft, wish) else policies.understood_at
    return wish if understanding.confidence >= needed else None


def _leaves(draft: Draft, wish: d.Intent) -> bool:
    """Whether it ends the conversation or gives the party to a person."""
    return wish.starts is not None and isinstance(draft.agent.flows[wish.starts].steps[0], d.Transfer | d.End)


def _surely(draft: Draft, wish: d.Intent | None, understanding: e.Understanding) -> bool:
    return wish is not None and understanding.confidence >= draft.agent.policies.switch_at


def _wins(draft: Draft, wish: d.Intent, understanding: e.Understanding, value: str) -> bool:
    """Whether a wish is meant rather than the answer that is in it too. Digits are always meant as the answer."""
    top = draft.state.top
    if value in draft.state.references or (top is not None and wish.starts == top.flow):
        return False
    return understanding.confidence >= draft.agent.policies.switch_at


def _built_in(draft: Draft, does: str) -> None:
    if does == "repeat":
        return draft.say_again()
    if draft.state.stack:
        running.drop_all(draft)
        draft.say(draft.agent.texts.cancelled)
    draft.ask(draft.agent.texts.anything_else)


def _begin(draft: Draft, heard: _Heard, flow: str) -> None:
    """Start a flow, or come back to it where it waits already."""
    waiting = [frame.flow for frame in draft.state.stack]
    if waiting and waiting[-1] == flow:
        return running.ask_again(draft) if heard.fill_others(None) else not_understood(draft, explain=False)
    if flow in waiting:
        while draft.state.top is not None and draft.state.top.flow != flow:
            running.drop_top(draft)
        following = running.resume(draft)
        return running.proceed(draft, following[0], anew=following[1]) if following else None
    running.start(draft, flow, "digression" if waiting else "intent")
    heard.fill_others(None)
    running.begin(draft)


class _Heard:
    """What one turn has for slots."""

    def __init__(self, draft: Draft, understanding: e.Understanding, references: tuple[e.Reference, ...]) -> None:
        self._draft, self._understanding, self._references = draft, understanding, references

    def value_for(self, slot: str) -> str | None:
        """An option or a reference that fits; None where there is none, or more than one option."""
        entity = self._draft.agent.entity_of(slot)
        if entity is None:
            return None
        if entity.digits is not None:
            low, high = entity.digits.min, entity.digits.max
            fitting = [one.name for one in self._references if one.digits is not None and low <= one.digits <= high]
            return fitting[0] if fitting else None
        name = self._draft.agent.slots[slot].entity
        found = {one.value for one in self._understanding.entities if one.kind == name and one.role in (None, slot)}
        return found.pop() if len(found) == 1 else None

    def fill_others(self, asked: str | None) -> bool:
        """Fill what the running flow asks for elsewhere; whether there was anything."""
        top = self._draft.state.top
        filled = False
        for slot in self._slots(top.flow) if top else ():
            value = self.value_for(slot) if slot != asked else None
            if value is not None and value != self._draft.state.value(slot) and not self._given_to(asked, value):
                fill(self._draft, slot, value)
                filled = True
        return filled

    def _given_to(self, asked: str | None, value: str) -> bool:
        return asked is not None and self.value_for(asked) == value

    def has_something_for(self, flow: str) -> bool:
        return flow in self._draft.agent.flows and any(self.value_for(slot) for slot in self._slots(flow))

    def _slots(self, flow: str) -> Iterator[str]:
        return (step.ask for step in self._draft.agent.flows[flow].steps if isinstance(step, d.Ask))
