"""The scribe on a real bus: order whatever comes when, reads that fail closed, reviews, signed exports."""

from __future__ import annotations

import asyncio
import json
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, sha256
from pathlib import Path

import pytest

from appliance.adapters.nats import Bus
from appliance.audit.checkpoint import Checkpoint
from appliance.audit.selection import Selection
from appliance.audit.verify_audit import check_export
from appliance.cli import audit_export, audit_review, conversations
from appliance.cli.audit import prove_entry
from appliance.cli.audit_reading import reading, tell_read
from appliance.cli.box import Box
from appliance.config import AuditConfig, Config, Paths
from appliance.errors import Invalid, Unavailable, Unknown
from services.scribe import service
from services.scribe.audit_log import AuditLog, Message, open_signer
from services.scribe.audit_store import AuditReader
from services.scribe.reviewing import Reviews
from services.unit import Unit
from tests.conftest import NatsServer
from tests.fakes.endings import ended

SECOND = 1_000_000_000


@dataclass
class Scribe:
    bus: Bus
    paths: Paths
    config: Config
    work: asyncio.Task[None] | None = None
    unit: Unit | None = None

    async def start(self) -> None:
        self.unit = Unit("scribe", "1", self.paths, self.config, self.bus, [])
        self.work = asyncio.create_task(service.run(self.unit))
        await self.until(lambda: self.unit.is_ready)

    async def stop(self) -> None:
        if self.work:
            await ended(self.work)
            self.work = None

    async def until(self, holds) -> None:
        async with asyncio.timeout(30):
            while not holds():
                assert not self.work.done(), self.work.exception()
                await asyncio.sleep(0.02)

    def entries(self) -> list[dict]:
        try:
            return reading(self.paths, lambda reader: [json.loads(row.content) for row in reader.rows(0, 10**6)])
        except Unknown:
            return []

    async def tell(self, count: int, unit: str = "gateway") -> None:
        told = {"action": "signed_in", "account": "a-1", "actor": unit, "at": 5}
        for _ in range(count):
            await self.bus.append(f"b2t.audit.{unit}", json.dumps(told).encode())

    @property
    def box(self) -> Box:
        return Box(self.paths, self.config, self.bus)


@pytest.fixture
async def scribe(bus: Bus, tmp_path: Path):
    made = Scribe(bus, Paths(tmp_path / "data"), Config(audit=AuditConfig(reserve_mib=0)))
    yield made
    await made.stop()


async def fill(bus: Bus) -> None:
    """The audit stream takes no more."""
    info = await bus._js.stream_info("AUDIT")
    info.config.max_bytes = max(1, info.state.bytes)
    await bus._js.update_stream(info.config)


async def test_many_at_once_are_kept_in_the_order_of_the_bus(scribe: Scribe) -> None:
    await scribe.tell(40)
    await scribe.start()
    await asyncio.gather(*(scribe.tell(20, unit) for unit in ("gateway", "phone", "vault")))
    await scribe.until(lambda: len(scribe.entries()) == 100)
    assert [one["sequence"] for one in scribe.entries()] == list(range(1, 101))
    await scribe.stop()
    await scribe.tell(5)
    await scribe.start()
    await scribe.until(lambda: len(scribe.entries()) == 105)


async def test_what_the_first_release_told_is_taken_too(scribe: Scribe) -> None:
    await scribe.bus.append("b2t.audit", b'{"action":"signed_in","account":"a-1","actor":"gateway","at":5}')
    await scribe.tell(1)
    await scribe.start()
    await scribe.until(lambda: [one["action"] for one in scribe.entries()] == ["signed_in", "signed_in"])


async def test_a_bus_with_a_new_store_is_gone_on_with(scribe: Scribe, nats_server: NatsServer) -> None:
    await scribe.tell(3)
    await scribe.start()
    await scribe.until(lambda: len(scribe.entries()) == 3)
    await scribe.stop()
    await scribe.bus._js.delete_stream("AUDIT")
    await scribe.bus.ensure_streams()
    await scribe.tell(2)
    await scribe.start()
    await scribe.until(lambda: [one["sequence"] for one in scribe.entries()] == [1, 2, 3, 4, 5])


async def test_sensitive_reads_fail_closed_where_the_log_takes_nothing(scribe: Scribe) -> None:
    await scribe.tell(1)
    await scribe.start()
    await scribe.until(lambda: len(scribe.entries()) == 1)
    await fill(scribe.bus)
    with pytest.raises(Unavailable):
        await tell_read(scribe.box)
    with pytest.raises(Unavailable):
        await audit_review._ask(scribe.box, "2026-01-01")
    with pytest.raises(Unavailable):
        await audit_export._export(scribe.box, Selection(), scribe.paths.root / "x.zip", None)
    with pytest.raises(Unavailable):
        await conversations._list(scribe.box, 5, None)
    with pytest.raises(Unavailable):
        await scribe.unit.audit("conversation_read", conversation="c1", account="a-1")
    await scribe.unit.audit_soon("unit_stopped", unit="phone", instance="1")  # what is no read goes on


async def test_at_the_reserve_reads_are_refused_and_all_else_is_told(scribe: Scribe) -> None:
    scribe.config = Config(audit=AuditConfig(reserve_mib=1 << 40))
    await scribe.start()
    with pytest.raises(Unavailable, match="reserve"):
        await scribe.unit.audit("conversation_read", conversation="c1", account="a-1")
    with pytest.raises(Unavailable, match="reserve"):
        await tell_read(scribe.box)
    await scribe.unit.audit("signed_in", account="a-1")
    await scribe.until(lambda: [one["action"] for one in scribe.entries()] == ["signed_in"])


