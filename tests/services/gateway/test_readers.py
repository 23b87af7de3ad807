"""What a role sees where a value was holds on every way out: one reading, and the events as they come."""

from __future__ import annotations

import asyncio
import uuid

import httpx

from tests.fakes.units import FakeUnits
from tests.services.gateway.conftest import Box


async def test_a_reader_sees_what_its_role_allows(own: tuple[Box, FakeUnits]) -> None:
    box, _units = own
    box.settings = '[privacy.readers.api_key]\nreading = "mask"\n'
    await box.start()
    async with box.client(await box.key()) as client, box.client(await box.key()) as other:
        made = (await client.post("/v1/conversations", json={"agent": "banking"})).json()["conversation"]
        path = f"/v1/conversations/{made}"
        said = {"id": str(uuid.uuid4()), "text": "card 4111111111111111"}
        assert (await client.post(f"{path}/messages", json=said)).status_code == 202
        async with asyncio.timeout(10):
            while "card" not in (shown := (await other.get(path)).text):
                await asyncio.sleep(0.05)
        assert "card ****" in shown
        assert "CARD_1" not in shown
        assert "CARD_1" not in await first(other, f"{path}/events", "card ****")


async def first(client: httpx.AsyncClient, path: str, until: str) -> str:
    """The events up to the one that holds `until`."""
    read = ""
    async with asyncio.timeout(10), client.stream("GET", path) as events:
        async for piece in events.aiter_text():
            read += piece
            if until in read:
                break
    return read
