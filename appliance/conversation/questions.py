"""Answers to the question that waits: a value for its slot, or a yes or no."""

from __future__ import annotations

from appliance import events as e
from appliance.agents import definition as d
from appliance.agents.builtins import YES_NO
from appliance.conversation import running
from appliance.conversation.climbing import not_understood
from appliance.conversation.correcting import begin_flow, filled_in
from appliance.conversation.drafting import Draft
from appliance.conversation.taking import Taken, acceptable
from appliance.conversation.wishing import leaves, surely, wins


def answered(draft: Draft, step: d.Ask, taken: Taken, wish: d.Intent | None, understanding: e.Understanding) -> bool:
    value = taken.value_for(step.ask)
    if value is None and (passed := taken.value_for(step.skip or "")) is not None:
        if wish and wins(draft, wish, understanding, passed):
            return False
        draft.because("skipped", slot=step.ask)
        taken.fill(str(step.skip), passed)
        running.go_on(draft)
        return True
    if value is None or (wish and not taken.meant_for(step.ask) and wins(draft, wish, understanding, value)):
        return False
    taken.fill_others(step.ask)
    take(draft, step, taken, value)
    return True


def take(draft: Draft, step: d.Ask, taken: Taken, value: str) -> None:
    top = draft.state.top
    assert top is not None
    if step.wrong is not None and not acceptable(draft, top.flow, step.ask, value):
        draft.because("answer_refused", slot=step.ask)
        draft.say(step.wrong)
        return not_understood(draft, explain=False)
    draft.because("answered", slot=step.ask)
    taken.fill(step.ask, value)
    running.go_on(draft)


def confirmed(
    draft: Draft, step: d.Confirm, taken: Taken, wish: d.Intent | None, understanding: e.Understanding
) -> bool:
    """A correction, a yes or a no; False where it is something else."""
    said = taken.answer()
    if filled := taken.fill_others(None):
        filled_in(draft, filled)
        return True
    sure = wish is not None and surely(draft, wish, understanding) and not _mild(draft.agent, understanding.intent)
    if said is None or (said == "yes" and sure) or (sure and wish is not None and wish.does is not None):
        return False
    draft.because(f"confirmed.{said}", step=step.name)
    if said == "yes":
        running.go_on(draft)
    elif step.no is not None:
        running.proceed(draft, step.no, anew=True)
    else:
        _decline(draft)
    if said == "no" and sure and wish is not None and wish.starts is not None and not leaves(draft, wish):
        begin_flow(draft, taken, wish.starts)
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
