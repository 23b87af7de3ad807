"""What an operator asks of the vault; each change is in the audit log before the operator hears that it is done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from pydantic import ValidationError

from appliance.adapters.audit_room import check_room
from appliance.errors import B2TError, Denied, Full, Invalid, Tampered, Unavailable
from appliance.privacy.envelopes import EnvelopeKey, enclose
from appliance.privacy.managing import (
    MANAGE_ANSWERED,
    MANAGE_ASKED,
    MANAGERS,
    PARTY,
    SHARE_TO_VAULT,
    SHARES_TO_OPERATOR,
    BoxAt,
    BoxState,
    ManageAnswered,
    ManageAsked,
    Operation,
)
from appliance.privacy.sealing import ConversationKeys, KeyClass
from appliance.privacy.vault import BOX, CLASSES, RootKey
from services import faults
from services.unit import Unit
from services.vault.asking import AskedValues
from services.vault.backups import back_up
from services.vault.keeper import RootKeeper
from services.vault.requests import Requests
from services.vault.rewrapping import Rewrapping
from services.vault.store import Holder, KeyStore

log = structlog.get_logger(__name__)

PAGE = 500
ERASED_PAGE = 4000
"""An answer has to fit into a message of the bus."""
SOURCE = "box"
LOOKING: Final = frozenset[Operation](("identify", "match"))
"""Who may ask these can try values out: they are few, and on record before any answer."""


class Management:
    def __init__(
        self, unit: Unit, keeper: RootKeeper, store: KeyStore, rewrapping: Rewrapping, requests: Requests
    ) -> None:
        self._unit, self._keeper, self._store, self._rewrapping = unit, keeper, store, rewrapping
        self._requests = requests
        self._envelopes = EnvelopeKey()
        self._changing = asyncio.Lock()
        self._asked = AskedValues()
        self._operations: dict[Operation, Callable[[ManageAsked], Awaitable[ManageAnswered]]] = {
            "status": self._status,
            "unseal": self._unseal,
            "approve": self._approve,
            "seal": self._seal,
            "rotate": self._rotate,
            "rewrap": self._rewrap,
            "split": self._split,
            "confirm": self._confirm,
            "check": self._check,
            "verify": self._verify,
            "erase": self._erase,
            "erased": self._erased,
            "unused": self._unused,
            "back_up": self._back_up,
            "identify": self._identify,
            "match": self._match,
        }

    async def answer(self, manager: str, raw: bytes) -> bytes:
        try:
            asked = MANAGE_ASKED.validate_json(raw)
            if asked.operation not in MANAGERS[manager]:
                raise Denied("This unit may not ask that of the vault.")
            if asked.operation in LOOKING:
                await self._check_looking(manager, asked)
            answered = await self._operations[asked.operation](asked)
        except ValidationError:
            answered = ManageAnswered(code="invalid", title="The vault did not understand the question.")
        except B2TError as error:
            log.warning("management_refused", manager=manager, code=error.code, title=error.title)
            answered = ManageAnswered(code=error.code, title=error.title)
        return MANAGE_ANSWERED.dump_json(answered)

    def show_state(self) -> None:
        """In the unit's status, for `b2t status`."""
        state = self._keeper.state
        self._unit.parts["root_key"] = {
            "open": "ok",
            "sealed": "sealed: give shares with `b2t vault unseal`",
            "new": "not made: make shares with `b2t vault split`",
        }[state]

    # ---- state -------------------------------------------------------------------------------------------------

    async def _status(self, _asked: ManageAsked) -> ManageAnswered:
        return ManageAnswered(answer=await asyncio.to_thread(self._look))

    def _look(self) -> dict[str, Any]:
        keeper, wraps = self._keeper, self._store.count_keys()
        opened = keeper.state == "open"
        current = keeper.root.current if opened else None
        given = keeper.progress
        return {
            "state": keeper.state,
            "root_key": keeper.kind,
            "root_generations": list(keeper.root.generations) if opened else [],
            "current": current,
            "shares": {"given": given.given, "needed": given.needed},
            "conversations": self._store.count(),
            "persons": self._store.count_persons(),
            "keys": {str(number): count for number, count in sorted(wraps.items())},
            "to_rewrap": sum(count for number, count in wraps.items() if number != current) if opened else None,
            "rewrapping": self._rewrapping.going,
            "rewrapped": self._rewrapping.wrapped,
            "damaged": [list(place) for place in self._rewrapping.damaged],
            "public_key": self._envelopes.public,
        }

    # ---- sealing and opening -----------------------------------------------------------------------------------

    async def _unseal(self, asked: ManageAsked) -> ManageAnswered:
        words = self._envelopes.open(SHARE_TO_VAULT, asked.envelope).decode("utf-8", "replace")
        async with self._changing:
            try:
                given = await asyncio.to_thread(self._keeper.give, words)
            except B2TError as error:
                await self._tell("vault_unsealed", result="refused", reason=_why(error))
                raise
            self.show_state()
            opened = self._keeper.state == "open"
            if opened:
                self._rewrapping.kick()
            reason = f"share-{given.given}-of-{given.needed}"
            await self._tell("vault_unsealed", result="done", reason="opened" if opened else reason)
        return ManageAnswered(answer={"state": self._keeper.state, "given": given.given, "needed": given.needed})

    async def _approve(self, asked: ManageAsked) -> ManageAnswered:
        words = self._envelopes.open(SHARE_TO_VAULT, asked.envelope).decode("utf-8", "replace")
        async with self._changing:
            try:
                given = await asyncio.to_thread(self._keeper.approve, words)
            except B2TError as error:
                await self._tell(
                    "configuration_changed", setting="vault.shares/approved", result="refused", reason=_why(error)
                )
                raise
            await self._on_record(f"vault.shares/approved-{given.given}-of-{given.needed}")
        return ManageAnswered(answer={"given": given.given, "needed": given.needed})

    async def _seal(self, _asked: ManageAsked) -> ManageAnswered:
        async with self._changing:
            await asyncio.to_thread(self._keeper.seal)
            self.show_state()
            await self._tell("vault_sealed", result="done")
        return ManageAnswered(answer={"state": self._keeper.state})

    async def _split(self, asked: ManageAsked) -> ManageAnswered:
        if not asked.public_key:
            raise Invalid("Shares are only given out in an envelope.")
        async with self._changing:
            shares = await asyncio.to_thread(self._keeper.split, asked.needed, asked.of)
            await self._on_record("vault.shares/made")
        envelope = enclose(asked.public_key, SHARES_TO_OPERATOR, json.dumps(shares).encode())
        return ManageAnswered(answer={"needed": asked.needed, "of": asked.of}, envelope=envelope)

    async def _confirm(self, _asked: ManageAsked) -> ManageAnswered:
        async with self._changing:
            needed = await asyncio.to_thread(self._keeper.confirm)
            self.show_state()
            self._rewrapping.kick()
            await self._unit.audit(
                "configuration_changed", setting="vault.shares/in-force", source=SOURCE, result="done"
            )
        return ManageAnswered(answer={"needed": needed, "state": self._keeper.state})

    async def _rotate(self, _asked: ManageAsked) -> ManageAnswered:
        async with self._changing:
            generation = await asyncio.to_thread(self._keeper.rotate)
            faults.point("vault.rotated")
            self._rewrapping.kick()
            await self._unit.audit("root_key_rotated", generation=generation, source=SOURCE, result="done")
        return ManageAnswered(answer={"current": generation})

    async def _rewrap(self, _asked: ManageAsked) -> ManageAnswered:
        _ = self._keeper.root
        await asyncio.to_thread(self._keeper.reload)
        self._rewrapping.kick()
        return await self._status(_asked)

    # ---- looking for damage ------------------------------------------------------------------------------------

    async def _check(self, asked: ManageAsked) -> ManageAnswered:
        """One page of the key store: the next place to go on from, and which keys do not unwrap where they lie."""
        root = self._keeper.root
        return ManageAnswered(answer=await asyncio.to_thread(self._check_page, root, asked.after))

    def _check_page(self, root: RootKey, after: tuple[str, str, int]) -> dict[str, Any]:
        first = after == ("", "", 0)
        damage = self._store.damage() if first else None
        faults_found = [{"place": "vault/keys.sqlite", "fault": damage}] if damage else []
        if first:
            try:
                self._requests.check()
            except (Tampered, Invalid) as error:
                faults_found.append({"place": "vault/unredaction.sqlite", "fault": error.title})
        page = self._store.page(after, PAGE)
        for key in page:
            try:
                root.unwrap(key)
            except Tampered as error:
                place = f"vault/keys.sqlite: {key.conversation}, {key.key}, generation {key.generation}"
                faults_found.append({"place": place, "fault": error.title})
        last = page[-1] if len(page) == PAGE else None
        return {
            "looked_at": len(page),
            "faults": faults_found,
            "next": None if last is None else [last.conversation, last.key, last.generation],
        }

    async def _verify(self, asked: ManageAsked) -> ManageAnswered:
        root = self._keeper.root
        return ManageAnswered(answer={"states": await asyncio.to_thread(self._states, root, asked.boxes)})

    def _states(self, root: RootKey, boxes: tuple[BoxAt, ...]) -> list[BoxState]:
        known: dict[str, ConversationKeys | BoxState] = {}
        return [self._state_of(root, box, known) for box in boxes]

    def _state_of(self, root: RootKey, box: BoxAt, known: dict[str, ConversationKeys | BoxState]) -> BoxState:
        keys = known.get(box.conversation)
        if keys is None:
            keys = known[box.conversation] = self._keys(root, box.conversation)
        if not isinstance(keys, ConversationKeys):
            return keys
        for place in box.places:
            try:
                keys.unseal(place, box.sealed)
                return "ok"
            except B2TError:
                continue
        return "damaged"

    def _keys(self, root: RootKey, conversation: str) -> ConversationKeys | BoxState:
        wrapped = self._store.find(conversation)
        if not wrapped:
            return "erased" if self._store.is_erased(Holder(conversation)) else "no key"
        keys: dict[KeyClass, dict[int, bytes]] = {}
        for one in wrapped:
            for key in CLASSES:
                if one.key == key:
                    try:
                        keys.setdefault(key, {})[one.generation] = root.unwrap(one)
                    except Tampered:
                        return "no key"
        return ConversationKeys(conversation, keys)

    # ---- finding a person ------------------------------------------------------------------------------------------

    async def _check_looking(self, manager: str, asked: ManageAsked) -> None:
        """Raises Denied, Full, Unavailable: without an entry of the audit log there is no answer."""
        _ = self._keeper.root
        try:
            if asked.operation == "identify" and not all(map(PARTY.fullmatch, asked.values)):
                raise Denied("Only callers and accounts are known by a keyed hash of the box.")
            if any(one.conversation == BOX for one in asked.candidates):
                raise Denied("The box's own keys are no conversation's.")
            self._asked.take(manager, asked.operation, asked.values)
        except (Denied, Full) as error:
            await self._tell("lease_denied", asker=manager, result="refused", reason=f"{asked.operation}/{error.code}")
            raise
        check_room(self._unit.paths.root, self._unit.config.audit.reserve_mib)
        reason = f"values-{len(asked.values)}/conversations-{len(asked.candidates)}"
        await self._unit.audit(
            "key_leased", asker=manager, conversation=BOX, classes=asked.operation, source=SOURCE, reason=reason
        )

    async def _identify(self, asked: ManageAsked) -> ManageAnswered:
        """The keyed hashes by which parties are known; none on a box that has not met anybody yet."""
        root = self._keeper.root
        keys = await asyncio.to_thread(self._keys, root, BOX)
        hashes = [keys.digest(one) for one in asked.values] if isinstance(keys, ConversationKeys) else []
        return ManageAnswered(answer={"hashes": hashes})

    async def _match(self, asked: ManageAsked) -> ManageAnswered:
        """Those of the candidates in which one of the values was said; nothing else of them is in the answer."""
        root = self._keeper.root
        return ManageAnswered(answer={"conversations": await asyncio.to_thread(self._matching, root, asked)})

    def _matching(self, root: RootKey, asked: ManageAsked) -> list[str]:
        found: list[str] = []
        for one in asked.candidates:
            keys = self._keys(root, one.conversation)
            if isinstance(keys, ConversationKeys) and not {keys.digest(value) for value in asked.values}.isdisjoint(
                one.digests
            ):
                found.append(one.conversation)
        return found

    # ---- erasing -----------------------------------------------------------------------------------------------

    async def _erase(self, asked: ManageAsked) -> ManageAnswered:
        """Needs no root key: a sealed vault erases too."""
        holders = [Holder(one.name, one.person) for one in asked.holders]
        async with self._changing:
            count = await asyncio.to_thread(self._store.erase, holders)
            for holder in holders:
                await self._unit.audit(
                    "keys_erased", subject=holder.name, source=SOURCE, result="done", reason=asked.why or None
                )
        return ManageAnswered(answer={"keys": count, "holders": len(holders)})

    async def _erased(self, asked: ManageAsked) -> ManageAnswered:
        """One page of whose keys are gone, oldest first, and where to go on from."""
        name, person, since = asked.after
        rows = await asyncio.to_thread(self._store.erased, (since, name, int(person or 0)), ERASED_PAGE)
        listed = [{"name": holder.name, "person": holder.person, "at": at} for holder, at in rows]
        last = rows[-1] if len(rows) == ERASED_PAGE else None
        after = None if last is None else [last[0].name, str(int(last[0].person)), last[1]]
        return ManageAnswered(answer={"erased": listed, "next": after})

    async def _unused(self, asked: ManageAsked) -> ManageAnswered:
        """One page of conversations that have keys and that dialogue has long not worked on."""
        days, after = self._unit.config.retention.event_log_days, asked.after[0]
        names = await asyncio.to_thread(self._store.unused, days, after, PAGE)
        last = names[-1] if len(names) == PAGE else None
        return ManageAnswered(answer={"conversations": names, "next": last})

    async def _back_up(self, asked: ManageAsked) -> ManageAnswered:
        """A copy beside the store, while leases go on. Needs no root key: it holds wrapped keys only."""
        folder = self._unit.paths.folder("vault") / "backups"
        async with self._changing:
            backup = await asyncio.to_thread(back_up, self._store, self._requests, folder, asked.keep_days)
            await self._unit.audit("backup_made", backup=backup.file.name, source=SOURCE, result="done")
        record = None if backup.record is None else str(backup.record)
        answer = {"file": str(backup.file), "record": record, "keys": backup.keys, "removed": backup.removed}
        return ManageAnswered(answer=answer)

    async def _on_record(self, setting: str) -> None:
        """What was approved or made counts only if this is taken; else all of it has to be given anew."""
        try:
            await self._unit.audit("configuration_changed", setting=setting, source=SOURCE, result="done")
        except BaseException:
            self._keeper.withdraw()
            raise

    async def _tell(self, action: str, **fields: str | None) -> None:
        """Opening goes on where the audit log takes nothing: without open keys it may be what cannot be written."""
        try:
            await self._unit.audit(action, source=SOURCE, **fields)
        except Unavailable:
            log.error("audit_not_taken", action=action)


def _why(error: B2TError) -> str:
    return "share" if isinstance(error, Invalid) else error.code
