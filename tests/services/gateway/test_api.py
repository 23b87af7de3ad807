"""The API as an integrator uses it."""

from __future__ import annotations

import uuid

from tests.fakes.units import FakeUnits
from tests.services.gateway.conftest import Box


async def test_a_conversation_is_started_held_read_and_ended(box: Box, units: FakeUnits) -> None:
    async with box.client(await box.key()) as client:
        started = await client.post("/v1/conversations", json={"agent": "banking"})
        assert started.status_code == 201, started.text
        conversation = started.json()["conversation"]
        assert started.headers["location"] == f"/v1/conversations/{conversation}"
        id = str(uuid.uuid4())
        for _ in range(2):
            sent = await client.post(f"/v1/conversations/{conversation}/messages", json={"id": id, "text": "hi"})
            assert sent.status_code == 202, sent.text
        assert units.said == ["hi"]
        schema = await client.get("/schema/openapi.json")
        assert schema.status_code == 200, schema.text
        assert schema.json()["openapi"].startswith("3.1")
        read = await client.get(f"/v1/conversations/{conversation}")
        assert read.status_code == 200, read.text
