"""Reading the audit log on its own machine: who does is on record first."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

from appliance.adapters.audit_room import check_room
from appliance.audit.checkpoint import Signer
from appliance.audit.data_events import AuditRead
from appliance.audit.events import AUDIT_EVENT, AuditEvent
from appliance.audit.telling import audit_subject
from appliance.cli.box import Box
from appliance.config import Paths
from appliance.errors import Invalid, Unknown
from services.scribe.audit_log import open_signer
from services.scribe.audit_store import AuditReader

T = TypeVar("T")


async def tell(box: Box, told: AuditEvent) -> None:
    """Raises Unavailable where it cannot be put on record."""
    check_room(box.paths.root, box.config.audit.reserve_mib)
    await box.bus.append(audit_subject("operator"), entry(told))


def entry(told: AuditEvent) -> bytes:
    """As the log takes it. Raises Invalid where it would not: the bus keeps whatever it is sent, sentences too."""
    try:
        raw = AUDIT_EVENT.dump_json(told, exclude_none=True)
        AUDIT_EVENT.validate_json(raw)
    except ValueError:
        raise Invalid("The audit log has no room for what was given: ids and a ticket's number, no words.") from None
    return raw


def account() -> str:
    """Who is at the command line, as the audit log names it."""
    return f"uid-{os.getuid()}"


async def tell_read(box: Box) -> None:
    """Who reads the log is on record first: where that cannot be, nothing is shown."""
    await tell(box, AuditRead(actor="operator", at=time.time_ns(), account=account(), source="box"))


def reading(paths: Paths, look: Callable[[AuditReader], T]) -> T:
    reader = AuditReader.open(paths.folder("scribe"))
    try:
        return look(reader)
    finally:
        reader.close()


def signer_of(paths: Paths) -> Signer:
    file = paths.secrets / "audit.key"
    if not file.exists():
        raise Unknown("There is no audit log yet.")
    return open_signer(file)
