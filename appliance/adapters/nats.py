"""The bus: NATS and JetStream behind the few verbs the services use. The only file that imports nats-py.

Every wait has a limit and ends in `Unavailable`; a lost compare-and-set ends in `Conflict`. A publication that must not
be lost is acknowledged after an fsync (`sync_interval: always`) and carries a message id, so that repeating it is safe.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import nats
import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext, api
from nats.js.kv import KeyValue

from appliance.errors import Conflict, Unavailable

log = structlog.get_logger(__name__)

PARTITIONS: Final = 16
DAY_S: Final = 86_400
WRONG_LAST_SEQUENCE: Final = {10071, 10164}

Result = TypeVar("Result")
Handler = Callable[[bytes], Awaitable[bytes]]
Receiver = Callable[[str, bytes], Awaitable[None]]
ANSWERS: Final = "_INBOX."
"""Where answers go. Who asks names the subject, and the answer is sent with the rights of who is asked."""


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """A stream as it must exist. `max_bytes` bounds it; what is full refuses new messages rather than drop old ones."""

    name: str
    subjects: tuple[str, ...]
    max_age_s: float
    max_bytes: int
    work_queue: bool = False
    duplicate_window_s: float = 600.0


STREAMS: Final = (
    StreamPlan("INBOX", ("b2t.inbox.*.*",), 7 * DAY_S, 1 << 30, work_queue=True),
    StreamPlan("CONVERSATIONS", ("b2t.conversation.*",), 7 * DAY_S, 16 << 30),
    StreamPlan("CALLS", ("b2t.calls.*",), DAY_S, 1 << 28, work_queue=True),
    StreamPlan("AUDIT", ("b2t.audit", "b2t.audit.*"), 30 * DAY_S, 1 << 30),
)
BUCKETS: Final = {"agents": 0.0, "codes": 300.0, "open": 8.0 * DAY_S, "status": 0.0}
"""Key-value buckets and how long a value lives, in seconds (0: until deleted)."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One stored message handed to one consumer; not acknowledged within the consumer's wait, it comes again."""

    subject: str
    sequence: int
    data: bytes
    attempt: int
    _message: Msg

    async def ack(self) -> None:
        """Acknowledge and wait until the server has taken it. Raises Unavailable: it may be delivered again."""
        await _told(self._message.ack_sync(timeout=5))

    async def nak(self, delay_s: float = 0.5) -> None:
        """Have it delivered again. Raises Unavailable: it is, once its wait is over."""
        await _told(self._message.nak(delay=delay_s))

    async def working(self) -> None:
        """Start the wait anew. Raises Unavailable."""
        await _told(self._message.in_progress())


