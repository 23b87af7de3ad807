"""Erases what was found of a person, and certifies it: signed by the audit log's key, with proof of its entry."""

from __future__ import annotations

import asyncio
import json
import time
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from appliance.adapters.audit_room import check_room
from appliance.adapters.retention import ask_retention
from appliance.adapters.vault import erased_list
from appliance.audit.data_events import PersonErased
from appliance.audit.events import AuditEvent
from appliance.audit.proofs import check_proof, write_proof
from appliance.audit.telling import audit_subject
from appliance.audit.tiles import inclusion_path
from appliance.cli.audit_reading import account, entry, reading, signer_of
from appliance.cli.box import Box
from appliance.cli.new_file import new_file
from appliance.cli.rights_finding import UNIT, Found
from appliance.errors import Conflict, Invalid, Unavailable, Unknown
from appliance.privacy.forgetting import MOST, RetentionAsked
from appliance.privacy.managing import ErasureAsked
from services.scribe.audit_store import AuditReader, Remembered

COUNTS: Final = ("conversations", "keys", "event_log", "archive", "calls", "gateway", "analytics")
IN_LOG_S: Final = 30.0
SIGN_S: Final = 10.0
_FOUND: Final[TypeAdapter[Found]] = TypeAdapter(Found)


@dataclass(frozen=True, slots=True)
class Erased:
    removed: dict[str, int]
    kept: tuple[str, ...]
    """Held conversations: they are all there still, and so is the person's own key."""


async def erase(box: Box, persons: Sequence[str], conversations: Sequence[str], reason: str) -> Erased:
    """Raises Conflict where the person is held. Safe to repeat."""
    holds = (await ask_retention(box.bus, RetentionAsked(operation="holds", account=account()))).get("holds", [])
    if any(one["person"] and one["subject"] in persons for one in holds):
        raise Conflict("This person's data is held: `b2t retention hold list`.")
    return await _forget(box, persons, conversations, reason, replay=False)


async def replay(box: Box, holders: Sequence[ErasureAsked]) -> Erased:
    """What a restore brought back of those who were erased goes again."""
    persons = [one.name for one in holders if one.person]
    conversations = [one.name for one in holders if not one.person]
    return await _forget(box, persons, conversations, "replay", replay=True)


async def _forget(
    box: Box, persons: Sequence[str], conversations: Sequence[str], reason: str, *, replay: bool
) -> Erased:
    removed, kept = dict.fromkeys(COUNTS, 0), list[str]()

    async def forget(conversations: tuple[str, ...] = (), persons: tuple[str, ...] = ()) -> None:
        asked = RetentionAsked(
            operation="forget",
            account=account(),
            reason=reason,
            replay=replay,
            conversations=conversations,
            persons=persons,
        )
        answer = await ask_retention(box.bus, asked)
        kept.extend(answer["kept"])
        for count in COUNTS:
            removed[count] += answer[count]

    for at in range(0, len(conversations), MOST):
        await forget(conversations=tuple(conversations[at : at + MOST]))
    for at in range(0, len(persons) if not kept else 0, MOST):
        await forget(persons=tuple(persons[at : at + MOST]))
    await ask_retention(box.bus, RetentionAsked(operation="finish", account=account()))
    return Erased(removed, tuple(kept))


def begin(found: Found, place: Path) -> Path:
    """What is to be erased, in a file beside the certificate's until that is written: ids and keyed hashes alone."""
    file = place.with_name(f"{place.name}.unfinished.json")
    with new_file(file) as opened:
        opened.write(json.dumps(asdict(found)).encode("ascii"))
    return file


def read_begun(file: Path) -> Found:
    """Raises Invalid."""
    try:
        return _FOUND.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        raise Invalid(f"{file} is no erasure that broke off.") from None


