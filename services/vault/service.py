"""Answers `b2t.vault.lease.<unit>` and `b2t.vault.status`. No key, wrapped or not, is in any log line of it."""

from __future__ import annotations

import asyncio
import ctypes
import json
from functools import partial

import structlog
from pydantic import ValidationError

from appliance.errors import B2TError, Denied, Invalid
from appliance.privacy.leases import LEASE_ANSWERED, LEASE_ASKED, LeaseAnswered, LeaseAsked, answer_lease, lease_subject
from appliance.privacy.sealing import KeyClass
from appliance.privacy.vault import RIGHTS, RootKey, WrappedKey, check_right
from services import faults
from services.unit import Unit
from services.vault.store import KeyStore, open_root_key

log = structlog.get_logger(__name__)

_PR_SET_DUMPABLE = 4


class Vault:
    """Leases by the policy; asks of one conversation's new keys wait for one another, all others do not."""

    def __init__(self, unit: Unit, root: RootKey, store: KeyStore) -> None:
        self._unit = unit
        self._root = root
        self._store = store
        self._writing = asyncio.Lock()

    async def answer(self, asker: str, raw: bytes) -> bytes:
        try:
            answered = await self._lease(asker, LEASE_ASKED.validate_json(raw))
        except ValidationError:
            answered = LeaseAnswered("invalid")
        except Invalid:
            answered = LeaseAnswered("invalid")
        except Denied:
            log.warning("lease_denied", asker=asker)
            answered = LeaseAnswered("denied")
            await self._tell("lease_denied", asker)
        except B2TError as error:
            log.error("lease_failed", asker=asker, code=error.code, title=error.title)
            answered = LeaseAnswered("unavailable")
        return LEASE_ANSWERED.dump_json(answered)

    async def _lease(self, asker: str, asked: LeaseAsked) -> LeaseAnswered:
        right = check_right(asker, asked.conversation, asked.classes)
        wrapped = self._store.find(asked.conversation)
        if not wrapped and not right.creates:
            return LeaseAnswered("unknown")
        if not wrapped:
            wrapped = await self._create(asked.conversation)
        answered = answer_lease(asker, asked, self._unwrap(wrapped, asked.classes))
        faults.point("vault.leased")
        return answered

    async def _create(self, conversation: str) -> tuple[WrappedKey, ...]:
        async with self._writing:
            found = self._store.find(conversation)
            if found:
                return found
            made = await asyncio.to_thread(self._store.create, self._root, conversation)
        faults.point("vault.created")
        return made

    def _unwrap(
        self, wrapped: tuple[WrappedKey, ...], classes: frozenset[KeyClass]
    ) -> dict[KeyClass, dict[int, bytes]]:
        keys: dict[KeyClass, dict[int, bytes]] = {}
        for key in wrapped:
            if key.key in classes:
                keys.setdefault(key.key, {})[key.generation] = self._root.unwrap(key)
        return keys

    async def _tell(self, action: str, asker: str) -> None:
        try:
            await self._unit.audit(action, asker=asker)
        except B2TError:
            log.error("audit_not_taken", action=action)

    async def status(self, _request: bytes) -> bytes:
        count = await asyncio.to_thread(self._store.count)
        return json.dumps({"conversations": count, "root_generations": self._root.generations}).encode()


async def run(unit: Unit) -> None:
    forbid_dumps()
    root = open_root_key(unit.paths.root_key)
    store = KeyStore(unit.paths.folder("vault") / "keys.sqlite")
    vault = Vault(unit, root, store)
    stops = [
        await unit.bus.serve(lease_subject(asker), partial(vault.answer, asker), queue="vault") for asker in RIGHTS
    ]
    stops.append(await unit.bus.serve("b2t.vault.status", vault.status, queue="vault"))
    unit.parts["root_key"] = unit.parts["database"] = "ok"
    unit.ready()
    try:
        await asyncio.Event().wait()
    finally:
        for stop in stops:
            await stop()
        store.close()


def forbid_dumps() -> None:
    """No core dump and no debugger of the same user: `prctl(2)`, beyond the unit's own limit on core files."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
