"""Legs come, go, move and prove their right to another conversation."""

from __future__ import annotations

from dataclasses import replace

from appliance import events as e
from appliance.conversation import running
from appliance.conversation.drafting import Draft
from appliance.conversation.resuming import resume
from appliance.conversation.state import CHATS

CODE_TRIES = 3
"""Wrong one-time codes after which a leg's digits are not looked up any more."""


def start(draft: Draft, given: e.Start, identity: e.Identity) -> None:
    if draft.state.started:
        return attach(draft, given, identity)
    context = draft.context
    locale = context.locale or given.locale
    draft.add(e.ConversationStarted(context.agent.name, context.version, given.channel, locale, given.continued_from))
    draft.add(e.LegAttached(given.leg, given.channel, identity))
    if context.earlier is None or not resume(draft, context.earlier):
        draft.ask(draft.agent.greeting)


def attach(draft: Draft, given: e.Start | e.Attach, identity: e.Identity) -> None:
    """A further leg of the same party, or one that comes back: nothing is said, its channel shows what has been."""
    if draft.state.leg(given.leg) is None and draft.state.ended is None and given.leg not in draft.state.moved:
        draft.add(e.LegAttached(given.leg, given.channel, identity))


def leave(draft: Draft, given: e.Leave) -> None:
    """A chat may come back until its idle time is over; a call that is over ends what was only a call."""
    if draft.state.leg(given.leg) is not None:
        draft.add(e.LegDetached(given.leg, given.reason))
    elif not given.ends:
        return
    if draft.state.ended is not None:
        return
    if given.ends:
        running.end(draft, "closed")
    elif not draft.state.legs and not draft.state.channels.intersection(CHATS):
        running.end(draft, "failed" if given.reason in ("failed", "media_timeout") else "hangup")


def arrive(draft: Draft, given: e.LegArrived) -> None:
    """A leg with this conversation's code: on where it was, with all that is known."""
    if draft.state.leg(given.leg) is not None:
        return
    draft.add(e.LegAttached(given.leg, given.channel, given.identity, given.from_conversation))
    if draft.state.ended is not None:
        draft.say(draft.agent.texts.ended)
        draft.add(e.LegDetached(given.leg, "ended"))
        return
    draft.say(draft.agent.texts.continued)
    running.ask_again(draft)


def code_keyed(draft: Draft, given: e.CodeKeyed) -> None:
    leg = draft.state.leg(given.leg)
    if leg is None or draft.state.ended is not None:
        return
    if given.to_conversation in (None, draft.state.conversation):
        draft.add(e.CodeRefused(leg.leg, leg.tries + 1))
        draft.say(draft.agent.texts.code_refused)
        if draft.state.top is not None:
            running.ask_again(draft)
        return
    assert given.to_conversation is not None
    identity = replace(leg.identity, assurance=e.Assurance.VERIFIED)
    draft.add(e.LegMoved(leg.leg, given.to_conversation, leg.channel, identity))
    if not draft.state.legs:
        draft.add(e.ConversationEnded("continued", "continued"))
