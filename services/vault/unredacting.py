"""Answers `b2t.vault.unredact.<unit>`: checks what people signed, puts it on record, and opens values for the reader.

Every step is in the audit log before it counts, and without its entry it does not happen. Values leave the vault only
in an envelope to the one-time key that the reader signed, so that neither the gateway nor the bus sees them, and the
raw key of the conversation leaves it not at all.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import Any, Final

import structlog
from prometheus_client import Counter, Gauge
from pydantic import ValidationError

from appliance.adapters.nats import pause
from appliance.errors import B2TError, Conflict, Denied, Invalid, Tampered, Unknown
from appliance.privacy import unredaction
from appliance.privacy.envelopes import enclose
from appliance.privacy.sealing import ConversationKeys, reference_place
from appliance.privacy.unredaction import Person, Request, Signed, check_decision, check_reading, check_signed
from appliance.privacy.unredaction_asking import (
    CARRIERS,
    NOTICE,
    RENEWED,
    SIGNED,
    UNREDACTION_ANSWERED,
    UNREDACTION_ASKED,
    Operation,
    SealedValue,
    UnredactionAnswered,
    UnredactionAsked,
    page_of,
    shown,
    shown_person,
)
from services import faults
from services.unit import Unit
from services.vault.keeper import RootKeeper
from services.vault.own_keys import raw_keys
from services.vault.requests import Requests
from services.vault.store import KeyStore

log = structlog.get_logger(__name__)

SWEEP_S: Final = 5.0
CHECK_S: Final = 60.0
ON_THEIR_WORD: Final = 2
"""So many people are enrolled on the operator's word; each further one needs one of them to sign."""
GLASSES: Final = Counter("b2t_vault_break_glass", "Emergency accesses that were opened")
UNREVIEWED: Final = Gauge("b2t_vault_break_glass_unreviewed", "Emergency accesses that no second person has looked at")


