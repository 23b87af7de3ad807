"""What is made of what a party says: the answer to a question, another wish, or nothing that is understood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from appliance import events as e
from appliance.agents import definition as d
from appliance.agents.builtins import YES_NO
from appliance.conversation import running
from appliance.conversation.anywhere import built_in
from appliance.conversation.climbing import give_up_asking, not_understood
from appliance.conversation.drafting import Draft
from appliance.conversation.taking import Taken, acceptable
from appliance.privacy.values import from_literal

POSTPONED_AT_MOST = 3
MODEL_AT_MOST = 0.69
"""However sure a language model is of a wish: not as sure as has to be who ends a conversation."""


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
    )


def heard(draft: Draft, turn: str, understanding: e.Understanding, references: Iterable[e.Reference]) -> None:
    """Do what was said, and keep what else was wanted for afterwards."""
    if waits(draft) and draft.state.asking is None:
        return while_working(draft, turn, understanding)
    give_up_asking(draft)
    _queue(draft, turn, understanding)
    answer(draft, understanding, references)


def answer(draft: Draft, understanding: e.Understanding, references: Iterable[e.Reference]) -> None:
    """Do what was said. Nobody waits for a connector now."""
    taken = Taken(draft, understanding, tuple(references))
    frame, step = running.current(draft)
    wish = _wish(draft, understanding)
    if draft.state.offered and (chosen := _chosen(draft, understanding)) is not None:
        draft.because("chosen", intent=chosen)
        return _begin(draft, taken, str(draft.agent.intents[chosen].starts))
    if isinstance(step, d.Confirm) and _confirmed(draft, step, taken, wish, understanding):
        return
    if isinstance(step, d.Ask) and _answered(draft, step, taken, wish, understanding):
        return
    last = draft.state.last_flow
    if frame is None and last is not None and taken.has_something_for(last) and not _surely(draft, wish, understanding):
        draft.because("goes_on_with_last_flow", flow=last)
        return _begin(draft, taken, last)  # "and savings?" goes on with what was done last
    if wish is not None and wish.does is not None:
        return built_in(draft, wish.does)
    if wish is not None and wish.starts is not None:
        return _begin(draft, taken, wish.starts)
    if frame is not None and (filled := taken.fill_others(None)):
        return _filled(draft, filled)
    not_understood(draft)


def while_working(draft: Draft, turn: str, understanding: e.Understanding) -> None:
    """Something was said while a connector works: leaving goes at once, other wishes wait, else `one_moment`."""
    wish = _wish(draft, understanding)
    if wish is not None and wish.does == "cancel":
        return built_in(draft, "cancel")
    if wish is not None and _leaves(draft, wish):
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
            return _take(draft, step, taken, value)
    not_understood(draft)


def from_model(draft: Draft, given: e.ModelAnswered) -> None:
    """What a language model made of a turn is judged like any other understanding, and is never sure."""
    waited = draft.state.asking == given.call
    outcome = given.outcome if given.understanding is not None else "nothing"
    draft.add(e.ConnectorCallReturned(given.call, "unsure" if outcome == "answered" else outcome, {}, given.took_ms))
    if not waited or draft.state.ended is not None or draft.state.said is None:
        return
    draft.turn = draft.turn or draft.state.said.turn
    draft.because(f"model.{outcome}", call=given.call)
    found = sound(given.understanding, draft.agent, draft.state.references.values())
    found = replace(found, confidence=min(found.confidence, MODEL_AT_MOST), also=())
    if outcome == "answered" and (found.intent is not None or found.entities):
        draft.add(e.TurnUnderstood(draft.turn, found))
        named = {entity.value for entity in found.entities}
        return answer(draft, found, [one for name, one in draft.state.references.items() if name in named])
    not_understood(draft)


def waits(draft: Draft) -> bool:
    """Whether a connector works, or knowledge or the language model is asked."""
    frame = draft.state.top
    return draft.state.asking is not None or (frame is not None and frame.call is not None)


# ---- answers to a question -----------------------------------------------------------------------------------------


def _answered(draft: Draft, step: d.Ask, taken: Taken, wish: d.Intent | None, understanding: e.Understanding) -> bool:
    value = taken.value_for(step.ask)
    if value is None or (wish and not taken.meant_for(step.ask) and _wins(draft, wish, understanding, value)):
        return False
    taken.fill_others(step.ask)
    _take(draft, step, taken, value)
    return True


def _take(draft: Draft, step: d.Ask, taken: Taken, value: str) -> None:
    top = draft.state.top
    assert top is not None
    if step.wrong is not None and not acceptable(draft, top.flow, step.ask, value):
        draft.because("answer_refused", slot=step.ask)
        draft.say(step.wrong)
        return not_understood(draft, explain=False)
    draft.because("answered", slot=step.ask)
    taken.fill(step.ask, value)
    running.go_on(draft)


def _confirmed(
    draft: Draft, step: d.Confirm, taken: Taken, wish: d.Intent | None, understanding: e.Understanding
) -> bool:
    """A correction, a yes or a no; False where it is something else."""
    said = taken.answer()
    if filled := taken.fill_others(None):
        _filled(draft, filled)
        return True
    sure = wish is not None and _surely(draft, wish, understanding) and not _mild(draft.agent, understanding.intent)
    if said is None or (said == "yes" and sure) or (sure and wish is not None and wish.does is not None):
        return False
    draft.because(f"confirmed.{said}", step=step.name)
    if said == "yes":
        running.go_on(draft)
    elif step.no is not None:
        running.proceed(draft, step.no, anew=True)
    else:
        _decline(draft)
    if said == "no" and sure and wish is not None and wish.starts is not None and not _leaves(draft, wish):
        _begin(draft, taken, wish.starts)
    return True


def _decline(draft: Draft) -> None:
    """Let go of what was not confirmed; what waits beneath goes on."""
    running.drop_unit(draft)
    draft.say(draft.agent.texts.cancelled)
    if not draft.state.stack:
        return draft.ask(draft.agent.texts.anything_else)
    following = running.resume(draft)
    if following:
        running.proceed(draft, following[0], anew=following[1])


def _mild(agent: d.Agent, intent: str | None) -> bool:
    """Whether a plain yes or no is an example of an intent: said to a question, it is the answer."""
    entity = agent.entities.get(YES_NO)
    if entity is None or intent not in agent.intents:
        return False
    said = {" ".join(example.lower().split()) for example in agent.intents[intent].examples}
    return any(" ".join(way.lower().split()) in said for ways in entity.options.values() for way in ways)


def _filled(draft: Draft, filled: dict[str, str | None]) -> None:
    """Slots were said that nobody asked for now; one that held something else is corrected."""
    corrected = [slot for slot, before in filled.items() if before is not None]
    draft.because("corrected" if corrected else "filled", slot=(corrected or list(filled))[0])
    if corrected:
        draft.say(draft.agent.texts.corrected)
    frame, step = running.current(draft)
    turning = _decided_by(draft, corrected)
    if turning is not None:
        return running.proceed(draft, turning, anew=False)
    if frame is not None and isinstance(step, d.Ask) and draft.state.value(step.ask) is not None:
        return running.go_on(draft)
    running.ask_again(draft)


def _decided_by(draft: Draft, corrected: list[str]) -> str | None:
    """The first step gone by that decided on what is corrected now, unless a connector was called since."""
    frame = draft.state.top
    if frame is None or not corrected:
        return None
    flow = draft.agent.flows[frame.flow]
    for number, name in enumerate(frame.path):
        step = flow.step(name)
        since = (flow.step(later) for later in frame.path[number:])
        if _reads(step, corrected) and not any(isinstance(one, d.Call | d.CallBack | d.Run) for one in since):
            return name
    return None


def _reads(step: d.Step | None, slots: list[str]) -> bool:
    match step:
        case d.Branch():
            return step.branch in slots
        case d.When():
            return any(slot in step.when for slot in slots)
        case d.Remember():
            return step.same_as in slots or any(slot in (step.expression or "") for slot in slots)
    return False


# ---- wishes --------------------------------------------------------------------------------------------------------


def _queue(draft: Draft, turn: str, understanding: e.Understanding) -> None:
    """What else was wanted waits its turn; who wants to leave says so again."""
    for number, wish in enumerate(understanding.also):
        intent = draft.agent.intents[wish.intent]
        wanted = intent.starts is not None and not _leaves(draft, intent) and wish.intent != understanding.intent
        if (
            wanted
            and wish.confidence >= draft.agent.policies.understood_at
            and len(draft.state.queue) < POSTPONED_AT_MOST
        ):
            draft.add(e.TurnPostponed(turn, number))


def _chosen(draft: Draft, understanding: e.Understanding) -> str | None:
    """Which of the two offered wishes is meant: it need not be as sure as one that comes out of nowhere."""
    policies = draft.agent.policies
    enough = understanding.confidence >= max(policies.likely_at, policies.understood_at / 2)
    meant = understanding.intent if enough and understanding.intent in draft.state.offered else None
    return meant if meant in draft.agent.intents else None


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
    if wish.does is not None:
        return wish.does == "person"
    first = draft.agent.flows[wish.starts].steps[0] if wish.starts else None
    return isinstance(first, d.Transfer | d.HandOver | d.End)


def _surely(draft: Draft, wish: d.Intent | None, understanding: e.Understanding) -> bool:
    return wish is not None and understanding.confidence >= draft.agent.policies.switch_at


def _wins(draft: Draft, wish: d.Intent, understanding: e.Understanding, value: str) -> bool:
    """Whether a wish is meant rather than the answer that is in it too. Digits, dates and amounts are always meant as
    the answer."""
    if (
        value in draft.state.references
        or from_literal(value) is not None
        or wish.starts in [frame.flow for frame in draft.state.unit]
    ):
        return False
    return understanding.confidence >= draft.agent.policies.switch_at


def _begin(draft: Draft, taken: Taken, flow: str) -> None:
    """Start a flow, or come back to it where it waits already."""
    waiting = [frame.flow for frame in draft.state.stack]
    if flow in [frame.flow for frame in draft.state.unit]:
        filled = taken.fill_others(None)
        return _filled(draft, filled) if filled else not_understood(draft, explain=False)
    if flow in waiting:
        draft.because("back_to_flow", flow=flow)
        while flow not in [frame.flow for frame in draft.state.unit]:
            running.drop_unit(draft)
        following = running.resume(draft)
        return running.proceed(draft, following[0], anew=following[1]) if following else None
    draft.because("digression" if waiting else "intent", flow=flow)
    running.start(draft, flow, "digression" if waiting else "intent")
    taken.fill_others(None)
    running.begin(draft)
