"""An account's change, cut off between its entry in the audit log and itself, and with no audit log at all."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

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
