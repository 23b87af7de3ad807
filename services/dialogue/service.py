"""Wires dialogue: one consumer for each partition of the inbox, the questions it answers, the reminders it sends."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from appliance.adapters.inference import InferenceClient
from appliance.adapters.language_model import LanguageModelClient
from appliance.adapters.nats import PARTITIONS
from appliance.adapters.publishing_key import open_publisher
from appliance.adapters.vault import KeyRing
from appliance.errors import Unavailable
from appliance.privacy import forgetting
from services.dialogue.addressing import Addressing
from services.dialogue.callers import Callers
from services.dialogue.canaries import Canaries
from services.dialogue.deploying import TOLD, Deploying
from services.dialogue.forgetting import Forgetting
from services.dialogue.hearing import Hearing
from services.dialogue.held import Conversations
from services.dialogue.idle import Idle
from services.dialogue.library import Library
from services.dialogue.proposing import Proposing
from services.dialogue.turn import Parts, Turns
from services.unit import Unit

log = structlog.get_logger(__name__)

ACK_WAIT_S: Final = 2.0
"""So long does a turn stand still whose copy was killed; whoever works longer says so in time."""
PAUSE_S: Final = 0.25
QUEUE: Final = "dialogue"


async def run(unit: Unit) -> None:
    bus = unit.bus
    keys = KeyRing(bus, "dialogue")
    inference = InferenceClient(bus)
    publisher = open_publisher(unit.paths.secrets / "publishing.key")
    library = Library(bus, inference, unit.config.channels, publisher)
    deploying = Deploying(bus, library, unit.audit)
    canaries = Canaries(bus, deploying)
    deploying.figures = canaries.figures
    conversations = Conversations(bus)
    addressing = Addressing(bus, keys, conversations, library)
    idle = Idle(bus, conversations, library)
    callers = Callers(bus, conversations)
    hearing = Hearing(bus, keys, inference, library)
    tell = unit.audit_soon
    model = LanguageModelClient(bus, "dialogue") if unit.config.inference.language_model else None
    proposing = Proposing(bus, keys, model, unit.config.inference.language_model_within_ms / 1000)
    owned = (conversations, library, addressing, hearing, idle, callers, tell, proposing)
    turns = Turns(Parts(bus, keys, inference, *owned))

    unit.parts["agents"] = "The agents are being read."
    await _publish(unit, library, deploying)
    stops = [
        await bus.serve("b2t.dialogue.accept", turns.accept, queue=QUEUE),
        await bus.serve("b2t.dialogue.code", addressing.code, queue=QUEUE),
        await bus.serve("b2t.dialogue.agents", library.listed, queue=QUEUE),
        await bus.serve("b2t.dialogue.publish", deploying.publish, queue=QUEUE),
        await bus.serve("b2t.dialogue.versions", deploying.versions, queue=QUEUE),
        await bus.serve("b2t.dialogue.deploy", deploying.deploy, queue=QUEUE),
        await bus.serve("b2t.dialogue.deployments", deploying.deployments, queue=QUEUE),
        await bus.subscribe(TOLD, deploying.told),
        await bus.serve(forgetting.DIALOGUE, Forgetting(bus, conversations, callers).answer, queue=QUEUE, limit=2),
    ]
    try:
        async with asyncio.TaskGroup() as group:
            for partition in range(PARTITIONS):
                group.create_task(_work(unit, turns, partition), name=f"inbox {partition}")
            group.create_task(turns.asking.run(), name="asking")
            group.create_task(idle.run(), name="idle")
            group.create_task(_train(unit, library, deploying), name="train")
            group.create_task(deploying.run(), name="deployments")
            group.create_task(canaries.run(), name="canaries")
    finally:
        for stop in stops:
            await stop()


async def _publish(unit: Unit, library: Library, deploying: Deploying) -> None:
    while True:
        try:
            await library.publish(unit.paths.folder("agents"))
            await deploying.begin()
            break
        except Unavailable as error:
            log.warning("agents_not_published", title=error.title)
            await asyncio.sleep(PAUSE_S)
    try:
        await deploying.tell()
    except Unavailable as error:  # conversations need not wait: it is tried again every second
        log.warning("agents_not_told", title=error.title)


async def _train(unit: Unit, library: Library, deploying: Deploying) -> None:
    unit.parts["agents"] = "The agents are being trained."
    await library.train_all()
    unit.parts["agents"] = "; ".join(sorted(library.problems)) + " cannot be used." if library.problems else "ok"
    if deploying.problem is not None:
        unit.parts["deployments"] = deploying.problem
    unit.ready()


async def _work(unit: Unit, turns: Turns, partition: int) -> None:
    """One message at a time: so a conversation's inputs are taken in order, whichever copy takes them."""
    subject = f"b2t.inbox.{partition}.*"
    durable = f"dialogue-{partition}"
    async for delivery in unit.bus.consume("INBOX", durable, subject, in_flight=1, ack_wait_s=ACK_WAIT_S):
        try:
            await turns.take(delivery)
        except Exception:
            log.exception("delivery_failed", partition=partition)
