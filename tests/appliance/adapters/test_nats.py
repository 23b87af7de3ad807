"""The bus against a real nats-server."""

from __future__ import annotations

import asyncio
import contextlib
import gc

import pytest

from appliance.adapters.nats import READ_BATCH, Bus, conversation_subject, inbox_subject
from appliance.errors import Conflict, Unavailable
from tests.conftest import NatsServer


async def test_request_is_answered(bus: Bus) -> None:
    async def upper(data: bytes) -> bytes:
        return data.upper()

    stop = await bus.serve("b2t.test.upper", upper, queue="test")
    assert await bus.request("b2t.test.upper", b"abc") == b"ABC"
    await stop()
    with pytest.raises(Unavailable):
        await bus.request("b2t.test.upper", b"abc", timeout_s=0.5)


async def test_of_two_writers_one_wins(bus: Bus) -> None:
    subject = conversation_subject("c1")
    first = await bus.append(subject, b"1", expected_last=0)
    with pytest.raises(Conflict):
        await bus.append(subject, b"x", expected_last=0)
    second = await bus.append(subject, b"2", expected_last=first)
    await bus.append(conversation_subject("c2"), b"other", expected_last=0)
    assert [item async for item in bus.read("CONVERSATIONS", subject)] == [(first, b"1"), (second, b"2")]
    assert [item async for item in bus.read("CONVERSATIONS", subject, after=first)] == [(second, b"2")]
    assert await bus.last_sequence("CONVERSATIONS", subject) == second
    assert await bus.last_sequence("CONVERSATIONS", conversation_subject("none")) == 0
    assert [item async for item in bus.read("CONVERSATIONS", conversation_subject("none"))] == []


async def test_reads_more_than_one_batch(bus: Bus) -> None:
    subject = conversation_subject("long")
    count = READ_BATCH * 2 + 3
    await asyncio.gather(*(bus.append(subject, str(number).encode()) for number in range(count)))
    assert len([item async for item in bus.read("CONVERSATIONS", subject)]) == count


async def test_a_repeated_message_id_stores_once(bus: Bus) -> None:
    subject = inbox_subject("c1")
    assert await bus.append(subject, b"1", message_id="i1") == await bus.append(subject, b"1", message_id="i1")


async def test_two_copies_share_a_consumer_in_order(bus: Bus, nats_server: NatsServer) -> None:
    other = await Bus.connect(nats_server.url, "other")
    subject = inbox_subject("c1")
    taken: list[int] = []

    async def work(connection: Bus) -> None:
        async for delivery in connection.consume("INBOX", "p", subject.rsplit(".", 1)[0] + ".*", ack_wait_s=2):
            taken.append(int(delivery.data))
            await delivery.ack()

    tasks = [asyncio.create_task(work(connection)) for connection in (bus, other)]
    for number in range(20):
        await bus.append(subject, str(number).encode())
    async with asyncio.timeout(10):
        while len(taken) < 20:
            await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await other.close()
    assert taken == list(range(20))


async def test_consumer_outlives_a_killed_server(bus: Bus, nats_server: NatsServer) -> None:
    subject = inbox_subject("c9")
    await bus.append(subject, b"1")
    seen: list[bytes] = []

    async def work() -> None:
        async for delivery in bus.consume("INBOX", "p9", subject.rsplit(".", 1)[0] + ".*", ack_wait_s=1):
            seen.append(delivery.data)
            with contextlib.suppress(Unavailable):  # killed in between: it is delivered again
                await delivery.ack()

    task = asyncio.create_task(work())
    async with asyncio.timeout(10):
        while not seen:
            await asyncio.sleep(0.01)
    nats_server.kill()
    with pytest.raises(Unavailable):
        await bus.append(subject, b"lost?")
    nats_server.start()
    async with asyncio.timeout(20):
        while True:
            try:
                await bus.append(subject, b"2", message_id="2")
                break
            except Unavailable:
                await asyncio.sleep(0.05)
        while b"2" not in seen:
            await asyncio.sleep(0.01)
    task.cancel()


async def test_key_value_compare_and_set(bus: Bus) -> None:
    assert await bus.get("codes", "k") is None
    revision = await bus.put("codes", "k", b"1", revision=0)
    with pytest.raises(Conflict):
        await bus.put("codes", "k", b"2", revision=0)
    assert await bus.get("codes", "k") == (b"1", revision)
    await bus.delete("codes", "k", revision=revision)
    assert await bus.get("codes", "k") is None
    assert await bus.put("codes", "k", b"3", revision=0) > revision


async def test_what_is_served_can_be_asked_at_once(nats_server: NatsServer, bus: Bus) -> None:
    """By somebody else: the server knows of it when `serve` returns."""
    asker = await Bus.connect(nats_server.url, "asker")

    async def answer(data: bytes) -> bytes:
        return data

    for number in range(300):
        await bus.serve(f"asked.{number}", answer)
        assert await asker.request(f"asked.{number}", b"now") == b"now"
    await asker.close()


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("batch", [1, 4])
async def test_who_consumes_and_stops_leaves_nothing_unwaited(
    bus: Bus, nats_server: NatsServer, batch: int, busy: bool
) -> None:
    """Its last request still stands at the server: what comes then, and nobody takes, kept the connection open."""
    own, unwaited = await Bus.connect(nats_server.url, "own"), []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unwaited.append(context))
    subject = inbox_subject(f"stops-{batch}-{busy}")
    got = asyncio.Event()

    async def work() -> None:
        async for delivery in own.consume("INBOX", f"stops-{batch}-{busy}", subject, in_flight=16, batch=batch):
            await delivery.ack()
            if int(delivery.data) == 5:
                got.set()
                if busy:
                    await asyncio.Event().wait()

    for number in range(6):
        await bus.append(subject, str(number).encode())
    working = asyncio.create_task(work())
    async with asyncio.timeout(20):
        await got.wait()
    await own.flush()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    del working
    for number in range(6, 9):
        await bus.append(subject, str(number).encode())
    await own.flush()
    await own.close()
    gc.collect()
    await asyncio.sleep(0)
    assert own._nc.is_closed
    assert unwaited == []
