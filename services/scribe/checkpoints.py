"""Every so often the newest checkpoint is kept for good, signed by the witness, and shipped off the box."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from appliance.adapters.nats import pause
from appliance.audit.checkpoint import Verifier, Witness
from appliance.audit.merkle import verify_consistency
from appliance.audit.tiles import consistency_path
from appliance.errors import B2TError, Invalid, Tampered
from services.scribe.audit_log import AuditLog, read_private_key
from services.scribe.audit_store import AuditReader
from services.scribe.files import write_whole
from services.scribe.shipping import Destination
from services.unit import Unit

log = structlog.get_logger(__name__)

WITNESS: Final = "b2t-voice/witness"


class Cosigning:
    """Adds the witness's signature, and only to a tree that goes on from the last one it signed. What that was lies
    beside its key, where a box that was taken over and lost the key's medium cannot make it forget."""

    def __init__(self, file: Path, verifier: Verifier) -> None:
        if not file.exists():
            raise Invalid("audit.witness_key names a file that is not there.")
        self._seen = file.with_name(f"{file.name}.seen")
        self._witness = Witness(WITNESS, read_private_key(file))
        self._verifier = verifier

    @property
    def key(self) -> str:
        return self._witness.text

    def sign(self, reader: AuditReader, note: str) -> str:
        """Raises Tampered where the tree is not a later one of the same log."""
        new = self._verifier.open(note)
        if self._seen.exists():
            old = self._verifier.open(self._seen.read_text("utf-8"))
            if old.size > new.size:
                raise Tampered("The witness has signed for more entries than the log has.")
            path = consistency_path(reader, old.size, new.size)
            verify_consistency(old.size, new.size, old.root, new.root, path)
        write_whole(self._seen, note.encode())
        return self._witness.cosign(note, int(time.time()))


def witness_text(file: str | None) -> str | None:
    """The witness's verifier key, where there is one and its medium is at hand. Raises Invalid."""
    if file is None or not Path(file).exists():
        return None
    return Witness(WITNESS, read_private_key(Path(file))).text


@dataclass(slots=True)
class Checkpoints:
    unit: Unit
    audit: AuditLog
    destinations: list[Destination]
    cosigning: Cosigning | None = None

    async def run(self) -> None:
        while True:
            await self.ship()
            await pause(self.unit.config.audit.ship_every_s)

    async def ship(self) -> None:
        """Once, now. What fails is a trouble of this unit until it works again."""
        try:
            await asyncio.to_thread(self.audit.sign_for_keeping, time.time_ns())
            note, size = self.audit.checkpoint, self.audit.size
            if size and self.cosigning is not None and self.destinations:
                note = await asyncio.to_thread(self.cosigning.sign, self.audit.reader, note)
        except B2TError as error:
            self.unit.parts["checkpoints"] = error.title
            log.error("checkpoint_not_signed", code=error.code, title=error.title)
            return
        for destination in self.destinations:
            if size > destination.taken:
                await self._ship_to(destination, size, note)
        troubles = [one.trouble for one in self.destinations if one.trouble]
        self.unit.parts["checkpoints"] = troubles[0] if troubles else "ok"

    async def _ship_to(self, destination: Destination, size: int, note: str) -> None:
        try:
            await asyncio.to_thread(destination.send, size, note)
        except B2TError as error:
            log.error("checkpoint_not_shipped", destination=destination.name, title=error.title)
            if destination.trouble is None:
                await self._tell(destination)
            destination.trouble = error.title
            return
        destination.taken, destination.trouble = size, None

    async def _tell(self, destination: Destination) -> None:
        try:
            await self.unit.audit("checkpoint_not_shipped", destination=destination.name)
        except B2TError as error:
            log.error("audit_not_taken", action="checkpoint_not_shipped", code=error.code)
