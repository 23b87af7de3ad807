"""Works off the audit stream and the event log. What it was told is acknowledged once it is on disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from appliance.adapters.nats import Bus, Delivery, conversation_subject
from appliance.audit.checkpoint import Signer
from appliance.errors import B2TError, Invalid
from appliance.privacy import forgetting
from services import faults
from services.scribe.archive import Archive, read_batch
from services.scribe.audit_log import AuditLog, open_signer
from services.scribe.checkpoints import Checkpoints, Cosigning
from services.scribe.configuration import Configuration
from services.scribe.erased import ErasedList
from services.scribe.holds import Holds
from services.scribe.keeping import Keeping
from services.scribe.retention import Retention
from services.scribe.reviewing import Reviews
from services.scribe.shipping import destinations
from services.scribe.unfinished import Unfinished
from services.unit import Unit

log = structlog.get_logger(__name__)

AGAIN_S = 1.0
DIGEST_BYTES = 64
SIGNED = (b"manifest.json", b"certificate.json")


Keep = Callable[[Delivery], Awaitable[None]]


class Scribe:
    def __init__(self, unit: Unit, signer: Signer, audit: AuditLog, archive: Archive) -> None:
        self._unit = unit
        self._bus: Bus = unit.bus
        self._signer = signer
        self._audit = audit
        self._archive = archive

    async def keep_conversations(self) -> None:
        async for delivery in self._bus.consume("CONVERSATIONS", "scribe", "b2t.conversation.*"):
            await self._take(delivery, "archive", self._add_batch)

    async def checkpoint(self, _request: bytes) -> bytes:
        return self._audit.checkpoint.encode()

    async def sign(self, request: bytes) -> bytes:
        """The minisign signature of an export's manifest, or of another file that is named after the digest:
        a BLAKE2b-512 digest in, four lines of text out. What is signed is in the audit log first."""
        digest, name = request[:DIGEST_BYTES], request[DIGEST_BYTES:] or b"manifest.json"
        try:
            if name not in SIGNED:
                raise Invalid("Files of that name are not signed.")
            comment = f"timestamp:{int(time.time())}\tfile:{name.decode()}\tprehashed"
            signature = self._signer.sign_digest(digest, comment).encode()
        except Invalid:
            log.warning("not_signed", bytes=len(request))
            return b""
        try:
            await self._unit.audit("file_signed", file=name.decode(), digest=digest.hex(), result="done")
        except B2TError as error:
            log.error("not_signed_unrecorded", code=error.code, title=error.title)
            return b""
        return signature

    async def _take(self, delivery: Delivery, part: str, keep: Keep) -> None:
        """Every failure but an unreadable message is tried again for ever: nothing is passed over."""
        try:
            await keep(delivery)
        except Invalid as error:
            log.error("message_unreadable", part=part, sequence=delivery.sequence, title=error.title)
        except B2TError as error:
            self._unit.parts[part] = error.title
            log.error("not_kept_yet", part=part, sequence=delivery.sequence, code=error.code, title=error.title)
            await _put_back(delivery)
            return
        self._unit.parts[part] = "ok"
        try:
            await delivery.ack()
        except Exception as error:  # it comes again, and is in place already
            log.warning("ack_lost", part=part, error=type(error).__name__)

    async def _add_batch(self, delivery: Delivery) -> None:
        """Once the conversation has ended; what still comes after that is put into its file as well."""
        batch = read_batch(delivery.sequence, delivery.data)
        subject = conversation_subject(batch.conversation)
        if delivery.subject != subject:
            raise Invalid("A batch lies under another conversation's subject.")
        known = await asyncio.to_thread(self._archive.last_sequence, batch.conversation)
        if (known == 0 and batch.ending is None) or known >= delivery.sequence:
            return
        async with self._archive.changing:  # an erasure empties the log first: what is read here may be put
            batches = [
                read_batch(sequence, raw)
                async for sequence, raw in self._bus.read("CONVERSATIONS", subject)
                if sequence <= delivery.sequence
            ]
            if not batches:
                raise Invalid("A conversation is no longer in the log.")
            await asyncio.to_thread(self._archive.put, batches)
        faults.point("scribe.archived")
        log.info("conversation_archived", batches=len(batches))


async def _put_back(delivery: Delivery) -> None:
    try:
        await delivery.nak(AGAIN_S)
    except Exception as error:  # it comes again once its wait is over
        log.warning("nak_lost", sequence=delivery.sequence, error=type(error).__name__)


async def run(unit: Unit) -> None:
    folder, settings = unit.paths.folder("scribe"), unit.config.audit
    signer = await asyncio.to_thread(open_signer, unit.paths.secrets / "audit.key")
    audit = await asyncio.to_thread(AuditLog, folder, signer)
    archive = Archive(unit.paths.folder("archive"), folder / "archive.sqlite")
    scribe = Scribe(unit, signer, audit, archive)
    cosigning = None if settings.witness_key is None else Cosigning(Path(settings.witness_key), signer.verifier)
    checkpoints = Checkpoints(unit, audit, destinations(settings.ship_folder, settings.syslog), cosigning)
    configuration = Configuration(unit, folder / "configuration.json", is_new=audit.size == 0)
    reviews = Reviews(unit, audit, folder / "reviews")
    holds = Holds(folder / "holds.sqlite")
    unfinished = Unfinished(folder / "unfinished.sqlite")
    retention = Retention(unit, archive, holds, unfinished, folder / "retention")
    stops = [
        await unit.bus.serve("b2t.scribe.review", reviews.answer, limit=2),
        await unit.bus.serve(forgetting.SUBJECT, retention.answer, limit=8),
        await unit.bus.serve("b2t.scribe.checkpoint", scribe.checkpoint),
        await unit.bus.serve("b2t.scribe.sign", scribe.sign),
    ]
    unit.parts |= {"audit": "ok", "archive": "ok", "checkpoints": "ok", "review": "ok", "retention": "ok"}
    unit.ready()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(Keeping(unit, audit).run(), name="audit")
            group.create_task(scribe.keep_conversations(), name="conversations")
            group.create_task(checkpoints.run(), name="checkpoints")
            group.create_task(reviews.run(), name="reviews")
            group.create_task(configuration.tell(), name="configuration")
            if settings.ship_folder is not None:
                erased = ErasedList(unit, Path(settings.ship_folder))
                group.create_task(erased.run(), name="erased list")
            group.create_task(retention.run(), name="retention")
    finally:
        for stop in stops:
            await stop()
        audit.close()
        archive.close()
        holds.close()
        unfinished.close()
