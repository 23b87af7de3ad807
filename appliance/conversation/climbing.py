"""Where nothing was understood: the agent's ladder, a rung a time. A rung that has nothing to say is passed over."""

from __future__ import annotations

from appliance import events as e
from appliance.agents import definition as d
from appliance.conversation import calling, running
from appliance.conversation.drafting import Draft

UNKNOWN_ANSWER = "unknown"


def not_understood(draft: Draft, *, explain: bool = True) -> None:
    """Try the next rung. `explain=False`: the question's own words for a second time do."""
    times = draft.state.misunderstood + 1
    _, step = running.current(draft)
    if isinstance(step, d.Ask | d.Confirm) and step.retries is not None:
        return _again_or_otherwise(draft, step, times, step.retries, explain)
    climb(draft, times, explain=explain, said=draft.turn is not None)


def climb(draft: Draft, times: int, *, explain: bool = True, said: bool = True) -> None:
    """Try the first rung there is after the last one that was tried. `said=False`: it was no words that were not
    understood, but secret digits, say; what was said before them is not what nobody understood."""
    ladder = draft.agent.policies.fallback
    place = times - 1 if draft.state.place is None else draft.state.place + 1
    while place < len(ladder) and not _there(draft, ladder[place], said=said):
        place += 1
    rung: d.Rung = ladder[place] if place < len(ladder) else "person"
    offered = _likeliest(draft) if rung == "likeliest" else ()
    draft.because(f"not_understood.{rung}", times=times)
    draft.add(e.NotUnderstood(draft.turn, times, rung, place, offered))
    texts = draft.agent.texts
    match rung:
        case "person":
            return running.transfer(draft, draft.agent.policies.person, texts.to_person, "failed")
        case "knowledge" | "model":
            return calling.ask_aside(draft, rung)
        case "likeliest":
            first, second = (draft.agent.intents[intent].title for intent in offered)
            return draft.ask(texts.likeliest, first=first, second=second)
    if explain:
        draft.say(texts.not_understood[0 if rung == "again" else 1])
    if draft.state.top is not None:
        running.ask_again(draft, mildly=False)


def known(draft: Draft, given: e.KnowledgeAnswered) -> None:
    """Say an answer from knowledge with its source, or try the next rung."""
    answered = given.outcome == calling.ANSWERED and given.text is not None and given.source is not None
    waited = draft.state.asking == given.call
    top = draft.state.top
    awaited = top is not None and top.call == given.call
    draft.add(e.ConnectorCallReturned(given.call, calling.ANSWERED if answered else given.outcome, {}, given.took_ms))
    if draft.state.ended is not None or not (waited or awaited):
        return
    draft.because("knowledge.answered" if answered else f"knowledge.{given.outcome}", call=given.call)
    if answered and given.text is not None and given.source is not None:
        sealer = draft.context.sealer
        answer = sealer.unseal_text(answer_place(given.call), given.text)
        source = sealer.unseal_text(source_place(given.call), given.source)
        draft.say(draft.agent.texts.answer, answer=answer, source=source)
        draft.citations, draft.worded = given.citations, "composed" if given.composed else None
    if awaited:
        running.go_on(draft)
    elif answered:
        running.ask_again(draft)
    else:
        climb(draft, max(1, draft.state.misunderstood))


def give_up_asking(draft: Draft) -> None:
    """Nobody waits any more for what knowledge or the language model has to say."""
    if draft.state.asking is not None:
        draft.add(e.ConnectorCallReturned(draft.state.asking, UNKNOWN_ANSWER))


def answer_place(call: str) -> str:
    """Where `KnowledgeAnswered.text` lies."""
    return f"answer/{call}"


def source_place(call: str) -> str:
    """Where `KnowledgeAnswered.source` lies."""
    return f"source/{call}"


def _again_or_otherwise(draft: Draft, step: d.Ask | d.Confirm, times: int, retries: int, explain: bool) -> None:
    if times <= retries:
        draft.because("not_understood.again", times=times)
        draft.add(e.NotUnderstood(draft.turn, times, "again"))
        if explain:
            draft.say(draft.agent.texts.not_understood[0])
        return running.ask_again(draft, mildly=False)
    rung = "otherwise" if step.otherwise else "person"
    draft.because(f"not_understood.{rung}", times=times)
    draft.add(e.NotUnderstood(draft.turn, times, rung))
    if step.otherwise:
        return running.proceed(draft, step.otherwise, anew=True)
    running.transfer(draft, draft.agent.policies.person, draft.agent.texts.to_person, "failed")


def _there(draft: Draft, rung: d.Rung, *, said: bool) -> bool:
    if not said and rung in ("likeliest", "knowledge", "model"):
        return False
    match rung:
        case "likeliest":
            return len(_likeliest(draft)) == 2
        case "knowledge":
            return rung in draft.context.ports and bool(draft.agent.knowledge) and _said_something(draft)
        case "model":
            return rung in draft.context.ports and _said_something(draft)
    return True


def _said_something(draft: Draft) -> bool:
    said = draft.state.said
    return said is not None and said.text is not None and draft.turn in (None, said.turn)


def _likeliest(draft: Draft) -> tuple[str, ...]:
    """The two likeliest wishes of the last turn, of those that start a flow."""
    understood = draft.state.understood
    if understood is None or draft.state.said is None or understood.turn != draft.state.said.turn:
        return ()
    found = [
        intent
        for intent, confidence in understood.understanding.candidates
        if confidence >= draft.agent.policies.likely_at
        and intent in draft.agent.intents
        and draft.agent.intents[intent].starts is not None
    ]
    return tuple(found[:2]) if len(found) >= 2 else ()
