"""Session descriptions: read, write and settle offers and answers for one G.711 audio stream (RFC 8866, RFC 3264)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.telephony.addresses import Address


class Direction(StrEnum):
    """What *we* may do, once an offer and its answer are settled."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        return self in (Direction.SENDRECV, Direction.RECVONLY)


class Codec(StrEnum):
    """Both 8000 Hz mono, 8 bits a sample (RFC 3551)."""

    PCMU = "PCMU"
    PCMA = "PCMA"


@dataclass(frozen=True, slots=True)
class Media:
    """The settled audio stream, from our side."""

    remote: Address
    """Where our RTP goes. Expect RTP from here too, allowing for NAT."""
    rtcp: Address
    codec: Codec
    payload_type: int
    """Payload type of the codec in both directions; 0 for PCMU and 8 for PCMA unless mapped otherwise."""
    event_payload_type: int | None
    """Payload type of telephone-event/8000 (RFC 4733), None where not agreed."""
    direction: Direction = Direction.SENDRECV
    packet_ms: int = 20
    """Packet time the other side asks for (a=ptime), 10 to 60 ms."""
