"""The SIP user agent: datagrams, timers and the owner's wishes in, commands and notices out. No socket, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from appliance.telephony.addresses import Address
from appliance.telephony.signalling import Credentials, Input, Output


@dataclass(frozen=True, slots=True)
class Trunk:
    """A PBX or carrier that may call us, known by its source addresses; with credentials, by digest as well."""

    name: str
    sources: tuple[IPv4Network | IPv6Network, ...]
    credentials: tuple[Credentials, ...] = ()


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds (RFC 3261 table 4)."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    offer: float = 60.0
    """How long an offered call may wait for the owner."""


@dataclass(frozen=True, slots=True)
class Settings:
    address: Address
    """Where the other side reaches our SIP socket: written into Via and Contact."""
    trunks: tuple[Trunk, ...] = ()
    """A datagram from no trunk's source is dropped unanswered, unless it belongs to a call we placed."""
    numbers: frozenset[str] | None = None
    """Numbers that exist, 404 for others. None: every call is offered and the owner refuses."""
    realm: str = "b2t"
    max_calls: int = 100
    max_transactions: int = 2000
    timers: Timers = field(default_factory=Timers)


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