async def test_an_export_is_signed_by_the_scribe_and_put_on_record(scribe: Scribe, tmp_path: Path) -> None:
    await scribe.tell(7)
    await scribe.start()
    await scribe.until(lambda: len(scribe.entries()) == 7)
    out = tmp_path / "export.zip"
    made = await audit_export._export(scribe.box, Selection(control="gdpr-30"), out, "T-1")
    assert check_export(str(out), made.verifier.text, [], []).startswith("0 entries")
    await scribe.until(lambda: scribe.entries()[-1]["action"] == "file_signed")
    exported, signed = scribe.entries()[-2:]
    assert (exported["action"], exported["selection"]) == ("audit_exported", "control:gdpr-30")
    with zipfile.ZipFile(out) as pack:
        digest = blake2b(pack.read("manifest.json")).hexdigest()
    assert (signed["file"], signed["digest"]) == ("manifest.json", digest)
    await audit_export._export(scribe.box, Selection(person="Jane Doe", end=9), tmp_path / "person.zip", None)
    await scribe.until(lambda: "person" in scribe.entries()[-2].get("selection", ""))
    assert re.fullmatch(r"end:9/person:h:[0-9a-f]{32}", scribe.entries()[-2]["selection"])
    assert await scribe.bus.request("b2t.scribe.sign", b"too short") == b""
    row, proof = await asyncio.to_thread(reading, scribe.paths, lambda reader: prove_entry(scribe.paths, reader, 3))
    assert (row.sequence, proof.split("\n")[0]) == (3, "c2sp.org/tlog-proof@v1")


async def test_a_checkpoint_of_ones_own_is_not_signed_as_a_digest(scribe: Scribe) -> None:
    await scribe.start()
    forged = Checkpoint(open_signer(scribe.paths.secrets / "audit.key").name, 42, sha256(b"mine").digest())
    assert len(forged.text.encode()) == 64
    for name in (b"", b"manifest.json", b"certificate.json"):
        assert await scribe.bus.request("b2t.scribe.sign", forged.text.encode() + name) == b""


async def test_a_day_that_is_over_is_reviewed_once_and_told(scribe: Scribe) -> None:
    now = datetime.now(UTC)
    log = AuditLog(scribe.paths.folder("scribe"), open_signer(scribe.paths.secrets / "audit.key"))
    failed = b'{"action":"sign_in_failed","account":"account:7","actor":"gateway","at":5,"source":"h:1"}'
    then = int((now - timedelta(days=3)).timestamp()) * SECOND
    log.append_all([Message(number, failed, "gateway") for number in range(1, 10)], then)
    log.close()
    unit = Unit("scribe", "1", scribe.paths, scribe.config, scribe.bus, [])
    log = AuditLog(scribe.paths.folder("scribe"), open_signer(scribe.paths.secrets / "audit.key"))
    reviews = Reviews(unit, log, scribe.paths.folder("scribe") / "reviews")
    days = [(now - timedelta(days=back)).date().isoformat() for back in (3, 2, 1)]
    assert await reviews.make_missing(now + timedelta(minutes=10)) == days
    assert await reviews.make_missing(now + timedelta(minutes=10)) == []
    told = [json.loads(raw) async for _, raw in scribe.bus.read("AUDIT", "b2t.audit.scribe")]
    assert [(one["action"], one["day"], one["findings"]) for one in told] == [
        ("audit_reviewed", days[0], 2),
        ("audit_reviewed", days[1], 0),
        ("audit_reviewed", days[2], 0),
    ]
    found = json.loads(await reviews.answer(days[0].encode()))
    assert [(one["kind"], one["of"], one["count"]) for one in found["questions"]] == [
        ("failed_sign_ins", "account:7", 9),
        ("failed_sign_ins", "h:1", 9),
    ]
    assert (found["log"]["ok"], found["log"]["entries"]) == (True, 9)
    today = json.loads(await reviews.answer(now.date().isoformat().encode()))
    assert (today["made_at"], today["entries"]) == (None, 0)
    for wrong in (b"tomorrow", b"2999-01-01", b"2026-13-01", b"../../etc"):
        assert json.loads(await reviews.answer(wrong))["error"]["code"] == "invalid"
    log.close()


async def test_the_command_asks_for_a_review_and_is_told_what_is_wrong(scribe: Scribe) -> None:
    await scribe.tell(1)
    await scribe.start()
    await scribe.until(lambda: len(scribe.entries()) == 1)
    today = datetime.now(UTC).date().isoformat()
    found = await audit_review._ask(scribe.box, today)
    assert (found["day"], found["log"]["ok"]) == (today, True)
    with pytest.raises(Invalid):
        await audit_review._ask(scribe.box, "never")


@pytest.mark.parametrize(
    ("text", "ends", "wanted"),
    [
        ("2026-11-30", False, "2026-11-30T00:00:00+00:00"),
        ("2026-11-30", True, "2026-12-01T00:00:00+00:00"),
        ("2026-11-30T12:00:00+02:00", True, "2026-11-30T10:00:00+00:00"),
    ],
)
def test_days_and_times(text: str, ends: bool, wanted: str) -> None:
    assert audit_export.time_of(text, ends=ends) == int(datetime.fromisoformat(wanted).timestamp()) * SECOND
    with pytest.raises(Invalid):
        audit_export.time_of("last week")


def test_there_is_no_log_yet(tmp_path: Path) -> None:
    with pytest.raises(Unknown):
        AuditReader.open(tmp_path)