async def _told(telling: Awaitable[object]) -> None:
    try:
        await telling
    except (nats.errors.Error, OSError, TimeoutError):
        raise Unavailable("The message bus was not told how a delivery went.") from None


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored message, read back."""

    subject: str
    sequence: int
    data: bytes


def conversation_subject(conversation: str) -> str:
    return f"b2t.conversation.{conversation}"


def inbox_subject(conversation: str) -> str:
    return f"b2t.inbox.{zlib.crc32(conversation.encode()) % PARTITIONS}.{conversation}"


class Bus:
    """One unit's connection. Reconnects for ever; meanwhile requests fail as `Unavailable` after their own limit."""

    def __init__(self, client: Client, unit: str) -> None:
        self.unit = unit
        self._nc = client
        self._js: JetStreamContext = client.jetstream(timeout=5)
        self._buckets: dict[str, KeyValue] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pulling: set[JetStreamContext.PullSubscription] = set()
        self._reconnected = asyncio.Event()

    @classmethod
    async def connect(cls, url: str, unit: str, seed: Path | None = None, *, wait_s: float = 10.0) -> Bus:
        """Connect, trying for `wait_s` seconds. `seed` is the unit's nkey seed file."""
        options: dict[str, Any] = {"nkeys_seed": str(seed)} if seed else {}
        deadline = asyncio.get_running_loop().time() + wait_s
        bus: Bus | None = None

        async def on_reconnected() -> None:
            log.info("bus_reconnected")
            if bus is not None:
                bus._reconnected.set()
                bus._reconnected = asyncio.Event()

        while True:
            try:
                connecting = nats.connect(
                    url,
                    name=unit,
                    inbox_prefix=f"_INBOX.{unit}",
                    connect_timeout=2,
                    reconnect_time_wait=0.1,  # type: ignore[arg-type,unused-ignore]
                    max_reconnect_attempts=-1,
                    ping_interval=5,
                    max_outstanding_pings=2,
                    pending_size=16 << 20,
                    error_cb=_on_error,
                    disconnected_cb=_on_disconnected,
                    reconnected_cb=on_reconnected,
                    **options,
                )
                # nats-py itself tries for ever where it may reconnect for ever
                client = await asyncio.wait_for(connecting, max(0.1, deadline - asyncio.get_running_loop().time()))
                bus = cls(client, unit)
                return bus
            except (OSError, TimeoutError, nats.errors.Error) as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise Unavailable(f"The message bus at {url} does not answer.") from error
                await asyncio.sleep(0.05)

    @property
    def connected(self) -> bool:
        return self._nc.is_connected

    async def reconnected(self) -> None:
        """Wait for the next reconnection: live messages may have been missed until then."""
        await self._reconnected.wait()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        for subscription in list(self._pulling):
            await self._let_go(subscription)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._nc.drain(), 3)

    # -- live messages ----------------------------------------------------------------------------------------------

    async def publish(self, subject: str, data: bytes) -> None:
        """To whoever listens now; nothing is kept."""
        try:
            await self._nc.publish(subject, data)
        except nats.errors.Error as error:
            raise Unavailable("The message bus takes no messages now.") from error

    async def flush(self, timeout_s: float = 2.0) -> None:
        """The server has taken what was sent so far. Twice: the client sends a ping ahead of what it still holds."""
        try:
            await self._nc.flush(timeout_s)  # type: ignore[arg-type]
            await self._nc.flush(timeout_s)  # type: ignore[arg-type]
        except (nats.errors.Error, TimeoutError) as error:
            raise Unavailable("The message bus does not answer.") from error

    async def request(self, subject: str, data: bytes, timeout_s: float = 2.0) -> bytes:
        """Ask and get one answer. No one serving the subject, or no answer in time, is `Unavailable`."""
        try:
            return (await self._nc.request(subject, data, timeout=timeout_s)).data
        except (nats.errors.Error, TimeoutError) as error:
            raise Unavailable(f"No answer on {subject}.") from error

    async def serve(self, subject: str, handler: Handler, *, queue: str = "", limit: int = 256) -> Stop:
        """Answer requests; at most `limit` run at once, further ones wait in the subscription's bounded queue.

        A question whose answer is wanted anywhere but in an inbox is dropped: else who may ask could have a
        conversation, an order or a key-value bucket written with the rights of who answers.
        """
        gate = asyncio.Semaphore(limit)

        async def answer(message: Msg) -> None:
            try:
                reply = await handler(message.data)
                await message.respond(reply)
            except nats.errors.Error:
                log.warning("answer_not_sent", subject=subject)
            except Exception:
                log.exception("request_failed", subject=subject)
            finally:
                gate.release()

        async def on_message(message: Msg) -> None:
            if message.reply and not message.reply.startswith(ANSWERS):
                log.error("answer_wanted_elsewhere", subject=subject)
                return
            await gate.acquire()
            self._spawn(answer(message), f"serve {subject}")

        subscription = await self._nc.subscribe(subject, queue=queue, cb=on_message, pending_msgs_limit=8192)
        await self.flush()
        return Stop(subscription.unsubscribe)

    async def subscribe(self, subject: str, receiver: Receiver, *, pending: int = 8192) -> Stop:
        """Hear live messages in order, one at a time; more than `pending` waiting are dropped and logged."""

        async def on_message(message: Msg) -> None:
            try:
                await receiver(message.subject, message.data)
            except Exception:
                log.exception("receiver_failed", subject=subject)

        subscription = await self._nc.subscribe(subject, cb=on_message, pending_msgs_limit=pending)
        return Stop(subscription.unsubscribe)

    def new_subject(self) -> str:
        """A private subject only this unit may listen on."""
        return self._nc.new_inbox()

    # -- stored messages --------------------------------------------------------------------------------------------

    async def append(
        self, subject: str, data: bytes, *, message_id: str | None = None, expected_last: int | None = None
    ) -> int:
        """Store durably; the stream sequence. With `expected_last` (the subject's last sequence, 0 for none) it is a
        compare-and-set and may raise Conflict. A repeated `message_id` within ten minutes stores nothing new."""
        headers: dict[str, str] = {}
        if message_id is not None:
            headers["Nats-Msg-Id"] = message_id
        if expected_last is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(expected_last)
        try:
            acknowledged = await self._js.publish(subject, data, timeout=5, headers=headers or None)
        except nats.js.errors.APIError as error:
            if error.err_code in WRONG_LAST_SEQUENCE:
                raise Conflict("Another writer was first.") from error
            raise Unavailable(f"The message bus refused to store: {error.description}") from error
        except (nats.errors.Error, TimeoutError) as error:
            raise Unavailable("The message bus did not confirm.") from error
        return int(acknowledged.seq)

    async def read(
        self, stream: str, subject: str, after: int = 0, timeout_s: float = 5.0
    ) -> AsyncIterator[tuple[int, bytes]]:
        """Everything stored under `subject` after a stream sequence, in order, up to now."""
        async for stored in self.read_stored(stream, subject, after, timeout_s):
            yield stored.sequence, stored.data

    async def read_stored(
        self, stream: str, subject: str, after: int = 0, timeout_s: float = 5.0
    ) -> AsyncIterator[Stored]:
        """The same with the subject of each, for a `subject` with wildcards."""
        while True:
            got = await self._read_some(stream, subject, after + 1, timeout_s)
            for stored in got:
                yield stored
            if len(got) < READ_BATCH:
                return
            after = got[-1].sequence

    async def _read_some(self, stream: str, subject: str, first: int, timeout_s: float) -> list[Stored]:
        inbox = self._nc.new_inbox()
        subscription = await self._nc.subscribe(inbox)
        request = {"seq": first, "next_by_subj": subject, "batch": READ_BATCH}
        got: list[Stored] = []
        try:
            await self._nc.publish(f"$JS.API.DIRECT.GET.{stream}", json.dumps(request).encode(), reply=inbox)
            while True:
                message = await subscription.next_msg(timeout=timeout_s)
                headers = message.headers or {}
                status = headers.get("Status")
                if status in ("204", "404"):  # end of batch, nothing (more) stored
                    return got
                if status is not None:
                    raise Unavailable(f"The message bus refused to read: {status}.")
                got.append(Stored(headers["Nats-Subject"], int(headers["Nats-Sequence"]), message.data))
        except (nats.errors.Error, TimeoutError) as error:
            raise Unavailable("The message bus did not answer a read.") from error
        finally:
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def consume(
        self, stream: str, durable: str, subject: str, *, in_flight: int = 1, ack_wait_s: float = 5.0, batch: int = 1
    ) -> AsyncIterator[Delivery]:
        """Take stored messages for ever as one of any number of copies sharing `durable`. Outages are waited out."""
        config = api.ConsumerConfig(
            durable_name=durable,
            filter_subject=subject,
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=ack_wait_s,
            max_ack_pending=in_flight,
            max_deliver=-1,
        )
        while not stopping():
            subscription: JetStreamContext.PullSubscription | None = None
            try:
                subscribing = self._js.pull_subscribe(subject, durable=durable, stream=stream, config=config)
                subscription = await _stoppable(subscribing)
                self._pulling.add(subscription)
                while not stopping():
                    for message in await self._fetch(subscription, batch):
                        meta = message.metadata
                        yield Delivery(
                            message.subject, meta.sequence.stream, message.data, meta.num_delivered or 1, message
                        )
            except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError):
                if self._nc.is_closed:
                    return
                log.warning("consumer_interrupted", durable=durable)
                await asyncio.sleep(0.1)
            finally:
                if subscription is not None:
                    await self._let_go(subscription)

    async def _let_go(self, subscription: JetStreamContext.PullSubscription) -> None:
        """Of what it still holds nothing is acknowledged, so that it is delivered again.

        It must not be there when the connection drains: the request that was given up still stands at the server, so
        one more message comes, and draining waits for ever until somebody takes that out of the queue.
        """
        self._pulling.discard(subscription)
        with contextlib.suppress(nats.errors.Error):
            await subscription.unsubscribe()

    async def _fetch(self, subscription: JetStreamContext.PullSubscription, batch: int) -> list[Msg]:
        """The next messages, or none; a reconnect ends the wait, since the server has forgotten the request."""
        fetching = asyncio.ensure_future(subscription.fetch(batch, timeout=30))
        fetching.add_done_callback(_looked_at)
        reconnected = asyncio.ensure_future(self._reconnected.wait())
        try:
            await asyncio.wait({fetching, reconnected}, return_when=asyncio.FIRST_COMPLETED)
            if not fetching.done():
                return []
            return list(fetching.result())
        except TimeoutError:  # nothing came
            return []
        finally:
            fetching.cancel()
            reconnected.cancel()

    async def last_sequence(self, stream: str, subject: str) -> int:
        """Sequence of the last message under `subject`, 0 if there is none."""
        try:
            message = await self._js.get_last_msg(stream, subject, direct=True)
        except nats.js.errors.NotFoundError:
            return 0
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            raise Unavailable("The message bus did not answer a read.") from error
        return int(message.seq or 0)

    async def stream_end(self, stream: str) -> int:
        """Sequence of the last message the stream ever took, kept or not."""
        try:
            return int((await self._js.stream_info(stream)).state.last_seq)
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            raise Unavailable("The message bus did not answer a read.") from error

    async def purge(self, stream: str, subject: str) -> None:
        """Remove everything stored under one subject."""
        try:
            await self._js.purge_stream(stream, subject=subject)
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            raise Unavailable("The message bus did not confirm.") from error

    async def stored_bytes(self) -> int:
        """Bytes of all streams and buckets."""
        try:
            return int((await self._js.account_info()).storage)
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            raise Unavailable("The message bus did not answer.") from error

    # -- key-value --------------------------------------------------------------------------------------------------

    async def bucket(self, name: str) -> KeyValue:
        """A key-value bucket made by `ensure_streams`; its errors are nats-py's own (`nats.js.errors`)."""
        if name not in self._buckets:
            try:
                self._buckets[name] = await self._js.key_value(name)
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                raise Unavailable("The message bus's store does not answer.") from error
        return self._buckets[name]

    async def get(self, bucket: str, key: str) -> tuple[bytes, int] | None:
        """Value and revision, or None."""
        try:
            entry = await (await self.bucket(bucket)).get(key)
        except nats.js.errors.KeyNotFoundError:
            return None
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            raise Unavailable("The message bus's store does not answer.") from error
        return (entry.value or b"", entry.revision or 0)

    async def put(self, bucket: str, key: str, value: bytes, *, revision: int | None = None) -> int:
        """Write; with `revision` (0: must not exist) a compare-and-set that may raise Conflict."""
        try:
            store = await self.bucket(bucket)
            if revision is None:
                return await store.put(key, value)
            if revision == 0:
                return await store.create(key, value)
            return await store.update(key, value, last=revision)
        except nats.js.errors.KeyWrongLastSequenceError as error:
            raise Conflict("Another writer was first.") from error
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            raise Unavailable("The message bus's store does not answer.") from error

    async def delete(self, bucket: str, key: str, *, revision: int | None = None) -> None:
        try:
            await (await self.bucket(bucket)).delete(key, last=revision)
        except nats.js.errors.KeyWrongLastSequenceError as error:
            raise Conflict("Another writer was first.") from error
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            raise Unavailable("The message bus's store does not answer.") from error

    # -- making the streams -----------------------------------------------------------------------------------------

    async def ensure_streams(self, event_log_days: int = 7) -> None:
        """Make or mend streams and buckets; the supervisor calls it once the server is up."""
        for plan in STREAMS:
            age = event_log_days * DAY_S if plan.name == "CONVERSATIONS" else plan.max_age_s
            config = api.StreamConfig(
                name=plan.name,
                subjects=list(plan.subjects),
                retention=api.RetentionPolicy.WORK_QUEUE if plan.work_queue else api.RetentionPolicy.LIMITS,
                max_age=age,
                max_bytes=plan.max_bytes,
                discard=api.DiscardPolicy.NEW,
                max_msg_size=1 << 20,
                duplicate_window=plan.duplicate_window_s,
                allow_direct=True,
            )
            try:
                await self._js.add_stream(config)
            except nats.js.errors.BadRequestError:
                await self._js.update_stream(config)
        for name, ttl in BUCKETS.items():
            await self._js.create_key_value(api.KeyValueConfig(bucket=name, ttl=ttl or None, history=1, direct=True))

    def _spawn(self, work: Any, name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


READ_BATCH: Final = 256


class Stop:
    """Ends a subscription: `await stop()`. Safe to call twice."""

    def __init__(self, unsubscribe: Callable[[], Awaitable[None]]) -> None:
        self._unsubscribe = unsubscribe

    async def __call__(self) -> None:
        with contextlib.suppress(nats.errors.Error):
            await self._unsubscribe()


async def _stoppable(work: Awaitable[Result]) -> Result:
    """nats-py turns being cancelled into an error of its own, which would be taken for an outage: so it gets a task."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(_looked_at)
    try:
        await asyncio.wait({task})
        return task.result()
    finally:
        task.cancel()


def stopping() -> bool:
    """Whether the running task has been cancelled. `asyncio.wait_for` loses a cancellation that comes together with its
    result (Python 3.11), and everything here waits in it: so a loop that may not outlive its unit asks."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def pause(seconds: float) -> None:
    """Sleep, in a loop that may not outlive its unit: a cancellation that was lost (see `stopping`) counts here."""
    if stopping():
        raise asyncio.CancelledError
    await asyncio.sleep(seconds)


def _looked_at(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()


async def _on_error(error: Exception) -> None:
    log.warning("bus_error", error=type(error).__name__)


async def _on_disconnected() -> None:
    log.warning("bus_disconnected")
