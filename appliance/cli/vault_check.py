"""What `b2t vault check` looks through: keys, who may see values, the event log, the archive; it says no secret."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from appliance.adapters.vault import manage
from appliance.cli.box import Box
from appliance.cli.unredaction_record import missing
from appliance.errors import Tampered
from appliance.privacy.inspection import Found, boxes_in
from appliance.privacy.managing import MOST_BOXES, ManageAsked
from services.scribe import archive

UNIT: Final = "operator"
MOST_BYTES: Final = 256 << 10
SUBJECT: Final = "b2t.conversation."
RECORD: Final = "vault/unredaction.sqlite"
FAULTS: Final = {
    "damaged": "a sealed box does not open where it stands: changed, moved, or sealed with another key",
    "no key": "a sealed box whose key is not in the key store, or damaged there",
}


@dataclass(frozen=True, slots=True)
class Fault:
    place: str
    fault: str


@dataclass(slots=True)
class Checked:
    keys: int = 0
    batches: int = 0
    archived: int = 0
    boxes: int = 0
    erased: int = 0
    """Boxes that nobody can open any more, as was asked for."""
    faults: list[Fault] = field(default_factory=list)


async def check(box: Box, progress: Callable[[Checked], None]) -> Checked:
    """Everything, to the end, whatever is found. Raises Unavailable where the vault is sealed or does not answer."""
    checked = Checked()
    await _keys(box, checked, progress)
    await _record(box, checked)
    await _boxes(box, checked, _event_log(box, checked), progress)
    await _boxes(box, checked, _archive(box, checked), progress)
    return checked


async def _keys(box: Box, checked: Checked, progress: Callable[[Checked], None]) -> None:
    after: tuple[str, str, int] | None = ("", "", 0)
    while after is not None:
        answer = (await manage(box.bus, UNIT, ManageAsked(operation="check", after=after))).answer
        checked.keys += answer["looked_at"]
        checked.faults += [Fault(one["place"], one["fault"]) for one in answer["faults"]]
        after = tuple(answer["next"]) if answer["next"] else None
        progress(checked)


async def _record(box: Box, checked: Checked) -> None:
    """Of who may see values: that it is as the vault wrote it, and has what the audit log tells of it."""
    if any(fault.place == RECORD for fault in checked.faults):
        return
    try:
        checked.faults += [Fault(RECORD, one) for one in await missing(box)]
    except Tampered as error:
        checked.faults.append(Fault(RECORD, error.title))


async def _event_log(box: Box, checked: Checked) -> AsyncIterator[Found]:
    numbers: dict[str, int] = {}
    async for stored in box.bus.read_stored("CONVERSATIONS", f"{SUBJECT}*"):
        conversation, where = stored.subject.removeprefix(SUBJECT), f"event log {stored.sequence}"
        checked.batches += 1
        batch = _batch(stored.data)
        if batch is None or batch.get("conversation") != conversation:
            what = "is no batch" if batch is None else "is of another conversation than its subject"
            checked.faults.append(Fault(where, f"this message {what}"))
            continue
        number = batch.get("number")
        before = numbers.get(conversation)
        if isinstance(number, int):
            if before is not None and number != before + 1:
                checked.faults.append(Fault(where, f"batch {number} of the conversation follows batch {before}"))
            numbers[conversation] = number
        for found in boxes_in(batch, conversation, where):
            yield found


async def _archive(box: Box, checked: Checked) -> AsyncIterator[Found]:
    folder = box.paths.folder("archive")
    for file in sorted(folder.glob("*/*/*.jsonl")):
        checked.archived += 1
        name = f"archive/{file.relative_to(folder)}"
        try:
            batches = archive.verify(file)
        except (Tampered, OSError) as error:
            title = error.title if isinstance(error, Tampered) else "the file cannot be read"
            checked.faults.append(Fault(name, title))
            batches = _readable(file.read_bytes())
        for kept in batches:
            for found in boxes_in(kept.batch, file.stem, f"{name} {kept.sequence}"):
                yield found


def _readable(raw: bytes) -> list[archive.Kept]:
    """What a damaged file still says: each box in it is looked at all the same."""
    kept = []
    for line in raw.splitlines()[1:]:
        entry = _batch(line) or {}
        if isinstance(entry.get("batch"), dict):
            kept.append(archive.Kept(entry.get("sequence", 0), entry["batch"]))
    return kept


async def _boxes(box: Box, checked: Checked, found: AsyncIterator[Found], progress: Callable[[Checked], None]) -> None:
    waiting: list[Found] = []
    size = 0
    async for one in found:
        waiting.append(one)
        size += len(one.box.sealed.box)
        if len(waiting) == MOST_BOXES or size > MOST_BYTES:
            await _verify(box, checked, waiting)
            progress(checked)
            waiting, size = [], 0
    await _verify(box, checked, waiting)
    progress(checked)


async def _verify(box: Box, checked: Checked, found: Iterable[Found]) -> None:
    found = list(found)
    if not found:
        return
    asked = ManageAsked(operation="verify", boxes=tuple(one.box for one in found))
    states = (await manage(box.bus, UNIT, asked)).answer["states"]
    checked.boxes += len(found)
    for one, state in zip(found, states, strict=True):
        if state == "erased":
            checked.erased += 1
        elif state != "ok":
            checked.faults.append(Fault(one.where, FAULTS[state]))


def _batch(raw: bytes) -> dict[str, Any] | None:
    try:
        batch = json.loads(raw)
    except ValueError:
        return None
    return batch if isinstance(batch, dict) else None
