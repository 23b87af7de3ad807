"""From a reply as it is stored to the words that are spoken: unsealed, its references resolved, at the last moment."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.adapters.vault import KeyRing
from appliance.events import (
    ConnectorCallReturned,
    ConversationStarted,
    Event,
    Reference,
    ReplyMade,
    TurnHeard,
    TurnUnderstood,
)
from appliance.privacy.references import names_in, render, reveal
from appliance.privacy.sealing import reply_place
from appliance.privacy.values import DEFAULT_LOCALE

MAX_REFERENCES = 2000


class ReplyReader:
    """Knows the references of one conversation. Values are revealed one reply at a time and not kept."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._references: dict[str, Reference] = {}
        self._locale = DEFAULT_LOCALE

    def note(self, events: Iterable[Event]) -> None:
        """Remember what the events name."""
        for event in events:
            if isinstance(event, ConversationStarted):
                self._locale = event.locale
            elif isinstance(event, TurnUnderstood):
                self._locale = event.locale or self._locale
            elif isinstance(event, TurnHeard):
                self._keep(event.references)
            elif isinstance(event, ConnectorCallReturned):
                self._keep(event.values.values())

    def forget(self) -> None:
        self._references.clear()

    async def words(self, conversation: str, reply: ReplyMade) -> str:
        """What is to be spoken. Raises Unavailable, Unknown, Denied or Tampered."""
        keys = await self._keys.lease(conversation)
        text = keys.unseal_text(reply_place(reply.reply), reply.text)
        needed = (self._references[name] for name in names_in(text) if name in self._references)
        return render(text, reveal(keys, needed), "spoken", self._locale)

    def _keep(self, references: Iterable[Reference]) -> None:
        for reference in references:
            if len(self._references) < MAX_REFERENCES:
                self._references[reference.name] = reference