class Unredacting:
    def __init__(self, unit: Unit, keeper: RootKeeper, keys: KeyStore, requests: Requests) -> None:
        self._unit, self._keeper, self._store, self._requests = unit, keeper, keys, requests
        self._settings = unit.config.unredaction
        self._changing = asyncio.Lock()
        self._operations: dict[Operation, Callable[[UnredactionAsked], Awaitable[UnredactionAnswered]]] = {
            "ask": self._ask,
            "break-glass": self._break_glass,
            "approve": self._decide,
            "deny": self._decide,
            "acknowledge": self._decide,
            "read": self._read,
            "list": self._list,
            "show": self._show,
            "overview": self._overview,
            "persons": self._list_persons,
            "enrol": self._enrol,
            "remove": self._remove,
            "compare": self._compare,
            "renew": self._renew,
        }

    async def answer(self, carrier: str, raw: bytes) -> bytes:
        asked = None
        try:
            asked = UNREDACTION_ASKED.validate_json(raw)
            if asked.operation not in CARRIERS[carrier]:
                raise Denied("This unit may not ask that of the vault.")
            if asked.operation in SIGNED and (asked.signed is None or asked.signed.statement.step != asked.operation):
                raise Invalid("This needs a signed statement of the same step.")
            answered = await self._operations[asked.operation](asked)
        except ValidationError:
            answered = UnredactionAnswered(code="invalid", title="The vault did not understand the question.")
        except B2TError as error:
            log.warning("unredaction_refused", carrier=carrier, code=error.code, title=error.title)
            if isinstance(error, Denied) and asked is not None:
                await self._tell_denied(carrier, asked)
            answered = UnredactionAnswered(code=error.code, title=error.title)
        return UNREDACTION_ANSWERED.dump_json(answered)

    async def run(self) -> None:
        """For ever: tell of each emergency access whose time is over, and look through the record now and then."""
        checked = -CHECK_S
        while True:
            if self._keeper.state == "open":
                try:
                    if time.monotonic() - checked >= CHECK_S:
                        await asyncio.to_thread(self._requests.check)
                        checked = time.monotonic()
                    await self.sweep()
                except B2TError as error:
                    if self._unit.parts.get("unredaction") != error.title:  # told once, not at every look
                        log.error("break_glass_not_looked_at", code=error.code, title=error.title)
                    self._unit.parts["unredaction"] = error.title
            await pause(SWEEP_S)

    async def sweep(self) -> None:
        """Raises Tampered where the record is refused: then nothing is asked, approved or read."""
        async with self._changing:
            now = int(time.time())
            for one in await asyncio.to_thread(self._requests.break_glasses):
                if one.closed_at is None and one.state(now) != "open":
                    who = f"person:{one.asked.statement.person}"
                    about = {"account": who, "request": one.id, "conversation": one.conversation}
                    await self._unit.audit("break_glass_closed", **about, result="done")
                    await asyncio.to_thread(self._requests.change, one, replace(one, closed_at=now))
            await self._show_state()

    # ---- what people sign ----------------------------------------------------------------------------------------

    async def _ask(self, asked: UnredactionAsked) -> UnredactionAnswered:
        signed, now = _signed(asked), int(time.time())
        async with self._changing:
            person = await self._checked(signed, now)
            unredaction.check_asked(signed.statement, self._settings.max_minutes)
            await self._check_new(signed)
            await self._audit("reveal_asked", person, signed, asked)
            faults.point("vault.reveal_asked")
            await asyncio.to_thread(self._requests.keep, Request(asked=signed))
        return UnredactionAnswered(answer=shown(Request(asked=signed), now))

    async def _break_glass(self, asked: UnredactionAsked) -> UnredactionAnswered:
        signed, now = _signed(asked), int(time.time())
        if not self._settings.break_glass:
            raise Denied("Emergency access is switched off on this box.")
        async with self._changing:
            person = await self._checked(signed, now)
            unredaction.check_asked(signed.statement, self._settings.break_glass_minutes)
            await self._check_new(signed)
            await self._audit("break_glass_opened", person, signed, asked)
            faults.point("vault.break_glass_opened")
            await asyncio.to_thread(self._requests.keep, Request(asked=signed))
            await self._shout(person, Request(asked=signed))
        return UnredactionAnswered(answer=shown(Request(asked=signed), now))

    async def _decide(self, asked: UnredactionAsked) -> UnredactionAnswered:
        signed, now = _signed(asked), int(time.time())
        step = signed.statement.step
        async with self._changing:
            person = await self._checked(signed, now)
            was = await self._found(signed.statement.request)
            if signed in (was.decided, was.withdrawn, was.acknowledged):
                return UnredactionAnswered(answer=shown(was, now))  # an answer was lost; it is done already
            check_decision(was, signed.statement, now)
            asker = (await asyncio.to_thread(self._requests.persons)).get(was.asked.statement.person)
            if step in ("approve", "acknowledge") and (asker is None or not unredaction.are_two(person, asker)):
                raise Denied("This is for a second person: one of the two keys was brought in by the other.")
            if step == "acknowledge":
                action, after = "break_glass_reviewed", replace(was, acknowledged=signed)
            elif step == "approve":
                action, after = "reveal_approved", replace(was, decided=signed)
            elif was.state(now) == "waiting":
                action, after = "reveal_denied", replace(was, decided=signed)
            else:
                action, after = "reveal_denied", replace(was, withdrawn=signed)
            await self._audit(action, person, signed, asked)
            faults.point(f"vault.{action}")
            await asyncio.to_thread(self._requests.change, was, after)
            await self._show_state()
        return UnredactionAnswered(answer=shown(after, now))

    async def _read(self, asked: UnredactionAsked) -> UnredactionAnswered:
        signed, now = _signed(asked), int(time.time())
        person = await self._checked(signed, now)
        request = await self._found(signed.statement.request)
        check_reading(request, signed.statement, await asyncio.to_thread(self._requests.persons), now)
        self._check_settings(request)
        if not all(unredaction.is_readable(one.name) and one.sealed.key == "raw" for one in asked.values):
            raise Denied("Only values behind references can be read, and never secrets.")
        keys = await asyncio.to_thread(raw_keys, self._keeper, self._store, request.conversation)
        await self._audit("values_revealed", person, signed, asked)
        faults.point("vault.values_revealed")
        opened = await asyncio.to_thread(_opened, keys, asked.values)
        content = json.dumps(opened).encode()
        envelope = enclose(signed.statement.key, unredaction.revealed_purpose(request.id), content)
        return UnredactionAnswered(answer=shown(request, now), envelope=envelope)

    def _check_settings(self, request: Request) -> None:
        """What a request was made under, the box may not allow any more."""
        settings, minutes = self._settings, request.asked.statement.minutes
        if request.is_break_glass and not settings.break_glass:
            raise Denied("Emergency access is switched off on this box.")
        if minutes > (settings.break_glass_minutes if request.is_break_glass else settings.max_minutes):
            raise Denied("This box allows no such time any more.")

    # ---- looking ---------------------------------------------------------------------------------------------------

    async def _list(self, asked: UnredactionAsked) -> UnredactionAnswered:
        now, found = int(time.time()), await asyncio.to_thread(self._requests.listed)
        return UnredactionAnswered(answer=page_of(found, asked, now))

    async def _show(self, asked: UnredactionAsked) -> UnredactionAnswered:
        return UnredactionAnswered(answer=shown(await self._found(asked.request), int(time.time())))

    async def _overview(self, _asked: UnredactionAsked) -> UnredactionAnswered:
        now, found = int(time.time()), await asyncio.to_thread(self._requests.break_glasses)
        opened = sum(one.state(now) == "open" for one in found)
        unreviewed = sum(one.acknowledged is None for one in found)
        return UnredactionAnswered(answer={"break_glass_open": opened, "break_glass_unreviewed": unreviewed})

    # ---- people ----------------------------------------------------------------------------------------------------

    async def _list_persons(self, _asked: UnredactionAsked) -> UnredactionAnswered:
        found = (await asyncio.to_thread(self._requests.persons)).values()
        return UnredactionAnswered(answer={"persons": [shown_person(one) for one in found]})

    async def _enrol(self, asked: UnredactionAsked) -> UnredactionAnswered:
        """The first two on the operator's word; from then on one of those enrolled signs the new key."""
        if not asked.rights or not asked.label:
            raise Invalid("Somebody to enrol has a label and at least one right.")
        now = int(time.time())
        rights = tuple(right for right in unredaction.RIGHTS if right in asked.rights)
        person = Person(
            id=unredaction.person_id(asked.public_key),
            public_key=asked.public_key,
            label=asked.label,
            rights=rights,
            enrolled_at=now,
        )
        async with self._changing:
            await asyncio.to_thread(self._requests.check)
            by = "operator"
            if await asyncio.to_thread(self._requests.ever_enrolled) >= ON_THEIR_WORD:
                sponsor = await self._sponsor(asked, now)
                by, person = sponsor.actor, replace(person, sponsor=sponsor.id)
            if person.id in await asyncio.to_thread(self._requests.persons):
                raise Conflict("This key is enrolled already, or was.")
            credential = "unredaction-key/" + "/".join(rights)
            await self._unit.audit(
                "credential_changed", account=person.actor, credential=credential, by=by, source="box", result="done"
            )
            faults.point("vault.person_told")
            await asyncio.to_thread(self._requests.keep_person, person)
        return UnredactionAnswered(answer=shown_person(person))

    async def _sponsor(self, asked: UnredactionAsked, now: int) -> Person:
        signed = asked.signed
        if signed is None or signed.statement.step != "enrol":
            raise Denied("Two people are enrolled: one of them, who may approve, signs for each further one.")
        statement = signed.statement
        if statement.key != asked.public_key or statement.reason != "/".join(sorted(asked.rights)):
            raise Invalid("The signed enrolment is of another key or of other rights.")
        return await self._checked(signed, now)

    async def _remove(self, asked: UnredactionAsked) -> UnredactionAnswered:
        """From now on nothing this person signs counts."""
        async with self._changing:
            await asyncio.to_thread(self._requests.check)
            person = (await asyncio.to_thread(self._requests.persons)).get(asked.person)
            if person is None or person.removed_at is not None:
                raise Unknown("There is no such person enrolled.")
            await self._unit.audit(
                "credential_changed",
                account=person.actor,
                credential="unredaction-key/removed",
                by="operator",
                source="box",
                result="done",
            )
            removed = replace(person, removed_at=int(time.time()))
            faults.point("vault.person_told")
            await asyncio.to_thread(self._requests.change_person, removed)
        return UnredactionAnswered(answer=shown_person(removed))

    # ---- the record ------------------------------------------------------------------------------------------------

    async def _compare(self, asked: UnredactionAsked) -> UnredactionAnswered:
        """What of this the record lacks. Raises Tampered where it is refused."""
        await asyncio.to_thread(self._requests.check)
        found = await asyncio.to_thread(self._requests.lacking, asked.told)
        return UnredactionAnswered(answer={"missing": [asdict(one) for one in found]})

    async def _renew(self, asked: UnredactionAsked) -> UnredactionAnswered:
        """Needs no signature: where the record is in order it ends requests, where it is not it holds nothing."""
        removed = [one.id for one in asked.told if one.step == "removed"]
        async with self._changing:
            id = secrets.token_hex(8)
            await self._unit.audit("configuration_changed", setting=RENEWED + id, source="box", result="done")
            faults.point("vault.renewal_told")
            kept = await asyncio.to_thread(self._requests.renew, id, removed, int(time.time()))
            persons = await asyncio.to_thread(self._requests.persons)
            await self._show_state()
        enrolled = sum(one.removed_at is None for one in persons.values())
        return UnredactionAnswered(answer={"kept": kept, "enrolled": enrolled, "removed": len(removed)})

    # ---- parts -----------------------------------------------------------------------------------------------------

    async def _checked(self, signed: Signed, now: int) -> Person:
        """Raises Denied; Tampered where the record is refused, whatever was signed."""
        await asyncio.to_thread(self._requests.check)
        persons = await asyncio.to_thread(self._requests.persons)
        return check_signed(signed, persons.get(signed.statement.person), now)

    async def _found(self, id: str) -> Request:
        found = await asyncio.to_thread(self._requests.find, id)
        if found is None:
            raise Unknown("There is no such request.")
        return found

    async def _check_new(self, signed: Signed) -> None:
        """Before anything is on record: that it can be kept, and that there is something to see."""
        if await asyncio.to_thread(self._requests.find, signed.statement.request) is not None:
            raise Conflict("There is a request of this id already.")
        if not await asyncio.to_thread(self._store.find, signed.statement.conversation):
            raise Unknown("There is no such conversation.")

    async def _audit(self, action: str, person: Person, signed: Signed, asked: UnredactionAsked) -> None:
        """Raises Unavailable, and then the step has not happened."""
        statement = signed.statement
        request = await asyncio.to_thread(self._requests.find, statement.request)
        await self._unit.audit(
            action,
            account=person.actor,
            request=statement.request,
            conversation=statement.conversation,
            through=asked.through,
            source=asked.source,
            reason=statement.reason or (request.asked.statement.reason if request is not None else None),
            result="done",
        )

    async def _tell_denied(self, carrier: str, asked: UnredactionAsked) -> None:
        account = asked.through or f"unit:{carrier}"  # who it says it is of is not known: the signature did not hold
        right = f"unredaction/{asked.operation}"
        try:
            await self._unit.audit("access_denied", account=account, right=right, source=asked.source, result="refused")
        except B2TError:
            log.error("audit_not_taken", action="access_denied")

    async def _shout(self, person: Person, request: Request) -> None:
        """An emergency access is heard at once: log, metric, notice, status. None of them holds content."""
        GLASSES.inc()
        told = {"request": request.id, "conversation": request.conversation, "person": person.actor}
        log.warning("break_glass_opened", **told, minutes=request.asked.statement.minutes)
        try:
            await self._unit.bus.publish(NOTICE, json.dumps(told | {"until": request.until}).encode())
        except B2TError:
            log.error("break_glass_notice_not_sent")
        await self._show_state()

    async def _show_state(self) -> None:
        found = await asyncio.to_thread(self._requests.break_glasses)
        count = sum(one.acknowledged is None for one in found)
        UNREVIEWED.set(count)
        self._unit.parts["unredaction"] = "ok"
        self._unit.parts["break_glass"] = (
            "ok" if not count else f"{count} emergency accesses wait for a second person: `b2t rights unredact list`"
        )


def _signed(asked: UnredactionAsked) -> Signed:
    if asked.signed is None:
        raise Invalid("This needs a signed statement.")
    return asked.signed


def _opened(keys: ConversationKeys, values: tuple[SealedValue, ...]) -> dict[str, Any]:
    """By name, as they were encoded (`appliance.privacy.values`); None for one that is not what was written."""
    found: dict[str, Any] = {}
    for one in values:
        try:
            found[one.name] = json.loads(keys.unseal(reference_place(one.name), one.sealed))
        except (Tampered, ValueError):
            found[one.name] = None
    return found
