"""The vault, asked over the bus: a ring of conversations' keys, kept for as long as they are lent."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from appliance.adapters.nats import Bus
from appliance.errors import Denied, Invalid, Unavailable, Unknown
from appliance.privacy.leases import LEASE_ANSWERED, LEASE_ASKED, LeaseAnswered, LeaseAsked, LeaseKey, lease_subject
from appliance.privacy.sealing import ConversationKeys
from appliance.privacy.vault import RIGHTS

MAX_CONVERSATIONS = 4096
TRY_S = 2.0
PAUSE_S = 0.05
SWEEP_S = 1.0
"""A lease that is over is dropped within this, also where nobody asks for it again."""


@dataclass(frozen=True, slots=True)
class _Held:
    keys: ConversationKeys
    until: float


class KeyRing:
    """The keys lent to one unit. At most `MAX_CONVERSATIONS`, the longest unused go first; each is dropped in time."""

    def __init__(self, bus: Bus, unit: str) -> None:
        right = RIGHTS.get(unit)
        if right is None:
            raise Denied("this unit may not lease keys")
        self._bus = bus
        self._unit = unit
        self._classes = right.classes
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._asking: dict[str, asyncio.Task[ConversationKeys]] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    async def lease(self, conversation: str, timeout_s: float = 5.0) -> ConversationKeys:
        """The conversation's keys: at once where they are held, else from the vault.

        Raises Unavailable after `timeout_s` seconds without an answer, Unknown where there are no keys (only dialogue
        makes them; erased ones stay unknown), Denied where the vault's policy says so.
        """
        held = self._held.get(conversation)
        now = asyncio.get_running_loop().time()
        if held is not None and held.until > now:
            self._held.move_to_end(conversation)
            return held.keys
        asking = self._asking.get(conversation)
        if asking is None:
            asking = asyncio.create_task(self._ask(conversation), name=f"lease {conversation}")
            self._asking[conversation] = asking
            asking.add_done_callback(lambda done: self._asked(conversation, done))
        try:
            return await asyncio.wait_for(asyncio.shield(asking), timeout_s)
        except TimeoutError:
            raise Unavailable("The vault does not answer.") from None

    def forget(self, conversation: str) -> None:
        """Drop the keys of a conversation that nobody here reads now; whoever does again leases them again."""
        self._held.pop(conversation, None)

    def _asked(self, conversation: str, done: asyncio.Task[ConversationKeys]) -> None:
        self._asking.pop(conversation, None)
        if not done.cancelled():
            done.exception()  # whoever still waits has it; where nobody does, it is of no interest

    async def _ask(self, conversation: str) -> ConversationKeys:
        """One question at a time for a conversation, however many wait for the answer; given up after 30 s."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 30
        while True:
            key = LeaseKey()
            question = LEASE_ASKED.dump_json(LeaseAsked(conversation, self._classes, key.public))
            asked_at = loop.time()
            try:
                raw = await self._bus.request(lease_subject(self._unit), question, timeout_s=TRY_S)
                answer = LEASE_ANSWERED.validate_json(raw)
                if answer.outcome == "unavailable":
                    raise Unavailable("The vault cannot lend keys now.")
            except Unavailable:
                if loop.time() > deadline:
                    raise
                await asyncio.sleep(PAUSE_S)
                continue
            _refuse(answer)
            keys = key.open(self._unit, conversation, answer)
            self._keep(conversation, _Held(keys, asked_at + answer.expires_s))
            return keys

    def _keep(self, conversation: str, held: _Held) -> None:
        self._held[conversation] = held
        self._held.move_to_end(conversation)
        while len(self._held) > MAX_CONVERSATIONS:
            self._held.popitem(last=False)
        self._sweep()

    def _sweep(self) -> None:
        """Drop what is over, and look again when the next one is."""
        if self._sweeping is not None:
            return
        now = asyncio.get_running_loop().time()
        for conversation in [one for one, held in self._held.items() if held.until <= now]:
            del self._held[conversation]
        if self._held:
            until = min(held.until for held in self._held.values())
            self._sweeping = asyncio.get_running_loop().call_later(max(SWEEP_S, until - now), self._swept)

    def _swept(self) -> None:
        self._sweeping = None
        self._sweep()


def _refuse(answer: LeaseAnswered) -> None:
    if answer.outcome == "denied":
        raise Denied("The vault does not lend these keys to this unit.")
    if answer.outcome == "unknown":
        raise Unknown("There are no keys for this conversation.")
    if answer.outcome == "invalid":
        raise Invalid("The vault did not understand the question.")
