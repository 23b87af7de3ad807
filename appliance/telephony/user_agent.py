"""The SIP user agent: datagrams, timers and the owner's wishes in, commands and notices out. No socket, no clock."""

from __future__ import annotations

from collections.abc import Callable

from appliance.telephony.signalling import Input, Output
from appliance.telephony.sip_settings import Settings, Timers, Trunk

__all__ = ["Settings", "Timers", "Trunk", "UserAgent"]


class UserAgent:
    def __init__(self, settings: Settings, random_bytes: Callable[[int], bytes]) -> None:
        """`random_bytes(n)` makes tags, branches, call names and nonces: os.urandom, or a seeded generator in tests."""
        self.settings = settings
        self._random = random_bytes

    @property
    def calls(self) -> int:
        """Calls that are offered, placed or established now."""
        return 0

    def handle(self, event: Input, now: float) -> list[Output]:
        """Take one event. Never raises for anything that a datagram may hold."""
        return []
