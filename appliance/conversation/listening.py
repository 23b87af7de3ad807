"""What is made of what a party says: the answer to a question, another wish, or nothing that is understood."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from appliance import events as e
from appliance.agents import definition as d
from appliance.conversation import running
from appliance.conversation.anywhere import built_in
from appliance.conversation.climbing import give_up_asking, not_understood
from appliance.conversation.correcting import begin_flow, filled_in
from appliance.conversation.drafting import Draft
from appliance.conversation.proposing import fitting
from appliance.conversation.proposing import references as proposed_references
from appliance.conversation.questions import answered, confirmed, take
from appliance.conversation.taking import Taken
from appliance.conversation.wishing import chosen, leaves, surely, wish_of
from appliance.privacy.values import from_literal

POSTPONED_AT_MOST = 3
NEAREST_AT_MOST = 3


def sound(understanding: e.Understanding | None, agent: d.Agent, references: Iterable[e.Reference]) -> e.Understanding:
    """An understanding as it may be recorded: only names of the definition and of references, and harmless literals,
    whatever was said."""
    if understanding is None:
        return e.Understanding(None, 0.0)
    names = {reference.name for reference in references}

    def known(entity: e.Entity) -> bool:
        defined = agent.entities.get(entity.kind)
        if entity.value in names or (defined and entity.value in defined.options):
            return True
        return defined is not None and not defined.sealed and from_literal(entity.value) is not None

    def entities(found: tuple[e.Entity, ...]) -> tuple[e.Entity, ...]:
        return tuple(
            replace(entity, role=entity.role if entity.role in agent.slots else None)
            for entity in found
            if known(entity)
        )

    intents = {*agent.intents, d.OUT_OF_SCOPE}
    return replace(
        understanding,
        intent=understanding.intent if understanding.intent in agent.intents else None,
        candidates=tuple(one for one in understanding.candidates if one[0] in intents)[:5],
        entities=entities(understanding.entities),
        language=understanding.language if understanding.language and len(understanding.language) <= 12 else None,
        also=tuple(
            replace(wish, entities=entities(wish.entities))
            for wish in understanding.also
            if wish.intent in agent.intents
        )[:POSTPONED_AT_MOST],
        language_confidence=_within(understanding.language_confidence, 0, 1),
        sentiment=_within(understanding.sentiment, -1, 1),
        anger=_within(understanding.anger, 0, 1),
        nearest=tuple(
            replace(near, similarity=_within(near.similarity, -1, 1) or 0.0)
            for near in understanding.nearest
            if near.intent in agent.intents
        )[:NEAREST_AT_MOST],
    )


def _within(judged: float | None, least: float, most: float) -> float | None:
    """None for what is no number at all."""
    return None if judged is None or math.isnan(judged) else min(most, max(least, judged))


def heard(draft: Draft, turn: str, understanding: e.Understanding, references: Iterable[e.Reference]) -> None:
    """Do what was said, and keep what else was wanted for afterwards."""
    if waits(draft) and draft.state.asking is None and not _too_angry(draft, understanding):
        return while_working(draft, turn, understanding)
    give_up_asking(draft)
    if _too_angry(draft, understanding):
        draft.because("angry", anger=f"{understanding.anger:.2f}", above=draft.agent.policies.anger_at)
        return running.transfer(draft, draft.agent.policies.person, draft.agent.texts.to_person, "failed")
    _queue(draft, turn, understanding)
    answer(draft, understanding, references)


def answer(draft: Draft, understanding: e.Understanding, references: Iterable[e.Reference]) -> None:
    """Do what was said. Nobody waits for a connector now."""
    taken = Taken(draft, understanding, tuple(references))
    frame, step = running.current(draft)
    wish = wish_of(draft, understanding)
    if draft.state.offered and (meant := chosen(draft, understanding)) is not None:
        draft.because("chosen", intent=meant)
        return begin_flow(draft, taken, str(draft.agent.intents[meant].starts))
    if isinstance(step, d.Confirm) and confirmed(draft, step, taken, wish, understanding):
        return
    if isinstance(step, d.Ask) and answered(draft, step, taken, wish, understanding):
        return
    last = draft.state.last_flow
    if frame is None and last is not None and taken.has_something_for(last) and not surely(draft, wish, understanding):
        draft.because("goes_on_with_last_flow", flow=last)
        return begin_flow(draft, taken, last)  # "and savings?" goes on with what was done last
    if wish is not None and wish.does is not None:
        return built_in(draft, wish.does)
    if wish is not None and wish.starts is not None:
        return begin_flow(draft, taken, wish.starts)
    if frame is not None and (filled := taken.fill_others(None)):
        return filled_in(draft, filled)
    not_understood(draft)


def while_working(draft: Draft, turn: str, understanding: e.Understanding) -> None:
    """Something was said while a connector works: leaving goes at once, other wishes wait, else `one_moment`."""
    wish = wish_of(draft, understanding)
    if wish is not None and wish.does == "cancel":
        return built_in(draft, "cancel")
    if wish is not None and leaves(draft, wish):
        if wish.starts is None:
            return built_in(draft, str(wish.does))
        draft.because("left_at_once", flow=wish.starts)
        running.drop_all(draft)
        running.start(draft, wish.starts, "intent")
        return running.begin(draft)
    if wish is not None and wish.starts is not None and len(draft.state.postponed) < POSTPONED_AT_MOST:
        draft.add(e.TurnPostponed(turn))
    draft.because("while_working", intent=understanding.intent)
    draft.ask(draft.agent.texts.one_moment)


def take_up(draft: Draft) -> None:
    """Do what was postponed, in order, as far as nobody waits for a connector again."""
    while draft.state.postponed and not draft.state.ended and not waits(draft):
        postponed = draft.state.postponed[0]
        draft.add(e.TurnTakenUp(postponed.turn))
        draft.because("taken_up", turn=postponed.turn)
        _answer_later(draft, postponed)


def take_queue(draft: Draft) -> None:
    """Do what else one sentence asked for, once nothing else is under way."""
    while draft.state.queue and not (draft.state.stack or draft.state.ended or draft.state.asking):
        number, queued = draft.state.queue[0]
        draft.add(e.TurnTakenUp(queued.turn, number))
        if draft.state.transferred is not None:
            continue
        draft.because("next_wish", intent=queued.understanding.intent)
        draft.say(draft.agent.texts.one_by_one)
        draft.question = None
        _answer_later(draft, queued)


def _answer_later(draft: Draft, understood: e.TurnUnderstood) -> None:
    named = {entity.value for entity in understood.understanding.entities}
    references = [one for name, one in draft.state.references.items() if name in named]
    answer(draft, understood.understanding, references)


def keyed(draft: Draft, references: Iterable[e.Reference]) -> None:
    """Keys pressed answer a question for digits, and nothing else."""
    _, step = running.current(draft)
    if waits(draft):
        return draft.ask(draft.agent.texts.one_moment)
    if isinstance(step, d.Ask):
        taken = Taken(draft, e.Understanding(None, 0.0), tuple(references))
        value = taken.value_for(step.ask)
        if value is not None:
            return take(draft, step, taken, value)
    not_understood(draft)


def from_model(draft: Draft, given: e.ModelAnswered) -> None:
    """What a language model made of a turn is fitted to what it may propose, and is never sure."""
    waited = draft.state.asking == given.call
    outcome = given.outcome if given.understanding is not None else "nothing"
    draft.add(e.ConnectorCallReturned(given.call, "unsure" if outcome == "answered" else outcome, {}, given.took_ms))
    if not waited or draft.state.ended is not None or draft.state.said is None:
        return
    draft.turn = draft.turn or draft.state.said.turn
    sounded = sound(given.understanding, draft.agent, draft.state.references.values())
    found = fitting(sounded, draft.agent, draft.state)
    if outcome != "answered" or (found.intent is None and not found.entities):
        draft.because(f"model.{outcome if outcome != 'answered' else 'refused'}", call=given.call, reason=given.reason)
        return not_understood(draft)
    draft.because("model.answered", call=given.call, intent=found.intent)
    draft.add(e.TurnUnderstood(draft.turn, found, by="model"))
    references = proposed_references(found, draft.state)
    wish = wish_of(draft, found)
    if draft.state.top is None and wish is not None and wish.starts is not None:
        return begin_flow(draft, Taken(draft, found, references), wish.starts)
    answer(draft, found, references)


def _too_angry(draft: Draft, understanding: e.Understanding) -> bool:
    """Whether this is for a person now. Not where one was asked for already, nor where the party wants to leave."""
    above, anger = draft.agent.policies.anger_at, understanding.anger
    if above is None or anger is None or anger <= above or draft.state.transferred is not None:
        return False
    wish = wish_of(draft, understanding)
    return wish is None or not (leaves(draft, wish) and surely(draft, wish, understanding))


def waits(draft: Draft) -> bool:
    """Whether a connector works, or knowledge or the language model is asked."""
    frame = draft.state.top
    return draft.state.asking is not None or (frame is not None and frame.call is not None)


def _queue(draft: Draft, turn: str, understanding: e.Understanding) -> None:
    """What else was wanted waits its turn; who wants to leave says so again."""
    for number, wish in enumerate(understanding.also):
        intent = draft.agent.intents[wish.intent]
        wanted = intent.starts is not None and not leaves(draft, intent) and wish.intent != understanding.intent
        if (
            wanted
            and wish.confidence >= draft.agent.policies.understood_at
            and len(draft.state.queue) < POSTPONED_AT_MOST
        ):
            draft.add(e.TurnPostponed(turn, number))
