"""Every unit's rights on a real nats-server: what it needs is allowed, everything else is refused."""

from __future__ import annotations

import asyncio
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from appliance.adapters.nats import Bus, conversation_subject, inbox_subject
from appliance.adapters.nats_server import RIGHTS, make_seeds, server_binary, write_server_config
from appliance.config import BusConfig, Paths
from appliance.errors import Unavailable
from appliance.streams import GENERATION_OPENERS, OPENERS
from services.dialogue import asking
from services.dialogue.asking import asks_subject
from tests.conftest import free_port

pytestmark = pytest.mark.process

UNITS = (
    *("vault", "inference", "connectors", "dialogue", "scribe", "insights", "retrieval"),
    *("phone", "gateway", "operator"),
)
CHANNELS = {"phone", "gateway"}
LEASING = ("dialogue", "gateway", "phone", "connectors", "operator")

MAY_PUBLISH: dict[str, set[str]] = {
    "b2t.dialogue.accept": CHANNELS,
    "b2t.dialogue.agents": {"gateway", "operator"},
    "b2t.dialogue.code": {"gateway"},
    **{f"b2t.dialogue.{verb}": {"gateway", "operator"} for verb in ("publish", "versions", "deploy", "deployments")},
    "b2t.deployments": {"dialogue"},
    inbox_subject("c1"): {"dialogue", "connectors"},
    asks_subject("c1"): {"dialogue", "connectors"},
    conversation_subject("c1"): {"dialogue"},
    "b2t.replies.c1": {"dialogue"},
    "b2t.calls.bank": {"dialogue"},
    "b2t.connectors.capture": CHANNELS,
    "b2t.connectors.key": CHANNELS,
    **{f"b2t.vault.lease.{unit}": {unit} for unit in LEASING},
    "b2t.vault.manage.operator": {"operator"},
    "b2t.vault.manage.scribe": {"scribe"},
    "b2t.vault.manage.gateway": set(),
    **{f"b2t.vault.unredact.{unit}": {unit} for unit in ("gateway", "operator")},
    "b2t.notice.break_glass": {"vault"},
    "b2t.vault.lease.scribe": set(),
    "b2t.vault.lease.insights": set(),
    "b2t.inference.detect": {"dialogue"},
    "b2t.inference.understand": {"dialogue"},
    "b2t.inference.train": {"dialogue"},
    "b2t.inference.measure": {"dialogue"},
    **{f"b2t.inference.transcribe.open.{unit}": {unit} for unit in OPENERS},
    **{f"b2t.inference.synthesize.open.{unit}": {unit} for unit in OPENERS},
    **{f"b2t.inference.generate.open.{unit}": {unit} for unit in GENERATION_OPENERS},
    "b2t.inference.generate.open.gateway": set(),
    "b2t.inference.generate.open.operator": set(),
    **{f"b2t.session.{unit}.s1.in": {unit} for unit in {*OPENERS, *GENERATION_OPENERS}},
    **{f"b2t.session.{unit}.s1.out": {"inference"} for unit in OPENERS},
    **{f"b2t.audit.{unit}": {unit} for unit in UNITS},
    "b2t.audit": set(),
    "b2t.scribe.review": {"operator"},
    "b2t.scribe.sign": {"operator"},
    "b2t.scribe.retention": {"operator"},
    **{f"b2t.{unit}.forget": {"scribe"} for unit in ("dialogue", "connectors", "gateway", "insights")},
    "b2t.gateway.accounts": {"operator"},
    "b2t.insights.query": {"gateway", "operator"},
    "b2t.retrieval.ask": {"dialogue", "operator"},
    "b2t.retrieval.manage": {"operator"},
    "b2t.retrieval.hold": {"gateway"},
    "b2t.status.vault": {"gateway", "operator"},
    "$KV.codes.k": {"dialogue"},
    "$KV.agents.k": {"dialogue"},
    "$JS.API.DIRECT.GET.CONVERSATIONS": {*CHANNELS, "dialogue", "scribe", "insights", "operator"},
    "$JS.API.DIRECT.GET.INBOX": {"dialogue"},
    "$JS.API.DIRECT.GET.AUDIT": {"scribe"},
    "$JS.API.DIRECT.GET.KV_codes.$KV.codes.k": {"dialogue"},
    "$JS.API.CONSUMER.CREATE.INBOX.p0.b2t.inbox.0.*": {"dialogue"},
    f"$JS.API.CONSUMER.CREATE.INBOX.{asking.DURABLE}.{asking.SUBJECT}": {"dialogue"},
    f"$JS.API.CONSUMER.MSG.NEXT.INBOX.{asking.DURABLE}": {"dialogue"},
    "$JS.API.CONSUMER.MSG.NEXT.CALLS.connectors": {"connectors"},
    "$JS.API.CONSUMER.MSG.NEXT.CONVERSATIONS.scribe": {"scribe"},
    "$JS.ACK.CONVERSATIONS.scribe.1.1.1.1.1": {"scribe"},
    "$JS.API.CONSUMER.CREATE.CONVERSATIONS.thief": set(),
    "$JS.API.CONSUMER.DELETE.INBOX.p0": set(),
    "$JS.API.STREAM.DELETE.CONVERSATIONS": set(),
    "$JS.API.STREAM.PURGE.CONVERSATIONS": {"dialogue"},
    "$JS.API.STREAM.PURGE.AUDIT": set(),
    "$JS.API.STREAM.UPDATE.CONVERSATIONS": set(),
    "$JS.API.STREAM.MSG.DELETE.CONVERSATIONS": set(),
    "$JS.API.STREAM.CREATE.MINE": set(),
    "_INBOX.dialogue.x": set(),
    "_INBOX.phone.x": set(),
    "$SYS.REQ.SERVER.PING": set(),
    "anything": set(),
}
MAY_LISTEN: dict[str, set[str]] = {
    **{f"_INBOX.{unit}.>": {unit} for unit in UNITS},
    **{f"b2t.status.{unit}.1": {unit} for unit in UNITS},
    **{f"b2t.vault.lease.{unit}": {"vault"} for unit in LEASING},
    "b2t.vault.lease.*": {"vault"},
    "b2t.vault.manage.operator": {"vault"},
    "b2t.dialogue.accept": {"dialogue"},
    "b2t.inference.detect": {"inference"},
    "b2t.inference.transcribe.open.*": {"inference"},
    "b2t.session.*.*.in": {"inference"},
    "b2t.inference.generate.open.*": {"inference"},
    **{f"b2t.session.{unit}.s1.out": {unit} for unit in {*OPENERS, *GENERATION_OPENERS}},
    **{f"b2t.session.{unit}.*.in": {"inference"} for unit in OPENERS},
    "b2t.session.*.*.out": set(),
    "b2t.session.>": set(),
    "b2t.replies.c1": CHANNELS,
    "b2t.connectors.capture": {"connectors"},
    "b2t.insights.query": {"insights"},
    "b2t.retrieval.ask": {"retrieval"},
    "b2t.retrieval.manage": {"retrieval"},
    "b2t.retrieval.hold": {"retrieval"},
    "b2t.inbox.>": set(),
    "b2t.conversation.>": set(),
    "b2t.calls.>": set(),
    "b2t.audit": set(),
    "$JS.API.>": set(),
    "$KV.codes.>": set(),
    "_INBOX.>": set(),
    "$SYS.>": set(),
    ">": set(),
}


