"""Answers `b2t.vault.lease.<unit>`, `b2t.vault.manage.<unit>`, `b2t.vault.status`. No log line of it holds a key."""

from __future__ import annotations

import asyncio
import json
from functools import partial

import structlog
from pydantic import ValidationError

from appliance.errors import B2TError, Denied, Invalid, Tampered, Unavailable
from appliance.privacy.leases import LEASE_ANSWERED, LEASE_ASKED, LeaseAnswered, LeaseAsked, answer_lease, lease_subject
from appliance.privacy.managing import MANAGERS, manage_subject
from appliance.privacy.sealing import LeaseClass
from appliance.privacy.unredaction_asking import CARRIERS, unredact_subject
from appliance.privacy.vault import BOX, PERSON, RIGHTS, LeaseRight, WrappedKey, check_right
from services import faults
from services.unit import Unit
from services.vault.keeper import RootKeeper
from services.vault.management import Management
from services.vault.memory import forbid_dumps, lock_memory
from services.vault.own_keys import OwnKeys
from services.vault.requests import Requests
from services.vault.rewrapping import Rewrapping
from services.vault.store import Holder, KeyStore
from services.vault.unredacting import Unredacting

log = structlog.get_logger(__name__)

MAX_TELLING = 1024
"""Raw leases that the audit log has not taken yet; more are told as lost, and calls go on."""


class Vault:
    """Leases by the policy; asks of one conversation's new keys wait for one another, all others do not."""

    def __init__(self, unit: Unit, keeper: RootKeeper, store: KeyStore) -> None:
        self._unit = unit
        self._keeper = keeper
        self._store = store
        self._writing = asyncio.Lock()
        self._telling: set[asyncio.Task[None]] = set()

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
            await self._tell("lease_denied", asker=asker)
        except Unavailable:
            answered = LeaseAnswered("unavailable")
        except B2TError as error:
            log.error("lease_failed", asker=asker, code=error.code, title=error.title)
            answered = LeaseAnswered("unavailable")
        return LEASE_ANSWERED.dump_json(answered)

    async def _lease(self, asker: str, asked: LeaseAsked) -> LeaseAnswered:
        right = check_right(asker, asked.conversation, asked.classes)
        holder = Holder(asked.conversation, person=asked.classes == PERSON)
        _ = self._keeper.root  # a sealed vault says so before it looks for anything
        wrapped = self._store.find_of(holder)
        if not wrapped and not right.creates:
            return LeaseAnswered("unknown")
        if not wrapped:
            wrapped = await self._create(holder)
            if not wrapped:
                return LeaseAnswered("unknown")
        await self._check_use(asker, right, asked, holder)
        answered = answer_lease(asker, asked, await self._unwrapped(wrapped, asked.classes))
        faults.point("vault.leased")
        return answered

    async def _create(self, holder: Holder) -> tuple[WrappedKey, ...]:
        async with self._writing:
            found = self._store.find_of(holder)
            if found:
                return found
            made = await asyncio.to_thread(self._store.create_of, self._keeper.root, holder)
        faults.point("vault.created")
        return made

    async def _check_use(self, asker: str, right: LeaseRight, asked: LeaseAsked, holder: Holder) -> None:
        """Raw values are for what dialogue works on; whoever else opens them is in the audit log."""
        if holder.person or holder.name == BOX:
            return
        if right.creates:
            self._store.note_work(holder.name)
        if "raw" not in asked.classes or right.raw_at_any_time:
            return
        days = self._unit.config.retention.event_log_days
        if not self._store.worked_on_lately(holder.name, days):
            raise Denied("this conversation is over: its raw values are not lent any more")
        self._tell_later(asker, asked)

    async def _unwrapped(
        self, wrapped: tuple[WrappedKey, ...], classes: frozenset[LeaseClass]
    ) -> dict[LeaseClass, dict[int, bytes]]:
        if any(not self._keeper.root.knows(key.root_generation) for key in wrapped):
            await asyncio.to_thread(self._keeper.reload)
        if self._keeper.in_token:
            return await asyncio.to_thread(self._unwrap, wrapped, classes)
        return self._unwrap(wrapped, classes)

    def _unwrap(
        self, wrapped: tuple[WrappedKey, ...], classes: frozenset[LeaseClass]
    ) -> dict[LeaseClass, dict[int, bytes]]:
        root = self._keeper.root
        keys: dict[LeaseClass, dict[int, bytes]] = {}
        for key in wrapped:
            if key.key in classes:
                keys.setdefault(key.key, {})[key.generation] = root.unwrap(key)
        return keys

    def _tell_later(self, asker: str, asked: LeaseAsked) -> None:
        if len(self._telling) >= MAX_TELLING:
            log.error("audit_not_taken", action="key_leased")
            return
        classes = "/".join(sorted(asked.classes))
        telling = self._tell("key_leased", asker=asker, conversation=asked.conversation, classes=classes)
        task = asyncio.create_task(telling, name="tell of a lease")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, action: str, **fields: str) -> None:
        try:
            await self._unit.audit(action, **fields)
        except B2TError:
            log.error("audit_not_taken", action=action)

    async def status(self, _request: bytes) -> bytes:
        count = await asyncio.to_thread(self._store.count)
        try:
            generations = self._keeper.root.generations
        except Unavailable:
            generations = ()
        return json.dumps({"conversations": count, "root_generations": generations}).encode()


async def run(unit: Unit) -> None:
    forbid_dumps()
    lock_memory()
    keeper = RootKeeper(unit.config.vault, unit.paths)
    try:
        await asyncio.to_thread(keeper.start)
    except Tampered as error:
        raise Invalid(error.title) from None
    store = KeyStore(unit.paths.folder("vault") / "keys.sqlite")
    vault = Vault(unit, keeper, store)
    rewrapping = Rewrapping(unit, keeper, store)
    requests = Requests(unit.paths.folder("vault") / "unredaction.sqlite", store, OwnKeys(keeper, store))
    management = Management(unit, keeper, store, rewrapping, requests)
    unredacting = Unredacting(unit, keeper, store, requests)
    stops = [
        await unit.bus.serve(lease_subject(asker), partial(vault.answer, asker), queue="vault") for asker in RIGHTS
    ]
    for manager in MANAGERS:
        stops.append(await unit.bus.serve(manage_subject(manager), partial(management.answer, manager), queue="vault"))
    for carrier in CARRIERS:
        carried = partial(unredacting.answer, carrier)
        stops.append(await unit.bus.serve(unredact_subject(carrier), carried, queue="vault"))
    stops.append(await unit.bus.serve("b2t.vault.status", vault.status, queue="vault"))
    unit.parts["database"] = "ok"
    management.show_state()
    rewrapping.kick()
    unit.ready()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(rewrapping.run(), name="rewrapping")
            group.create_task(unredacting.run(), name="emergency accesses")
    finally:
        for stop in stops:
            await stop()
        requests.close()
        store.close()
