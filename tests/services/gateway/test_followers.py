"""A slow reader costs a bounded amount of memory, and in the end it has had everything once and in order."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from appliance import events as e
from appliance.privacy.sealing import ConversationKeys, reply_place
from services.gateway import lines
from services.gateway.followers import MAX_PENDING, Follower, ReaderGone, Replies
from services.gateway.lines import SocketLine
from services.gateway.transcript import Replied, Shown, View

KEYS = ConversationKeys("c", {"redacted": {1: bytes(32)}, "raw": {1: bytes(32)}})


class Keys:
    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def forget(self, conversation: str) -> None:
        self.forgotten.append(conversation)

    async def lease(self, _conversation: str) -> ConversationKeys:
        return KEYS


class Log(Replies):
    """The hub, with a list for the stream."""

    def __init__(self) -> None:
        super().__init__(None, Keys())  # type: ignore[arg-type]
        self.stored: list[tuple[int, e.Batch]] = []
        self.reads = 0

    async def read(self, conversation: str, after: int = 0) -> list[tuple[int, e.Batch]]:
        self.reads += 1
        return [(sequence, batch) for sequence, batch in self.stored if sequence > after]

    def say(self, text: str) -> e.Notice:
        number = len(self.stored) + 1
        reply = e.ReplyMade(f"r{number}", None, KEYS.seal_text(reply_place(f"r{number}"), text))
        batch = e.Batch(conversation="c", agent="a", version="v", number=number, taken=number, at="", events=(reply,))
        self.stored.append((number * 10, batch))
        return e.Notice(sequence=number * 10, batch=batch)


async def settled(check: Any) -> None:
    async with asyncio.timeout(5):
        while not check():
            await asyncio.sleep(0.005)


async def test_a_slow_reader_gets_everything_from_the_log_instead_of_a_queue() -> None:
    log, shown, gate = Log(), [], asyncio.Event()

    async def deliver(one: Shown, _replayed: bool) -> None:
        await gate.wait()
        assert isinstance(one, Replied)
        shown.append(one.text)

    follower = log.follow("c", 0, View.PARTY, deliver)
    follower.go()
    await asyncio.sleep(0)
    for number in range(500):
        follower.notice(log.say(str(number)))
        assert len(follower._pending or ()) <= MAX_PENDING
        if number % 50 == 0:
            await asyncio.sleep(0)
    gate.set()
    await settled(lambda: len(shown) == 500)
    assert shown == [str(number) for number in range(500)]
    assert follower._pending is None
    assert log.reads < 10


async def test_notices_out_of_order_or_twice() -> None:
    log, shown = Log(), []

    async def deliver(one: Shown, _replayed: bool) -> None:
        assert isinstance(one, Replied)
        shown.append(one.text)

    follower = log.follow("c", 0, View.PARTY, deliver)
    first, second, third = (log.say(text) for text in ("1", "2", "3"))
    follower.go()
    for notice in (third, first, second, third, first):
        follower.notice(notice)
    await settled(lambda: len(shown) == 3)
    await asyncio.sleep(0.02)
    assert shown == ["1", "2", "3"]


async def test_what_the_client_has_seen_is_not_shown_but_known() -> None:
    log, shown = Log(), []

    async def deliver(one: Shown, replayed: bool) -> None:
        assert isinstance(one, Replied)
        shown.append((one.text, replayed))

    for text in ("1", "2", "3"):
        log.say(text)
    follower = log.follow("c", 20, View.PARTY, deliver)
    follower.go()
    await settled(lambda: shown)
    follower.notice(log.say("4"))
    await settled(lambda: len(shown) == 2)
    assert shown == [("3", True), ("4", False)]
    assert follower.story.number == 4


async def test_a_reader_that_is_gone_ends_it() -> None:
    log = Log()

    async def deliver(_one: Shown, _replayed: bool) -> None:
        raise ReaderGone

    told: list[Exception] = []
    follower: Follower = log.follow("c", 0, View.PARTY, deliver)
    log.say("1")
    follower.go(told.append)
    await settled(lambda: told)
    assert isinstance(told[0], ReaderGone)
    assert log._followers == {}


async def test_a_client_that_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "SEND_S", 0.05)

    class Stuck:
        sent = 0

        async def send(self, _message: Any) -> None:
            self.sent += 1
            await asyncio.sleep(3600)

    stuck: Any = Stuck()
    line = SocketLine(stuck)
    with pytest.raises(ReaderGone):
        await line.send("a")
    with pytest.raises(ReaderGone):
        await line.send("b")
    await line.close(1000)
    assert stuck.sent == 1


async def test_keys_are_kept_as_long_as_somebody_follows_the_conversation() -> None:
    async def deliver(_one: Shown, _replayed: bool) -> None:
        raise AssertionError

    log = Log()
    one, two = (log.follow("c", 0, View.PARTY, deliver) for _ in range(2))
    one.close()
    assert log.keys.forgotten == []  # type: ignore[attr-defined]
    two.close()
    two.close()
    assert log.keys.forgotten == ["c"]  # type: ignore[attr-defined]
