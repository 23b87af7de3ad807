"""An account's change, cut off between its entry in the audit log and itself, and with no audit log at all."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from appliance.config import load_config
from services.gateway.setup_link import setup_link
from tests.services.gateway.conftest import PASSWORD, place
from tests.services.gateway.test_accounts import person, set_up, sign_in


async def test_killed_between_the_entry_and_the_change_it_did_not_happen(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as (box, units):
        fault = tmp_path / "fault"
        box.environment["B2T_FAULT_FILE"] = str(fault)
        await box.start()
        await set_up(box)
        async with person(box) as admin:
            await sign_in(admin, "admin", PASSWORD)
            fault.write_text("gateway.change_told 1")
            with pytest.raises(httpx.HTTPError):
                await admin.post("/v1/accounts", json={"name": "jordan", "role": "member"})
        await box.died()
        await box.start()
        async with person(box) as admin:
            await sign_in(admin, "admin", PASSWORD)
            assert [one["name"] for one in (await admin.get("/v1/accounts")).json()["accounts"]] == ["admin"]
            entries = [json.loads(data) async for _, data in units.bus.read("AUDIT", "b2t.audit.gateway")]
            assert [entry["action"] for entry in entries].count("account_created") == 1
            box.nats.kill()
            answer = await admin.post("/v1/accounts", json={"name": "sam", "role": "member"})
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            box.nats.start()
            assert [one["name"] for one in (await admin.get("/v1/accounts")).json()["accounts"]] == ["admin"]


async def test_with_no_audit_log_there_is_no_first_administrator_and_the_link_stays_good(tmp_path: Path) -> None:
    async with place(tmp_path) as (box, units):
        await box.start()
        link = setup_link(box.paths, load_config(box.paths)) or ""
        body = {"token": link.partition("#")[2], "name": "admin", "password": PASSWORD}
        box.nats.kill()
        async with person(box) as client:
            answer = await client.post("/v1/setup", json=body)
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert answer.json()["title"] == "This cannot be put on record now, so it was not done."
            box.nats.start()
            async with asyncio.timeout(20):
                while (answer := await client.post("/v1/setup", json=body)).status_code in (429, 503):
                    await asyncio.sleep(0.5)
            assert answer.status_code == 204, answer.text
        actions = [json.loads(data)["action"] async for _, data in units.bus.read("AUDIT", "b2t.audit.gateway")]
        assert actions[-1] == "setup_completed"
