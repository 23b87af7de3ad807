"""A conversation followed by server-sent events ends with the right to follow it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from services.gateway.desk import Seat
from services.gateway.routes import events
from services.gateway.transcript import View


class Listening:
    def __init__(self, *_: object) -> None:
        self.closed = False

    def listen(self) -> None: ...

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("still", [None, SimpleNamespace(rights=frozenset(), role="")], ids=["revoked", "fewer rights"])
async def test_a_reader_whose_right_ends_is_sent_nothing_more(still: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "CHECK_S", 0.01)
    monkeypatch.setattr(events, "Connection", Listening)
    asked: list[Any] = []

    async def look(caller: Any) -> object:
        asked.append(caller)
        return caller.user if len(asked) < 3 else still

    gate = SimpleNamespace(still=look)
    gateway: Any = SimpleNamespace(gate=gate, desk=None, streams=set(), signing_out=asyncio.Condition())
    caller: Any = SimpleNamespace(user=SimpleNamespace(rights=frozenset({"conversations.read"}), role=""))
    following = events._events(gateway, caller, Seat("c1", "", None, View.REDACTED, may_speak=False), 0)
    async with asyncio.timeout(5):
        assert [sent async for sent in following] == [b"retry: 2000\n\n"]
    assert len(asked) == 3
    assert gateway.streams == set()