@dataclass
class Guarded:
    paths: Paths
    url: str


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    paths = Paths(tmp_path_factory.mktemp("box"))
    config = BusConfig(port=free_port())
    file = write_server_config(paths, config)
    with (paths.root / "server.log").open("wb") as out:
        process = subprocess.Popen([str(server_binary()), "-c", str(file)], stdout=out, stderr=out)
    box = Guarded(paths, f"nats://{config.host}:{config.port}")
    asyncio.run(make_streams(box))
    yield box
    process.kill()
    process.wait(5)


async def make_streams(guarded: Guarded) -> None:
    bus = await Bus.connect(guarded.url, "supervisor", guarded.paths.bus_seed("supervisor"))
    await bus.ensure_streams()
    await bus.ensure_streams()
    await bus.close()


@dataclass
class Watched:
    client: Client
    refused: list[str]


async def watched(guarded: Guarded, unit: str) -> Watched:
    refused: list[str] = []

    async def on_error(error: Exception) -> None:
        refused.append(str(error).lower())  # as nats-py gives it, sometimes

    seed = str(guarded.paths.bus_seed(unit))
    client = await nats.connect(guarded.url, nkeys_seed=seed, error_cb=on_error, inbox_prefix=f"_INBOX.{unit}")
    return Watched(client, refused)


