"""How sure a wish has to be: to be done at all, to go before an answer, to end a conversation."""

from __future__ import annotations

from appliance import events as e
from appliance.agents import definition as d
from appliance.conversation.drafting import Draft
from appliance.privacy.values import from_literal


def chosen(draft: Draft, understanding: e.Understanding) -> str | None:
    """Which of the two offered wishes is meant: it need not be as sure as one that comes out of nowhere."""
    policies = draft.agent.policies
    enough = understanding.confidence >= max(policies.likely_at, policies.understood_at / 2)
    meant = understanding.intent if enough and understanding.intent in draft.state.offered else None
    return meant if meant in draft.agent.intents else None


def wish_of(draft: Draft, understanding: e.Understanding) -> d.Intent | None:
    """What is wanted, where it is sure enough; what cannot be undone by talking on has to be surer."""
    wish = draft.agent.intents.get(understanding.intent) if understanding.intent else None
    if wish is None:
        return None
    policies = draft.agent.policies
    needed = policies.switch_at if leaves(draft, wish) else policies.understood_at
    return wish if understanding.confidence >= needed else None


def leaves(draft: Draft, wish: d.Intent) -> bool:
    """Whether it ends the conversation or gives the party to a person."""
    if wish.does is not None:
        return wish.does == "person"
    first = draft.agent.flows[wish.starts].steps[0] if wish.starts else None
    return isinstance(first, d.Transfer | d.HandOver | d.End)


def surely(draft: Draft, wish: d.Intent | None, understanding: e.Understanding) -> bool:
    return wish is not None and understanding.confidence >= draft.agent.policies.switch_at


def wins(draft: Draft, wish: d.Intent, understanding: e.Understanding, value: str) -> bool:
    """Whether a wish is meant rather than the answer that is in it too. Digits, dates and amounts are always meant as
    the answer."""
    if (
        value in draft.state.references
        or from_literal(value) is not None
        or wish.starts in [frame.flow for frame in draft.state.unit]
    ):
        return False
    return understanding.confidence >= draft.agent.policies.switch_at
