"""Works off the durable orders, takes captures, shows the public key."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from pydantic import ValidationError

from appliance.adapters.nats import Delivery, inbox_subject
from appliance.adapters.vault import KeyRing
from appliance.connectors import Connector
from appliance.errors import B2TError, Invalid
from appliance.events import CONNECTOR_CALL
from appliance.privacy.capture import CAPTURE_ANSWER, CAPTURE_KEY, CAPTURE_SENT, CaptureAnswer
from appliance.privacy.forgetting import CONNECTORS, FORGET, FORGOTTEN, Forgotten
from services import faults
from services.connectors.call_log import CallLog
from services.connectors.caller import Caller
from services.connectors.captures import CaptureMemory
from services.connectors.demo import DEMOS
from services.unit import Unit

log = structlog.get_logger(__name__)

IN_FLIGHT: Final = 64
ACK_WAIT_S: Final = 2.0
WORKING_S: Final = 0.6
PRUNE_S: Final = 3600.0
AGAIN_S: Final = 0.5


class Connectors:
    def __init__(self, unit: Unit, caller: Caller, captures: CaptureMemory, calls: CallLog) -> None:
        self._calls = calls
        self._unit = unit
        self._caller = caller
        self._captures = captures
        self._working: set[str] = set()

    async def capture(self, raw: bytes) -> bytes:
        try:
            answer = self._captures.take(CAPTURE_SENT.validate_json(raw), asyncio.get_running_loop().time())
        except ValidationError:
            answer = CaptureAnswer("invalid", self._captures.public)
        faults.point("connectors.captured")
        log.info("capture_answered", outcome=answer.outcome)
        return CAPTURE_ANSWER.dump_json(answer)

    async def key(self, _raw: bytes) -> bytes:
        return CAPTURE_KEY.dump_json(self._captures.public)

    async def work(self) -> None:
        """Every order, at most `IN_FLIGHT` at once; one that cannot be answered now comes again."""
        deliveries = self._unit.bus.consume(
            "CALLS", "connectors", "b2t.calls.*", in_flight=IN_FLIGHT, ack_wait_s=ACK_WAIT_S, batch=16
        )
        async with asyncio.TaskGroup() as group:
            async for delivery in deliveries:
                group.create_task(self._take(delivery), name=f"call {delivery.sequence}")

    async def forget(self, raw: bytes) -> bytes:
        """Remove what the log of calls has of these conversations."""
        try:
            asked = FORGET.validate_json(raw)
            count = await asyncio.to_thread(self._calls.forget, asked.conversations)
            return FORGOTTEN.dump_json(Forgotten(removed=count))
        except ValidationError:
            return FORGOTTEN.dump_json(Forgotten(code=Invalid.code, title="Connectors did not understand that."))
        except B2TError as error:
            return FORGOTTEN.dump_json(Forgotten(code=error.code, title=error.title))

    async def expire(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._captures.expire(asyncio.get_running_loop().time())

    async def _take(self, delivery: Delivery) -> None:
        faults.point("connectors.received")
        try:
            order = CONNECTOR_CALL.validate_json(delivery.data)
        except ValidationError:
            log.error("order_unreadable", subject=delivery.subject, sequence=delivery.sequence)
            await self._settle(delivery)
            return
        if order.call in self._working:
            return  # redelivered while its first delivery is still worked on
        self._working.add(order.call)
        heartbeat = asyncio.create_task(_keep_working(delivery), name=f"working {order.call}")
        try:
            returned = await self._caller.answer(order)
            await self._unit.bus.append(inbox_subject(order.conversation), returned, message_id=order.call)
            faults.point("connectors.appended")
            await self._settle(delivery)
            faults.point("connectors.acked")
        except B2TError as error:
            log.warning("call_put_back", call=order.call, code=error.code, title=error.title)
            await self._put_back(delivery)
        except Exception:
            log.exception("call_failed", call=order.call)
            await self._put_back(delivery)
        finally:
            heartbeat.cancel()
            self._working.discard(order.call)

    async def _settle(self, delivery: Delivery) -> None:
        try:
            await delivery.ack()
        except Exception as error:  # it comes again and is answered from the log of calls
            log.warning("ack_lost", sequence=delivery.sequence, error=type(error).__name__)

    async def _put_back(self, delivery: Delivery) -> None:
        try:
            await delivery.nak(AGAIN_S)
        except Exception as error:  # it comes again once its wait is over
            log.warning("nak_lost", sequence=delivery.sequence, error=type(error).__name__)


async def _keep_working(delivery: Delivery) -> None:
    while True:
        await asyncio.sleep(WORKING_S)
        try:
            await delivery.working()
        except Exception as error:
            log.warning("heartbeat_lost", sequence=delivery.sequence, error=type(error).__name__)


async def _prune(calls: CallLog) -> None:
    while True:
        try:
            await asyncio.to_thread(calls.prune)
        except B2TError as error:
            log.warning("prune_failed", code=error.code)
        await asyncio.sleep(PRUNE_S)


async def run(unit: Unit) -> None:
    folder = unit.paths.folder("connectors")
    calls = CallLog(folder / "calls.sqlite")
    connectors: dict[str, Connector] = {name: make(folder / f"demo_{name}.sqlite") for name, make in DEMOS.items()}
    captures = CaptureMemory()
    service = Connectors(unit, Caller(connectors, KeyRing(unit.bus, "connectors"), captures, calls), captures, calls)
    stops = [
        await unit.bus.serve("b2t.connectors.capture", service.capture),
        await unit.bus.serve("b2t.connectors.key", service.key),
        await unit.bus.serve(CONNECTORS, service.forget, limit=1),
    ]
    unit.parts |= dict.fromkeys(connectors, "ok")
    unit.ready()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(service.work(), name="work")
            group.create_task(service.expire(), name="expire")
            group.create_task(_prune(calls), name="prune")
    finally:
        for stop in stops:
            await stop()
        for connector in connectors.values():
            await connector.close()
        calls.close()
