"""Why a turn was answered so is read with the right to read conversations, and holds no words."""

from __future__ import annotations

import asyncio

import pytest

from tests.services.gateway.conftest import Shared
from tests.services.gateway.test_api import send, started

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_why_names_turn_rule_and_flows_but_no_words(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        conversation = await started(client)
        await send(client, conversation, "a sentence that nobody else says")
        for _ in range(100):
            answer = await client.get(f"/v1/conversations/{conversation}/turns/1/why")
            if answer.status_code == 200:
                break
            await asyncio.sleep(0.05)
        why = answer.json()
        assert (why["conversation"], why["number"], why["modality"]) == (conversation, 1, "text")
        assert {"candidates", "rule", "stack_before", "stack_after", "happened"} <= set(why)
        assert "sentence" not in answer.text
        assert (await client.get(f"/v1/conversations/{conversation}/turns/{why['turn']}/why")).json() == why
        for url in (f"/v1/conversations/{conversation}/turns/99/why", "/v1/conversations/nowhere/turns/1/why"):
            assert (await client.get(url)).status_code == 404
