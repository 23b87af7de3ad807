"""What goes before everything else: whoever is in danger is told what to do and given to a person, wherever they are.

The words decide by rule, before any model is asked; beside them a likelihood that is enough for what the words do not
have. Neither a question that waits, nor a connector at work, nor the conversation's end holds it up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from appliance import events as e
from appliance.agents import definition as d
from appliance.agents.translation import UrgentSaid
from appliance.agents.urgent_words import found_in
from appliance.conversation import running
from appliance.conversation.climbing import give_up_asking
from appliance.conversation.drafting import Draft


def in_words(agent: d.Agent, text: str) -> e.Understanding | None:
    """What the words alone say, in the order of the agent's intents. `agent` is the whole one: who is in danger may say
    so in any of its languages, whichever the conversation is in. Exceptions count in their own language."""
    for name, intent in agent.intents.items():
        if intent.urgent is not None and any(
            found_in(text, said.words, said.unless) is not None for said in _said(agent, name, intent.urgent)
        ):
            return known_urgent(agent, name)
    return None


def _said(agent: d.Agent, name: str, urgent: d.Urgent) -> Iterator[d.Urgent | UrgentSaid]:
    yield urgent
    for translation in agent.translations.values():
        intent = translation.intents.get(name)
        if intent is not None and intent.urgent is not None:
            yield intent.urgent


def known_urgent(agent: d.Agent, intent: str | None) -> e.Understanding | None:
    """What the words were found to say before they were redacted."""
    if intent is None or intent not in agent.intents or agent.intents[intent].urgent is None:
        return None
    return e.Understanding(intent, 1.0, candidates=((intent, 1.0),), urgent=True)


def meant(agent: d.Agent, understanding: e.Understanding) -> str | None:
    """Which urgent intent is meant: by the words, or as one of all that the turn may mean."""
    if understanding.urgent and understanding.intent in agent.intents:
        return understanding.intent
    also = [(wish.intent, wish.confidence) for wish in understanding.also]
    whole = [(understanding.intent, understanding.confidence), *understanding.candidates, *also]
    urgent = {name: intent.urgent.at for name, intent in agent.intents.items() if intent.urgent is not None}
    likely = [(share, name) for name, share in whole if name is not None and name in urgent and share >= urgent[name]]
    return max(likely)[1] if likely else None


def alone(understanding: e.Understanding, intent: str) -> e.Understanding:
    """As it is recorded: nothing else of the turn is done."""
    if understanding.intent == intent:
        return replace(understanding, also=())
    shares = dict(understanding.candidates) | {wish.intent: wish.confidence for wish in understanding.also}
    return replace(understanding, intent=intent, confidence=shares[intent], also=())


def at_once(draft: Draft, intent: str, understanding: e.Understanding) -> None:
    """Let go of all that is under way and waits, and go the urgent way."""
    by = "words" if understanding.urgent else "likelihood"
    draft.because("urgent", intent=intent, by=by, confidence=f"{understanding.confidence:.2f}")
    if draft.state.ended is not None:
        return _say(draft, intent)
    give_up_asking(draft)
    for postponed in draft.state.postponed:
        draft.add(e.TurnTakenUp(postponed.turn))
    for number, queued in draft.state.queue:
        draft.add(e.TurnTakenUp(queued.turn, number))
    running.drop_all(draft)
    running.start(draft, str(draft.agent.intents[intent].starts), "intent")
    running.begin(draft)


def say_first(draft: Draft) -> None:
    """Where nothing can be done any more, it is still said."""
    given = draft.context.understanding
    intent = meant(draft.agent, given) if given is not None else None
    if intent is not None:
        draft.because("urgent", intent=intent)
        _say(draft, intent)


def _say(draft: Draft, intent: str) -> None:
    for text in _texts(draft.agent.flows[str(draft.agent.intents[intent].starts)]):
        draft.say(text)


def _texts(flow: d.Flow) -> Iterator[str]:
    return (step.say for step in flow.steps if isinstance(step, d.Say | d.Transfer | d.HandOver))
