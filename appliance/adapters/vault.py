"""The vault, asked over the bus: a ring of conversations' keys, kept for as long as they are lent; its management."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from appliance import errors
from appliance.adapters.nats import Bus
from appliance.errors import B2TError, Denied, Invalid, Unavailable, Unknown
from appliance.privacy.leases import LEASE_ANSWERED, LEASE_ASKED, LeaseAnswered, LeaseAsked, LeaseKey, lease_subject
from appliance.privacy.managing import MANAGE_ANSWERED, MANAGE_ASKED, ManageAnswered, ManageAsked, manage_subject
from appliance.privacy.persons import PersonKeys
from appliance.privacy.sealing import ConversationKeys, LeaseClass
from appliance.privacy.unredaction_asking import (
    UNREDACTION_ANSWERED,
    UNREDACTION_ASKED,
    UnredactionAnswered,
    UnredactionAsked,
    unredact_subject,
)
from appliance.privacy.vault import PERSON, RIGHTS

MAX_CONVERSATIONS = 4096
TRY_S = 2.0
PAUSE_S = 0.05
UNREDACT_S = 10.0
MANAGE_S = 30.0
"""Making shares or asking a TPM takes about a second; looking through a large page of boxes as long."""
SWEEP_S = 1.0
"""A lease that is over is dropped within this, also where nobody asks for it again."""
REDACTED: Final[frozenset[LeaseClass]] = frozenset({"redacted"})

_Held_for = tuple[str, frozenset[LeaseClass]]
_Keys = ConversationKeys | PersonKeys


@dataclass(frozen=True, slots=True)
class _Held:
    keys: _Keys
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
        self._held: OrderedDict[_Held_for, _Held] = OrderedDict()
        self._asking: dict[_Held_for, asyncio.Task[_Keys]] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    async def lease(
        self, conversation: str, timeout_s: float = 5.0, *, classes: frozenset[LeaseClass] | None = None
    ) -> ConversationKeys:
        """The conversation's keys: at once where they are held, else from the vault.

        `classes`: who only reads redacted text asks for `REDACTED`; without it all that this unit may have.
        Raises Unavailable after `timeout_s` seconds without an answer, Unknown where there are no keys (only dialogue
        makes them; erased ones stay unknown), Denied where the vault's policy says so.
        """
        keys = await self._lease((conversation, classes or self._classes), timeout_s)
        assert isinstance(keys, ConversationKeys)
        return keys

    async def person(self, person: str, timeout_s: float = 5.0) -> PersonKeys:
        """The keys of a person, named by their keyed hash (`Identity.party`). Raises as `lease` does."""
        keys = await self._lease((person, PERSON), timeout_s)
        assert isinstance(keys, PersonKeys)
        return keys

    def forget(self, conversation: str) -> None:
        """Drop the keys of a conversation that nobody here reads now; whoever does again leases them again."""
        for classes in (self._classes, REDACTED):
            self._held.pop((conversation, classes), None)

    async def _lease(self, wanted: _Held_for, timeout_s: float) -> _Keys:
        held = self._held.get(wanted)
        now = asyncio.get_running_loop().time()
        if held is not None and held.until > now:
            self._held.move_to_end(wanted)
            return held.keys
        asking = self._asking.get(wanted)
        if asking is None:
            asking = asyncio.create_task(self._ask(wanted), name=f"lease {wanted[0]}")
            self._asking[wanted] = asking
            asking.add_done_callback(lambda done: self._asked(wanted, done))
        try:
            return await asyncio.wait_for(asyncio.shield(asking), timeout_s)
        except TimeoutError:
            raise Unavailable("The vault does not answer.") from None

    def _asked(self, wanted: _Held_for, done: asyncio.Task[_Keys]) -> None:
        self._asking.pop(wanted, None)
        if not done.cancelled():
            done.exception()  # whoever still waits has it; where nobody does, it is of no interest

    async def _ask(self, wanted: _Held_for) -> _Keys:
        """One question at a time for the same keys, however many wait for the answer; given up after 30 s."""
        name, classes = wanted
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 30
        while True:
            key = LeaseKey()
            question = LEASE_ASKED.dump_json(LeaseAsked(name, classes, key.public))
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
            opened: Callable[[str, str, LeaseAnswered], _Keys] = key.open_person if classes == PERSON else key.open
            keys = opened(self._unit, name, answer)
            self._keep(wanted, _Held(keys, asked_at + answer.expires_s))
            return keys

    def _keep(self, wanted: _Held_for, held: _Held) -> None:
        self._held[wanted] = held
        self._held.move_to_end(wanted)
        while len(self._held) > MAX_CONVERSATIONS:
            self._held.popitem(last=False)
        self._sweep()

    def _sweep(self) -> None:
        """Drop what is over, and look again when the next one is."""
        if self._sweeping is not None:
            return
        now = asyncio.get_running_loop().time()
        for wanted in [one for one, held in self._held.items() if held.until <= now]:
            del self._held[wanted]
        if self._held:
            until = min(held.until for held in self._held.values())
            self._sweeping = asyncio.get_running_loop().call_later(max(SWEEP_S, until - now), self._swept)

    def _swept(self) -> None:
        self._sweeping = None
        self._sweep()


async def manage(bus: Bus, unit: str, asked: ManageAsked) -> ManageAnswered:
    """Have the vault do something. Raises what the vault refuses with, Unavailable where it does not answer."""
    raw = await bus.request(manage_subject(unit), MANAGE_ASKED.dump_json(asked), timeout_s=MANAGE_S)
    answered = MANAGE_ANSWERED.validate_json(raw)
    if answered.code:
        raise refusal(answered.code, answered.title)
    return answered


async def erased_list(bus: Bus, unit: str) -> list[dict[str, Any]]:
    """Whose keys are gone, oldest first: `name`, `person`, `at`. Raises Unavailable, Denied."""
    listed: list[dict[str, Any]] = []
    after: Any = ("", "", 0)
    while after is not None:
        answer = (await manage(bus, unit, ManageAsked(operation="erased", after=tuple(after)))).answer
        listed += answer["erased"]
        after = answer["next"]
    return listed


async def unredact(bus: Bus, unit: str, asked: UnredactionAsked) -> UnredactionAnswered:
    """Carry what somebody signed to the vault. Raises what the vault refuses with, Unavailable without an answer."""
    raw = await bus.request(unredact_subject(unit), UNREDACTION_ASKED.dump_json(asked), timeout_s=UNREDACT_S)
    try:
        answered = UNREDACTION_ANSWERED.validate_json(raw)
    except ValidationError:
        raise Unavailable("The vault's answer is not understood.") from None
    if answered.code:
        raise refusal(answered.code, answered.title)
    return answered


def refusal(code: str, title: str) -> B2TError:
    """The error that a unit's answer names."""
    return _ERRORS.get(code, B2TError)(title)


_ERRORS: Final = {
    error.code: error
    for error in (Invalid, Unknown, Denied, errors.Conflict, errors.Full, Unavailable, errors.Tampered)
}


def _refuse(answer: LeaseAnswered) -> None:
    if answer.outcome == "denied":
        raise Denied("The vault does not lend these keys to this unit.")
    if answer.outcome == "unknown":
        raise Unknown("There are no keys for this conversation.")
    if answer.outcome == "invalid":
        raise Invalid("The vault did not understand the question.")
