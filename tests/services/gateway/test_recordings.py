"""Recordings of a conversation: listed and listened to with the right to read, and on record before that."""

from __future__ import annotations

import pytest

from tests.services.gateway.conftest import Shared
from tests.services.gateway.test_api import started

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_conversation_without_recordings_has_none_and_an_unknown_one_is_404(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        conversation = await started(client)
        assert (await client.get(f"/v1/conversations/{conversation}/recordings")).json() == {"recordings": []}
        for url in (
            f"/v1/conversations/{conversation}/recordings/leg1",
            "/v1/conversations/nowhere/recordings",
            f"/v1/conversations/{conversation}/recordings/..%2F..%2Fsecrets",
        ):
            assert (await client.get(url)).status_code in (400, 404)


async def test_nobody_listens_without_a_key(shared: Shared) -> None:
    async with shared.box.client() as client:
        assert (await client.get("/v1/conversations/c1/recordings")).status_code == 401
        assert (await client.get("/v1/conversations/c1/recordings/leg1")).status_code == 401
