"""Tickets: the right to open one chat WebSocket within a minute, got over HTTP and shown in the socket's first frame.

A ticket is signed, not stored, so that any copy of the gateway takes it; each copy takes it once. It is bound to the
origin of the page that asked for it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from appliance.access.tokens import new_id, open_signed, sign
from appliance.errors import Denied

VALID_S: Final = 60
MAX_USED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Ticket:
    """`conversation` and `leg` are set where a leg goes on; a new conversation starts otherwise."""

    widget: str
    origin: str
    locale: str
    account: str | None
    session: str | None
    """Digest of the session the account is signed in with: the chat ends with it."""
    conversation: str | None
    leg: str | None


class Tickets:
    def __init__(self, key: bytes) -> None:
        self._key = key
        self._used: dict[str, int] = {}

    def issue(self, ticket: Ticket) -> str:
        content: dict[str, str | int | None] = {
            "w": ticket.widget,
            "o": ticket.origin,
            "l": ticket.locale,
            "a": ticket.account,
            "s": ticket.session,
            "c": ticket.conversation,
            "g": ticket.leg,
            "e": int(time.time()) + VALID_S,
            "n": new_id(16),
        }
        return sign(self._key, "ticket", content)

    def take(self, token: str, origin: str) -> Ticket:
        """Use it up. Raises Denied where it is not ours, too old, used, or another origin's."""
        content = open_signed(self._key, "ticket", token)
        now, nonce = int(time.time()), str(content["n"])
        if int(content["e"] or 0) <= now or content["o"] != origin or nonce in self._used:
            raise Denied("This ticket is not valid any more.")
        self._forget(now)
        self._used[nonce] = int(content["e"] or 0)
        return Ticket(
            str(content["w"]),
            origin,
            str(content["l"]),
            _text(content["a"]),
            _text(content["s"]),
            _text(content["c"]),
            _text(content["g"]),
        )

    def _forget(self, now: int) -> None:
        """Nonces are in the order of their expiry, give or take a clock step."""
        while self._used:
            oldest = next(iter(self._used))
            if self._used[oldest] > now and len(self._used) < MAX_USED:
                return
            del self._used[oldest]


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)
