"""What a user agent is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from appliance.telephony.addresses import Address
from appliance.telephony.sdp import Codec
from appliance.telephony.signalling import Credentials


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
    """How long an offered call may wait for the owner; then 480."""
    answer: float = 180.0
    """How long a placed call may ring; then CANCEL."""


@dataclass(frozen=True, slots=True)
class Settings:
    address: Address
    """Where the other side reaches our SIP socket: written into Via and Contact."""
    trunks: tuple[Trunk, ...] = ()
    """A request from no trunk's source is dropped unanswered, unless it belongs to a call we placed."""
    numbers: frozenset[str] | None = None
    """Numbers that exist, 404 for others. None: every call is offered and the owner refuses."""
    codecs: tuple[Codec, ...] = (Codec.PCMU, Codec.PCMA)
    realm: str = "b2t"
    max_calls: int = 100
    """Beyond it: 486."""
    max_transactions: int = 4096
    """Beyond it: 503 with Retry-After, save for requests within a call."""
    timers: Timers = field(default_factory=Timers)
