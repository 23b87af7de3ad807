"""Asking the scribe about retention, holds and erasure over the bus."""

from __future__ import annotations

from typing import Any

from appliance.adapters.nats import Bus
from appliance.adapters.vault import refusal
from appliance.privacy.forgetting import RETENTION_ANSWERED, RETENTION_ASKED, SUBJECT, RetentionAsked

ANSWER_S = 280.0
"""The right to answer ends after five minutes."""


async def ask_retention(bus: Bus, asked: RetentionAsked) -> dict[str, Any]:
    """Raises what the scribe refuses with, Unavailable where it does not answer."""
    raw = await bus.request(SUBJECT, RETENTION_ASKED.dump_json(asked), timeout_s=ANSWER_S)
    answered = RETENTION_ANSWERED.validate_json(raw)
    if answered.code:
        raise refusal(answered.code, answered.title)
    return answered.answer
