"""What a party does in a conversation, handed on to dialogue and the connectors; each returns once it is taken."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, Final

from appliance.access.limits import Meter, Rate
from appliance.access.tokens import new_id
from appliance.errors import Denied, Invalid, Unavailable
from appliance.events import Captured, Leave, Modality, Played, Said
from services import faults
from services.gateway import frames
from services.gateway.desk import Desk, Seat
from services.gateway.frames import Capture, Say

CODES_RATE: Final = Rate(burst=3, per_second=0.1)


class Speaker:
    """Raises what dialogue refuses with, and Unavailable where nobody takes it within the wait."""

    __slots__ = ("_codes", "_desk", "_seat")

    def __init__(self, desk: Desk, seat: Seat) -> None:
        self._desk = desk
        self._seat = seat
        self._codes: Meter | None = None

    async def say(self, frame: Say) -> None:
        seat = self._seat
        await self._desk.dialogue.accept(
            Said(
                input_id=frames.scoped_input(seat.conversation, frame.id),
                conversation=seat.conversation,
                leg=seat.leg,
                modality=Modality.TEXT,
                text=frame.text,
            )
        )

    async def capture(self, frame: Capture) -> None:
        """The digits' ciphertext goes to the connectors first; dialogue learns only that there is something."""
        if frame.box is None and not frame.cancelled:
            raise Invalid("A capture has a box, or is cancelled.")
        if frame.box is None or frame.cancelled:
            await self.captured(frame, "cancelled")
            return
        answer = await self._desk.connectors.capture(self._seat.conversation, frame.capture, frame.box)
        faults.point("gateway.captured")
        match answer.outcome:
            case "taken":
                await self.captured(frame, "valid")
            case "stale":  # the connectors have a new key since the field was shown: the flow asks anew
                await self.captured(frame, "invalid")
                raise StaleCapture("This could not be read any more. You will be asked for it again.")
            case "full":
                raise Unavailable("Too much is waiting to be looked up now.")
            case _:
                raise Invalid("A capture's box is not made as it should be.")

    async def captured(self, frame: Capture, outcome: Any) -> None:
        seat = self._seat
        await self._desk.dialogue.accept(
            Captured(
                input_id=frames.scoped_input(seat.conversation, frame.id),
                conversation=seat.conversation,
                leg=seat.leg,
                capture=frame.capture,
                outcome=outcome,
            )
        )

    async def code(self) -> str:
        """The frame that shows a one-time code."""
        now = asyncio.get_running_loop().time()
        self._codes = self._codes or Meter(CODES_RATE, now)
        if not self._codes.take(now):
            raise TooManyCodes("There were several codes already; wait a little for the next one.")
        code, expires_in = await self._desk.dialogue.code(self._seat.conversation, self._seat.leg)
        return frames.write("code", code=code, expires_in=expires_in, phone_number=self._seat.phone_number)

    async def end(self) -> None:
        seat = self._seat
        await self._desk.dialogue.accept(
            Leave(input_id=new_id(), conversation=seat.conversation, leg=seat.leg, reason="ended", ends=True)
        )

    async def played(self, reply: str) -> None:
        """Delivered; the same input id whichever tab or process reports it."""
        seat = self._seat
        given = hashlib.sha256(f"played/{seat.conversation}/{reply}".encode()).hexdigest()[:40]
        await self._desk.dialogue.accept(
            Played(input_id=given, conversation=seat.conversation, leg=seat.leg, reply=reply, heard_ms=0, total_ms=0)
        )
        faults.point("gateway.played")


class StaleCapture(Denied):
    code = "capture-stale"


class TooManyCodes(Denied):
    code, status, retryable = "too-many-codes", 429, True
