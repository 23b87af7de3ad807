"""Brings a secure capture to the connectors, encrypted to their key; digits are never anywhere else."""

from __future__ import annotations

import asyncio
from typing import Final

from pydantic import ValidationError

from appliance.adapters.nats import Bus
from appliance.errors import Unavailable
from appliance.privacy.capture import (
    CAPTURE_ANSWER,
    CAPTURE_KEY,
    CAPTURE_SENT,
    CapturePublicKey,
    CaptureSent,
    encrypt_capture,
)

PATIENCE_S: Final = 10.0
PAUSE_S: Final = 0.2
TRY_S: Final = 2.0


class CaptureSender:
    """One for the process; keeps the connectors' public key until they say that it is stale."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._key: CapturePublicKey | None = None

    async def send(self, conversation: str, capture: str, digits: str) -> bool:
        """Whether the connectors hold it now; tries for ten seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_S
        while loop.time() < deadline:
            try:
                if await self._try(conversation, capture, digits):
                    return True
            except (Unavailable, ValidationError):
                pass
            await asyncio.sleep(PAUSE_S)
        return False

    async def _try(self, conversation: str, capture: str, digits: str) -> bool:
        if self._key is None:
            self._key = CAPTURE_KEY.validate_json(await self._bus.request("b2t.connectors.key", b"", TRY_S))
        box = encrypt_capture(self._key, conversation, capture, digits)
        sent = CaptureSent(conversation, capture, box, self._key.kid)
        raw = await self._bus.request("b2t.connectors.capture", CAPTURE_SENT.dump_json(sent), TRY_S)
        answer = CAPTURE_ANSWER.validate_json(raw)
        if answer.outcome in ("stale", "invalid"):
            self._key = answer.key
        return answer.outcome == "taken"
