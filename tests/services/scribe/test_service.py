from __future__ import annotations

import asyncio
import json

import pytest

from appliance.adapters.nats import Bus, conversation_subject
from appliance.config import Config, Paths
from appliance.events import BATCH, Batch, Channel, ConversationEnded, ConversationStarted, ReplyHeard
from services.scribe import service
from services.scribe.archive import read
from services.scribe.audit_log import AuditLog, open_signer
from services.unit import Unit
from tests.fakes.endings import ended


class Box:
    def __init__(self, bus: Bus, folder) -> None:
        self.bus, self.paths = bus, Paths(folder)
        self.work: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.unit = Unit("scribe", "1", self.paths, Config(), self.bus, [])
        self.work = asyncio.create_task(service.run(self.unit))
        await self.until(lambda: self.unit.is_ready)

    async def stop(self) -> None:
        await ended(self.work)

    async def until(self, holds) -> None:
        async with asyncio.timeout(15):
            while not holds():
                assert not self.work.done(), self.work.exception()
                await asyncio.sleep(0.02)

    async def store(self, conversation: str, number: int, *events: object) -> int:
        batch = Batch(conversation=conversation, agent="banking", version="v1", number=number, taken=1,
                      at="2026-11-30T12:00:00Z", events=events)  # fmt: skip
        return await self.bus.append(conversation_subject(conversation), BATCH.dump_json(batch))

    def archived(self, conversation: str):
        file = self.paths.root / "archive" / "2026" / "11" / f"{conversation}.jsonl"
        return [kept.sequence for kept in read(file)[1]] if file.exists() else []


@pytest.fixture
async def box(bus, tmp_path):
    made = Box(bus, tmp_path / "data")
    yield made
    if made.work:
        await made.stop()


async def test_ended_conversations_are_archived_whole_and_others_are_not(box):
    await box.start()
    first = await box.store("c1", 1, ConversationStarted("banking", "v1", Channel.CHAT, "en-US"))
    await box.store("c2", 1, ConversationStarted("banking", "v1", Channel.CHAT, "en-US"))
    last = await box.store("c1", 2, ConversationEnded("goodbye", "contained"))
    await box.until(lambda: box.archived("c1") == [first, last])
    after = await box.store("c1", 3, ReplyHeard("r", "l", 1, 1, False))
    await box.until(lambda: box.archived("c1") == [first, last, after])
    assert box.archived("c2") == []


async def test_what_happened_while_the_scribe_was_away_is_kept_when_it_is_back(box):
    await box.start()
    await box.stop()
    first = await box.store("c1", 1, ConversationStarted("banking", "v1", Channel.CHAT, "en-US"))
    last = await box.store("c1", 2, ConversationEnded("goodbye", "contained"))
    await box.bus.append("b2t.audit", b'{"action":"signed_in","account":"a-1","actor":"gateway","at":5}')
    await box.start()
    await box.until(lambda: box.archived("c1") == [first, last])
    await box.until(lambda: entries(box) == ["signed_in"])


async def test_what_units_tell_is_in_the_log_under_a_checkpoint(box):
    await box.start()
    await box.unit.audit("unit_started", unit="gateway", instance="1")
    await box.unit.audit("told a secret", note="4111111111111111")
    await box.bus.append("b2t.audit.phone", b'{"action":"signed_out","account":"a-1","actor":"gateway","at":5}')
    await box.until(lambda: entries(box) == ["unit_started", "unreadable", "misattributed"])
    note = (await box.bus.request("b2t.scribe.checkpoint", b"")).decode()
    assert open_signer(box.paths.secrets / "audit.key").verifier.open(note).size == 3
    held = b"".join(file.read_bytes() for file in (box.paths.root / "scribe").iterdir())
    assert b"4111111111111111" not in held


async def test_rubbish_in_the_log_stops_nothing(box):
    await box.start()
    await box.bus.append("b2t.conversation.c9", b"\xff\xfe rubbish")
    await box.bus.append("b2t.conversation.c9", b'{"conversation":"c1","at":"2026-01-01T00:00:00Z","events":[]}')
    first = await box.store("c1", 1, ConversationEnded("goodbye", "contained"))
    await box.until(lambda: box.archived("c1") == [first])


async def test_what_is_erased_while_it_is_archived_does_not_come_back(box, monkeypatch):
    """The erasure empties the log, then removes the file: whatever the order, nothing is left."""
    await box.start()
    opened, archives = asyncio.Event(), []
    put = service.Archive.put

    def slow_put(archive, batches):
        archives.append(archive)
        loop.call_soon_threadsafe(opened.set)
        assert archive.changing.locked()
        return put(archive, batches)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(service.Archive, "put", slow_put)
    await box.store("c1", 1, ConversationEnded("goodbye", "contained"))
    await asyncio.wait_for(opened.wait(), 30)
    await box.bus.purge("CONVERSATIONS", conversation_subject("c1"))
    async with archives[0].changing:  # as the erasure does: not before the file is put
        assert box.archived("c1")
        archives[0].remove(["c1"])
        await box.store("c2", 1, ConversationEnded("goodbye", "contained"))
        await box.bus.purge("CONVERSATIONS", conversation_subject("c2"))
    await box.store("c3", 1, ConversationEnded("goodbye", "contained"))
    await box.until(lambda: box.archived("c3"))
    assert (box.archived("c1"), box.archived("c2")) == ([], [])


async def test_a_disk_that_will_not_write_is_waited_for(box):
    blocked = box.paths.root / "archive"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("in the way")
    await box.start()
    first = await box.store("c1", 1, ConversationEnded("goodbye", "contained"))
    await box.until(lambda: box.unit.parts["archive"] != "ok")
    blocked.unlink()
    await box.until(lambda: box.archived("c1") == [first])
    await box.until(lambda: box.unit.parts["archive"] == "ok")


def entries(box: Box) -> list[str]:
    log = AuditLog(box.paths.root / "scribe", open_signer(box.paths.secrets / "audit.key"))
    try:
        log.verify()
        with log._engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT content FROM entries ORDER BY leaf").all()
        return [json.loads(row[0])["action"] for row in rows]
    finally:
        log.close()
