"""A conversation followed by server-sent events ends with the right to follow it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.access.rights import Principal, Right
from services.gateway.changes import Made
from services.gateway.desk import Seat
from services.gateway.routes import chat, events
from services.gateway.transcript import View

READER = Principal("api_key", "k", "crm", frozenset({Right.READ_CONVERSATIONS}), "api_key", "a", "administrator")
ENDED = {
    "revoked": None,
    "fewer rights": replace(READER, rights=frozenset()),
    "whose it is sees less": replace(READER, owner_role="supervisor"),
}


class Listening:
    def __init__(self, *_: object) -> None:
        self.closed = False

    def listen(self) -> None: ...

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("still", ENDED.values(), ids=list(ENDED))
async def test_a_reader_whose_right_ends_is_sent_nothing_more(still: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "CHECK_S", 0.01)
    monkeypatch.setattr(events, "Connection", Listening)
    asked: list[Any] = []

    async def look(caller: Any) -> object:
        asked.append(caller)
        return caller.user if len(asked) < 3 else still

    gate = SimpleNamespace(still=look)
    gateway: Any = SimpleNamespace(gate=gate, desk=None, streams=set(), signing_out=Made())
    caller: Any = SimpleNamespace(user=READER)
    following = events._events(gateway, caller, Seat("c1", "", None, View.REDACTED, may_speak=False), 0)
    async with asyncio.timeout(5):
        assert [sent async for sent in following] == [b"retry: 2000\n\n"]
    assert len(asked) == 3
    assert gateway.streams == set()


class Line:
    def __init__(self) -> None:
        self.closed = asyncio.Event()

    async def close(self, code: int) -> None:
        assert code == 4401
        self.closed.set()


@pytest.mark.parametrize("what", ["a stream", "a chat"])
async def test_it_is_looked_before_it_is_waited_and_no_change_is_missed_while_it_is_looked(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing here waits out an interval: it is an hour."""
    monkeypatch.setattr(events, "CHECK_S", 3600)
    monkeypatch.setattr(chat, "SESSION_S", 3600)
    made, line, looks = Made(), Line(), 0
    stands = True

    async def look(*_: Any, **__: Any) -> Principal | None:
        nonlocal looks, stands
        looks += 1
        found = READER if stands else None
        if looks == 2:  # while the first change is looked at, there is a second one
            stands = False
            made.announce()
        return found

    connection = SimpleNamespace(spoke=lambda: False, close=lambda: None)
    gateway: Any = SimpleNamespace(
        signing_out=made, gate=SimpleNamespace(still=look), accounts=SimpleNamespace(look=look)
    )
    caller: Any = SimpleNamespace(user=READER)
    far: Any = line
    if what == "a stream":
        watching = asyncio.create_task(events._while_allowed(gateway, caller, far))
    else:
        connected: Any = connection
        watching = asyncio.create_task(chat._with_session(gateway, far, connected, "digest"))
    async with asyncio.timeout(10):
        while looks < 1:  # without any change
            await asyncio.sleep(0)
        made.announce()
        await line.closed.wait()
        await watching
    assert looks == 3
