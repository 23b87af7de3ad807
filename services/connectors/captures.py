"""Secret digits between their capture and the one call that names them: in memory only, for two minutes at most."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.errors import Tampered
from appliance.privacy.capture import CaptureAnswer, CaptureKey, CapturePublicKey, CaptureSent

HELD_S = 120.0
MAX_HELD = 1000
MAX_A_CONVERSATION = 4
"""A conversation asks for one secret at a time; what else a client sends replaces its own, and nobody else's."""


@dataclass(slots=True)
class _Held:
    digits: bytearray
    until: float


class CaptureMemory:
    """`now` is the loop's clock in seconds. The key pair is made with it and goes with it."""

    def __init__(self) -> None:
        self._key = CaptureKey()
        self._held: dict[tuple[str, str], _Held] = {}

    @property
    def public(self) -> CapturePublicKey:
        return self._key.public

    def take(self, sent: CaptureSent, now: float) -> CaptureAnswer:
        """Decrypt and hold. A capture sent again replaces what is held."""
        self.expire(now)
        place = (sent.conversation, sent.capture)
        mine = [held for held in self._held if held[0] == sent.conversation and held != place]
        surplus = mine[: max(0, len(mine) + 1 - MAX_A_CONVERSATION)]
        if place not in self._held and len(self._held) - len(surplus) >= MAX_HELD:
            return CaptureAnswer("full", self.public)
        try:
            digits = self._key.decrypt(sent.conversation, sent.capture, sent.box)
        except Tampered:
            # Without the sender's word on which key it used, an old key is likelier than a broken sender.
            return CaptureAnswer("invalid" if sent.kid == self.public.kid else "stale", self.public)
        for replaced in (place, *surplus):
            self.wipe(*replaced)
        self._held[place] = _Held(bytearray(digits, "ascii"), now + HELD_S)
        return CaptureAnswer("taken")

    def use(self, conversation: str, capture: str, now: float) -> str | None:
        """The digits, once: they are wiped here. None where they are gone."""
        self.expire(now)
        held = self._held.get((conversation, capture))
        if held is None:
            return None
        digits = held.digits.decode("ascii")
        self.wipe(conversation, capture)
        return digits

    def wipe(self, conversation: str, capture: str) -> None:
        held = self._held.pop((conversation, capture), None)
        if held is not None:
            held.digits[:] = bytes(len(held.digits))

    def expire(self, now: float) -> None:
        for place in [place for place, held in self._held.items() if held.until <= now]:
            self.wipe(*place)

    def __len__(self) -> int:
        return len(self._held)
