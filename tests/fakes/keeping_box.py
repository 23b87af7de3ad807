"""The units that own something of conversations, together over the real bus, and talks that lie in all of them."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from appliance.adapters.nats import Bus, conversation_subject
from appliance.adapters.retention import ask_retention
from appliance.adapters.vault import REDACTED, KeyRing
from appliance.config import Config, Paths
from appliance.errors import Unknown
from appliance.events import (
    BATCH,
    Assurance,
    Batch,
    Channel,
    ConversationEnded,
    ConversationStarted,
    Identity,
    LegAttached,
    Modality,
    TurnHeard,
)
from appliance.privacy import forgetting
from appliance.privacy.forgetting import RetentionAsked
from appliance.privacy.references import ReferenceBook
from appliance.privacy.sealing import heard_place
from appliance.privacy.values import Digits
from services.connectors.call_log import CallLog
from services.dialogue.callers import Callers
from services.dialogue.forgetting import Forgetting
from services.dialogue.held import Conversations
from services.gateway.forgetting import Forgetting as GatewayForgetting
from services.gateway.records import Records
from services.insights.service import Insights, open_store
from services.scribe import service as scribe
from services.unit import Unit
from services.vault import service as vault

PERSON = "ab" * 16
NOW = datetime.now(UTC)


@asynccontextmanager
async def whole(bus: Bus, tmp_path, **retention):
    """Vault, scribe and insights, and of dialogue and connectors what removes."""
    config, paths = Config.model_validate({"retention": retention}), Paths(tmp_path / "data")
    units = {name: Unit(name, "1", paths, config, bus, []) for name in ("vault", "scribe")}
    store = open_store(paths)
    insights = Insights(bus, store, config.retention)
    conversations = Conversations(bus)
    calls = CallLog(paths.folder("connectors") / "calls.sqlite")

    async def forget_calls(raw: bytes) -> bytes:
        count = calls.forget(forgetting.FORGET.validate_json(raw).conversations)
        return forgetting.FORGOTTEN.dump_json(forgetting.Forgotten(removed=count))

    records = Records.open(paths.folder("gateway") / "records.db")
    stops = [
        await bus.serve(forgetting.DIALOGUE, Forgetting(bus, conversations, Callers(bus, conversations)).answer),
        await bus.serve(forgetting.CONNECTORS, forget_calls),
        await bus.serve(forgetting.INSIGHTS, insights.forget),
        await bus.serve(forgetting.GATEWAY, GatewayForgetting(records).answer),
    ]
    work = [
        asyncio.create_task(vault.run(units["vault"])),
        asyncio.create_task(insights.take_all()),
        asyncio.create_task(scribe.run(units["scribe"])),
    ]
    try:
        async with asyncio.timeout(15):
            while not all(unit.is_ready for unit in units.values()):
                assert not any(one.done() for one in work)
                await asyncio.sleep(0.01)
        yield WholeBox(bus, paths, insights, calls, stops, forget_calls, records)
    finally:
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        for stop in stops:
            await stop()
        insights.close()
        calls.close()
        records.close()


class WholeBox:
    def __init__(self, bus, paths, insights, calls, stops, forget_calls, records) -> None:
        self.bus, self.paths, self.insights, self.calls = bus, paths, insights, calls
        self.records = records
        self._stops, self._forget_calls = stops, forget_calls

    async def connectors_go(self) -> None:
        await self._stops[1]()

    async def connectors_come_back(self) -> None:
        self._stops[1] = await self.bus.serve(forgetting.CONNECTORS, self._forget_calls)

    async def talk(
        self, name: str, *, days_ago: float, party: str = PERSON, channel=Channel.PHONE, agent="banking", number=""
    ):
        keys = await KeyRing(self.bus, "dialogue").lease(name)
        said = (ReferenceBook(keys, ()).add("NUMBER", Digits(number)),) if number else ()
        text = keys.seal_text(heard_place("i"), f"words of {name}")
        at = (NOW - timedelta(days=days_ago)).isoformat(timespec="milliseconds")
        events = (
            ConversationStarted(agent, "v1", channel, "en-US"),
            LegAttached("l", channel, Identity(Assurance.HINT, party)),
            TurnHeard("t", "l", Modality.SPEECH, "i", text=text, references=said),
            ConversationEnded("goodbye", "contained"),
        )
        batch = Batch(conversation=name, agent=agent, version="v1", number=1, taken=1, at=at, events=events)
        await self.bus.append(conversation_subject(name), BATCH.dump_json(batch))
        self.calls.attempt(f"call-{name}")
        self.calls.answer(f"call-{name}", f'{{"kind":"returned","conversation":"{name}"}}'.encode())
        return keys, text

    async def settled(self, *names: str, within_s: float = 15) -> None:
        async with asyncio.timeout(within_s):
            while not set(names) <= self.counted() or not all(self.file(one) for one in reversed(names)):
                await asyncio.sleep(0.02)

    def file(self, name: str):
        return next(iter(self.paths.folder("archive").glob(f"*/*/{name}.jsonl")), None)

    def counted(self) -> set[str]:
        return {row[0] for row in self.insights._store.ended()}

    async def in_log(self, name: str) -> bool:
        return bool(await self.bus.last_sequence("CONVERSATIONS", conversation_subject(name)))

    async def has_keys(self, name: str) -> bool:
        try:
            await KeyRing(self.bus, "operator").lease(name, classes=REDACTED)
        except Unknown:
            return False
        return True

    async def ask(self, operation, **fields):
        return await ask_retention(self.bus, RetentionAsked(operation=operation, account="uid-1", **fields))

    async def told(self) -> list[dict]:
        return [json.loads(data) async for _, data in self.bus.read("AUDIT", "b2t.audit.>")]
