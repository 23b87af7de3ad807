"""Following conversations: live notices from one subscription, and the stream wherever they leave a gap.

A follower takes each batch exactly once and in order. It holds at most a few notices that wait for its reader; where
the reader is slower than that, they are dropped and read from the stream later, so a slow client costs no memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from pydantic import ValidationError

from appliance.adapters.nats import Bus, Stop, conversation_subject
from appliance.adapters.vault import KeyRing
from appliance.conversation.upcast import read_batch
from appliance.errors import Unavailable
from appliance.events import NOTICE, Batch, Notice
from appliance.privacy.policy import MASKED, ReadingPolicy
from services.gateway.transcript import Replied, Shown, Story, View, closed_captures

log = structlog.get_logger(__name__)

MAX_PENDING: Final = 16
RETRY_S: Final = 0.5
SWEEP_S: Final = 60.0
ON_ITS_WAY_S: Final = 0.5
"""A notice comes after its batch is stored; younger than this it is not missed."""

Deliver = Callable[[Shown, bool], Awaitable[None]]
"""Shows one thing; the flag is True where it is read again from the stream rather than live. Raises to stop."""


class Follower:
    """One reader of one conversation. `start` reads what there is; `go` delivers it and then all that follows."""

    __slots__ = (
        "_after",
        "_behind",
        "_closed",
        "_deliver",
        "_failed",
        "_going",
        "_hub",
        "_pending",
        "_task",
        "conversation",
        "story",
    )

    def __init__(self, hub: Replies, story: Story, conversation: str, after: int, deliver: Deliver) -> None:
        self.conversation = conversation
        self.story = story
        self._hub = hub
        self._after = after
        self._deliver = deliver
        self._pending: deque[Notice] | None = None
        self._behind = True
        self._going = False
        self._closed = False
        self._task: asyncio.Task[None] | None = None
        self._failed: Callable[[Exception], None] | None = None

    def go(self, failed: Callable[[Exception], None] | None = None) -> None:
        """Start delivering. `failed` is told where it cannot go on."""
        self._failed = failed
        self._going = True
        self._kick()

    def notice(self, notice: Notice) -> None:
        if self._closed or notice.batch.number <= self.story.number:
            return
        if self._pending is None:
            self._pending = deque()
        if len(self._pending) >= MAX_PENDING:
            self._pending.clear()
            self._behind = True
        self._pending.append(notice)
        self._kick()

    def refresh(self) -> None:
        """Read the stream: notices may have been missed."""
        self._behind = True
        self._kick()

    def close(self) -> None:
        self._closed = True
        self._hub.forget(self)
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    def _kick(self) -> None:
        if self._going and not self._closed and self._task is None:
            self._task = asyncio.create_task(self._work(), name=f"follow {self.conversation}")

    async def _work(self) -> None:
        try:
            while not self._closed and (self._behind or self._pending):
                try:
                    await self._step()
                except Unavailable:  # the bus or the vault; what is not taken yet is read again
                    self._behind = True
                    await asyncio.sleep(RETRY_S)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._closed = True
            self._hub.forget(self)
            if not isinstance(error, ReaderGone):
                log.error("follower_failed", conversation=self.conversation, error=type(error).__name__)
            if self._failed is not None:
                self._failed(error)
        finally:
            self._task = None
            if not self._pending:
                self._pending = None

    async def _step(self) -> None:
        if self._behind:
            self._behind = False
            await self._catch_up()
            return
        assert self._pending is not None
        notice = self._pending.popleft()
        if notice.batch.number > self.story.number + 1:
            self._behind = True
        elif notice.batch.number == self.story.number + 1:
            await self._take(notice.sequence, notice.batch, replayed=False)

    async def _catch_up(self) -> None:
        batches = await self._hub.read(self.conversation, self.story.sequence)
        closed = closed_captures(batches)
        for sequence, batch in batches:
            await self._take(sequence, batch, replayed=True, closed=closed)

    async def _take(self, sequence: int, batch: Batch, *, replayed: bool, closed: frozenset[str] = frozenset()) -> None:
        keys = await self._hub.keys.lease(self.conversation)
        for shown in self.story.take(sequence, batch, keys):
            if sequence <= self._after:
                continue
            if isinstance(shown, Replied) and shown.secure is not None and shown.secure.capture in closed:
                shown = Replied(shown.sequence, shown.reply, shown.turn, shown.text, None)
            await self._deliver(shown, replayed)


class ReaderGone(Exception):
    """The reader's connection is closed: there is nobody to deliver to."""


class Replies:
    """All followers of this process, fed by one subscription to every conversation's notices."""

    def __init__(self, bus: Bus, keys: KeyRing) -> None:
        self.keys = keys
        self._bus = bus
        self._followers: dict[str, set[Follower]] = {}
        self._stop: Stop | None = None

    async def open(self) -> None:
        self._stop = await self._bus.subscribe("b2t.replies.*", self._on_notice)

    async def close(self) -> None:
        if self._stop is not None:
            await self._stop()
        for followers in list(self._followers.values()):
            for follower in list(followers):
                follower.close()

    def follow(
        self, conversation: str, after: int, view: View, deliver: Deliver, policy: ReadingPolicy = MASKED
    ) -> Follower:
        follower = Follower(self, Story(view, policy=policy), conversation, after, deliver)
        self._followers.setdefault(conversation, set()).add(follower)
        return follower

    def forget(self, follower: Follower) -> None:
        others = self._followers.get(follower.conversation)
        if others is not None:
            others.discard(follower)
            if not others:
                del self._followers[follower.conversation]
                self.keys.forget(follower.conversation)

    async def read(self, conversation: str, after: int = 0) -> list[tuple[int, Batch]]:
        """The stored batches after a stream sequence, one that cannot be read left out. Raises Unavailable."""
        found: list[tuple[int, Batch]] = []
        async for sequence, data in self._bus.read("CONVERSATIONS", conversation_subject(conversation), after):
            batch = read_batch(data).batch
            if batch is None or batch.conversation != conversation:
                log.error("batch_unreadable", conversation=conversation, sequence=sequence)
                continue
            found.append((sequence, batch))
        return found

    async def watch(self) -> None:
        """For ever: after each reconnection, and in turn within a minute, read what a follower may have missed."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._after_reconnections())
            group.create_task(self._sweep())

    async def _after_reconnections(self) -> None:
        while True:
            await self._bus.reconnected()
            for followers in list(self._followers.values()):
                for follower in followers:
                    follower.refresh()

    async def _sweep(self) -> None:
        while True:
            conversations = list(self._followers)
            pause = SWEEP_S / max(1, len(conversations))
            for conversation in conversations:
                await asyncio.sleep(min(pause, 1.0))
                try:
                    last = await self._bus.last_sequence("CONVERSATIONS", conversation_subject(conversation))
                except Unavailable:
                    continue
                if any(last > follower.story.sequence for follower in self._followers.get(conversation, ())):
                    await asyncio.sleep(ON_ITS_WAY_S)
                    for follower in self._followers.get(conversation, ()):
                        if last > follower.story.sequence:
                            follower.refresh()
            await asyncio.sleep(1.0)

    async def _on_notice(self, subject: str, data: bytes) -> None:
        followers = self._followers.get(subject.rpartition(".")[2])
        if not followers:
            return
        try:
            notice = NOTICE.validate_json(data)
        except ValidationError:  # of a later release: what can be read of it is in the stream
            for follower in followers:
                follower.refresh()
            return
        for follower in followers:
            follower.notice(notice)