async def certify(box: Box, found: Found, erased: Erased, reason: str, to: Path) -> dict[str, Any]:
    """Write the certificate's zip. Raises Unavailable."""
    person = found.persons[0] if found.persons else "by-value"
    document = {
        "format": 1,
        "person": person,
        "persons": list(found.persons),
        "erased_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "by": account(),
        "reason": reason or None,
        "looked_at": found.looked_at,
        "conversations": sorted(set(found.conversations) - set(erased.kept)),
        "held": list(erased.kept),
        "removed": erased.removed,
    }
    content = (json.dumps(document, indent=2) + "\n").encode()
    digest = sha256(content).hexdigest()
    told = PersonErased(
        actor="operator",
        at=time.time_ns(),
        account=account(),
        person=person,
        certificate=digest,
        source="box",
        result="failed" if erased.kept else "done",
        reason=reason or None,
    )
    entry, proof = await _proved(box, told)
    signature = await box.bus.request("b2t.scribe.sign", blake2b(content).digest() + b"certificate.json", SIGN_S)
    if not signature:
        raise Unavailable("The scribe does not sign this certificate.")
    listed = {"erased": await erased_list(box.bus, UNIT)}
    files = {
        "certificate.json": content,
        "certificate.json.minisig": signature,
        "certificate.txt": _text(document, digest, signer_of(box.paths).verifier.text).encode(),
        "entry.json": entry,
        "entry.tlog-proof": proof.encode(),
        "erased.json": (json.dumps(listed, indent=2) + "\n").encode(),
    }
    with new_file(to) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, data in files.items():
            pack.writestr(name, data)
    return document | {"certificate": str(to), "sha256": digest}


async def put_on_record(box: Box, told: AuditEvent) -> int:
    """The entry's number on the bus. Raises Unavailable."""
    check_room(box.paths.root, box.config.audit.reserve_mib)
    return await box.bus.append(audit_subject("operator"), entry(told))


async def _proved(box: Box, told: AuditEvent) -> tuple[bytes, str]:
    """The entry as the log has it, and that it is in the tree the log has signed."""
    number = await put_on_record(box, told)
    verifier = signer_of(box.paths).verifier

    def look(reader: AuditReader) -> tuple[bytes, str]:
        head = reader.head()
        row = reader.entry(head.stream_start + number)
        if row.leaf >= head.frontier.size:
            raise Unknown("The entry is not signed for yet.")
        path = inclusion_path(Remembered(reader), row.leaf, head.frontier.size)
        proof = write_proof(row.leaf, path, head.checkpoint)
        check_proof(proof, row.content, verifier)
        return row.content, proof

    deadline = time.monotonic() + IN_LOG_S
    while True:
        try:
            return await asyncio.to_thread(reading, box.paths, look)
        except Unknown:
            if time.monotonic() > deadline:
                raise Unavailable("The audit log does not take the certificate's entry.") from None
            await asyncio.sleep(0.05)


def _text(document: dict[str, Any], digest: str, key: str) -> str:
    removed = "".join(f"  {name.replace('_', ' '):<14}{count}\n" for name, count in document["removed"].items())
    held = f"Held by law and still there: {', '.join(document['held'])}\n" if document["held"] else ""
    return f"""Certificate of erasure
======================

Person (keyed hash)  {document["person"]}
Erased at            {document["erased_at"]} by {document["by"]}, reason: {document["reason"] or "-"}
Conversations        {len(document["conversations"])}, of {document["looked_at"]} looked at

Removed:
{removed}{held}
The keys are destroyed first: what was sealed under them is noise wherever it was copied, backups included,
once no backup of the keys from before is kept. erased.json lists whose keys are gone: keep it off the box and run
`b2t rights erase --list erased.json` after any restore, before anything else.

SHA-256 of certificate.json  {digest}
It stands in entry.json, which entry.tlog-proof proves to be in the audit log (C2SP tlog-proof), and
certificate.json.minisig signs it (minisign format). The log's key, to be compared with one from elsewhere:
{key}
"""