@pytest.mark.parametrize("unit", UNITS)
async def test_a_unit_may_publish_what_is_its_own_and_nothing_else(guarded: Guarded, unit: str) -> None:
    on = await watched(guarded, unit)
    for subject in MAY_PUBLISH:
        await on.client.publish(subject, b"{}")
    await on.client.flush(5)
    await asyncio.sleep(0.05)
    refused = {
        subject for subject in MAY_PUBLISH if any(f'publish to "{subject}"'.lower() in text for text in on.refused)
    }
    assert refused == {subject for subject, units in MAY_PUBLISH.items() if unit not in units}
    await on.client.close()


@pytest.mark.parametrize("unit", UNITS)
async def test_a_unit_may_hear_what_is_its_own_and_nothing_else(guarded: Guarded, unit: str) -> None:
    on = await watched(guarded, unit)
    for subject in MAY_LISTEN:
        await on.client.subscribe(subject)
    await on.client.flush(5)
    await asyncio.sleep(0.05)
    refused = {
        subject for subject in MAY_LISTEN if any(f'subscription to "{subject}"'.lower() in text for text in on.refused)
    }
    assert refused == {subject for subject, units in MAY_LISTEN.items() if unit not in units}
    await on.client.close()


async def test_nobody_comes_in_without_a_key_or_with_a_foreign_one(guarded: Guarded, tmp_path: Path) -> None:
    make_seeds(Paths(tmp_path))
    for seed in (None, Paths(tmp_path).bus_seed("dialogue")):
        with pytest.raises(Unavailable):
            await Bus.connect(guarded.url, "dialogue", seed, wait_s=0.5)


async def test_dialogue_does_its_work_through_the_bus(guarded: Guarded) -> None:
    """Consuming, appending, reading back, key-value and answering, with its own rights alone."""
    dialogue = await Bus.connect(guarded.url, "dialogue", guarded.paths.bus_seed("dialogue"))
    gateway = await Bus.connect(guarded.url, "gateway", guarded.paths.bus_seed("gateway"))

    async def accept(data: bytes) -> bytes:
        await dialogue.append(inbox_subject("c7"), data)
        return b"accepted"

    await dialogue.serve("b2t.dialogue.accept", accept, queue="dialogue")
    assert await gateway.request("b2t.dialogue.accept", b"hello") == b"accepted"
    subject = inbox_subject("c7").rsplit(".", 1)[0] + ".*"
    async with asyncio.timeout(10):
        async for delivery in dialogue.consume("INBOX", "p7", subject):
            await delivery.working()
            await dialogue.append(conversation_subject("c7"), delivery.data, expected_last=0)
            await delivery.ack()
            break
    found = [data async for _, data in gateway.read("CONVERSATIONS", conversation_subject("c7"))]
    assert found == [b"hello"]
    revision = await dialogue.put("codes", "k1", b"x", revision=0)
    assert await dialogue.get("codes", "k1") == (b"x", revision)
    await dialogue.delete("codes", "k1", revision=revision)
    await dialogue.close()
    await gateway.close()


def test_seeds_are_for_their_owner_alone_and_stay_the_same(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    first = make_seeds(paths)
    assert make_seeds(paths) == first
    assert len(set(first.values())) == len(RIGHTS)
    for unit in RIGHTS:
        assert stat.S_IMODE(paths.bus_seed(unit).stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.secrets.stat().st_mode) == 0o700


async def test_nobody_has_an_answer_written_where_only_the_answering_may_write(guarded: Guarded) -> None:
    dialogue = await Bus.connect(guarded.url, "dialogue", guarded.paths.bus_seed("dialogue"))
    gateway = await watched(guarded, "gateway")
    asked: list[bytes] = []

    async def accept(data: bytes) -> bytes:
        asked.append(data)
        return b"accepted"

    await dialogue.serve("b2t.dialogue.accept", accept)
    for elsewhere in (conversation_subject("c9"), "b2t.calls.bank", "$KV.codes.k9"):
        await gateway.client.publish("b2t.dialogue.accept", b"confused", reply=elsewhere)
    await gateway.client.request("b2t.dialogue.accept", b"honest", timeout=5)
    assert asked == [b"honest"]
    assert await dialogue.last_sequence("CONVERSATIONS", conversation_subject("c9")) == 0
    assert await dialogue.get("codes", "k9") is None
    await gateway.client.close()
    await dialogue.close()
