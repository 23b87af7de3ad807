"""What works anywhere in a conversation: repeat, cancel, slower, go back, help, a person."""

from __future__ import annotations

from typing import Final

from appliance.agents import definition as d
from appliance.conversation import running
from appliance.conversation.drafting import Draft
from appliance.conversation.state import Frame

SLOWER: Final = 0.8
"""Of the speed before, each time."""
SLOWEST: Final = 0.5


def built_in(draft: Draft, does: str) -> None:
    draft.because(f"built_in.{does}")
    match does:
        case "repeat":
            draft.say_again()
        case "slower":
            draft.speed = max(SLOWEST, round((draft.state.speed or 1.0) * SLOWER, 2))
            draft.say(draft.agent.texts.slower)
            draft.say_again()
        case "back":
            _back(draft)
        case "help":
            draft.say(draft.agent.texts.help)
            if draft.state.top is not None:
                running.ask_again(draft)
        case "person":
            running.transfer(draft, draft.agent.policies.person, draft.agent.texts.person)
        case _:
            cancel(draft)


def cancel(draft: Draft) -> None:
    """Let go of all that is under way."""
    if draft.state.stack:
        running.drop_all(draft)
        draft.say(draft.agent.texts.cancelled)
    draft.ask(draft.agent.texts.anything_else)


def _back(draft: Draft) -> None:
    """To the question before. Not past a call: what is done is done."""
    frame = draft.state.top
    earlier = _question_before(draft, frame) if frame is not None else None
    if earlier is not None:
        return running.proceed(draft, earlier, anew=True)
    if len(draft.state.stack) > len(draft.state.unit):
        running.drop_unit(draft)
        following = running.resume(draft)
        return running.proceed(draft, following[0], anew=following[1]) if following else None
    draft.say(draft.agent.texts.no_way_back)
    if frame is not None:
        running.ask_again(draft)


def _question_before(draft: Draft, frame: Frame) -> str | None:
    flow = draft.agent.flows[frame.flow]
    for name in reversed(frame.path[:-1]):
        step = flow.step(name)
        if isinstance(step, d.Call | d.CallBack) or name == frame.step:
            return None
        if isinstance(step, d.Ask | d.Confirm):
            return name
    return None
