"""The same conversation by API, end to end: every unit real."""

from __future__ import annotations

import time
from typing import Any

from tests.box.conftest import Box, Customer, new_id


def _reply_after(client: Any, conversation: str, turns: int) -> dict[str, Any]:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        found = client.get(f"/v1/conversations/{conversation}").json()
        if len([turn for turn in found["turns"] if turn.get("reply")]) > turns:
            return found
        time.sleep(0.05)
    raise AssertionError(f"no reply after turn {turns}: {found}")


def test_opening_hours_by_api(box: Box, customer: Customer) -> None:
    with box.client() as client:
        made = client.post("/v1/conversations", json={"agent": "banking"})
        assert made.status_code == 201, made.text
        conversation = made.json()["id"]
        sent = client.post(f"/v1/conversations/{conversation}/messages", json={"id": new_id(), "text": "opening hours"})
        assert sent.status_code == 202, sent.text
        time.sleep(1)
        print(client.get(f"/v1/conversations/{conversation}").text)
