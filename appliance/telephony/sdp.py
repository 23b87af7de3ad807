"""Session descriptions: what an offer or answer says, read and written (RFC 8866)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from itertools import pairwise

from appliance.telephony.addresses import Address
from appliance.telephony.sip_grammar import SipError, read_number

MAX_STREAMS = 16
MAX_FORMATS = 64

_MEDIA = re.compile(r"([A-Za-z0-9\-]{1,32}) ([0-9]{1,5})(?:/[0-9]{1,5})? ([A-Za-z0-9/\-]{1,32}) ([\x21-\x7e ]++)")
_CONNECTION = re.compile(r"IN (IP4|IP6) ([^ /]{1,64})(?:/[0-9/]{1,16})?")
_RTPMAP = re.compile(r"([0-9]{1,3}) +([A-Za-z0-9\-_.+]{1,64})/([0-9]{1,6})(?:/([0-9]{1,3}))?")


class Direction(StrEnum):
    """What the describing side may do; in `Media`, what *we* may do."""

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

    @property
    def mirrored(self) -> Direction:
        """The same as the other side sees it."""
        return direction(self.receives, self.sends)


_DIRECTIONS = frozenset(Direction)


def direction(sends: bool, receives: bool) -> Direction:
    if sends:
        return Direction.SENDRECV if receives else Direction.SENDONLY
    return Direction.RECVONLY if receives else Direction.INACTIVE


class Codec(StrEnum):
    """Both 8000 Hz mono, 8 bits a sample (RFC 3551)."""

    PCMU = "PCMU"
    PCMA = "PCMA"


STATIC_TYPES = {0: Codec.PCMU, 8: Codec.PCMA}


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


@dataclass(frozen=True, slots=True)
class Stream:
    """One m= section. `host` is the stream's own c= address or the session's, "" where it is no IP address."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str
    attributes: tuple[tuple[str, str], ...]
    """Its own first, then the session's."""

    def attribute(self, name: str) -> str | None:
        return next((value for known, value in self.attributes if known == name), None)

    @property
    def direction(self) -> Direction:
        return next((Direction(name) for name, _ in self.attributes if name in _DIRECTIONS), Direction.SENDRECV)

    @property
    def on_hold(self) -> bool:
        """c=0.0.0.0, the old way to say: send me nothing (RFC 3264 section 8.4)."""
        return bool(self.host) and ip_address(self.host).is_unspecified

    def encodings(self) -> dict[int, tuple[str, int]]:
        """Payload type to (name in upper case, clock rate in Hz), in the order of preference."""
        mapped: dict[int, tuple[str, int]] = {}
        for name, value in self.attributes:
            match = _RTPMAP.match(value) if name == "rtpmap" else None
            if match and (match[4] or "1") == "1":
                mapped.setdefault(int(match[1]), (match[2].upper(), int(match[3])))
        found: dict[int, tuple[str, int]] = {}
        for text in self.formats:
            if len(text) <= 3 and text.isascii() and text.isdigit() and int(text) < 128:
                kind = int(text)
                static = STATIC_TYPES.get(kind)
                encoding = mapped.get(kind) or ((static.value, 8000) if static else None)
                if encoding:
                    found[kind] = encoding
        return found


@dataclass(frozen=True, slots=True)
class Description:
    streams: tuple[Stream, ...]


def read_description(body: bytes) -> Description:
    """Read an SDP body; raises SipError (400) for what is none. Unknown lines are ignored (RFC 8866 section 5)."""
    lines = body.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    if lines[0] != "v=0" or not any(line.startswith("o=") for line in lines):
        raise SipError("Not a session description")
    starts = [index for index, line in enumerate(lines) if line.startswith("m=")]
    if len(starts) > MAX_STREAMS:
        raise SipError("Too many media streams")
    general = lines[: starts[0]] if starts else lines
    sections = [lines[start:end] for start, end in pairwise([*starts, len(lines)])]
    return Description(tuple(_read_stream(section, general) for section in sections))


def _read_stream(section: list[str], general: list[str]) -> Stream:
    match = _MEDIA.fullmatch(section[0][2:].rstrip(" "))
    if match is None:
        raise SipError("Malformed media line")
    formats = tuple(match[4].split())
    if len(formats) > MAX_FORMATS:
        raise SipError("Too many media formats")
    connection = next((line for line in (*section, *general) if line.startswith("c=")), None)
    if connection is None:
        raise SipError("A media stream without an address")
    attributes = [_read_attribute(line[2:]) for line in (*section, *general) if line.startswith("a=")]
    return Stream(
        kind=match[1].lower(),
        port=read_number(match[2], 65536, "Media port out of range"),
        protocol=match[3].upper(),
        formats=formats,
        host=_read_connection(connection[2:]),
        attributes=tuple(attributes),
    )


def _read_attribute(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name.strip().lower(), value.strip()


def _read_connection(text: str) -> str:
    match = _CONNECTION.fullmatch(text.strip())
    if match is None:
        raise SipError("Malformed media address")
    try:
        address = ip_address(match[2])
    except ValueError:
        return ""  # a host name: looking it up is not ours to do, so the stream cannot be taken
    return str(address)


@dataclass(frozen=True, slots=True)
class AudioLine:
    """An audio m-line of our own."""

    local: Address
    encodings: tuple[tuple[int, Codec], ...]
    event_payload_type: int | None
    direction: Direction
    packet_ms: int = 20
    protocol: str = "RTP/AVP"

    def write(self) -> list[str]:
        kinds = [kind for kind, _ in self.encodings] + (
            [] if self.event_payload_type is None else [self.event_payload_type]
        )
        lines = [f"m=audio {self.local.port} {self.protocol} {' '.join(map(str, kinds))}"]
        lines += [f"a=rtpmap:{kind} {codec}/8000" for kind, codec in self.encodings]
        if self.event_payload_type is not None:
            lines += [
                f"a=rtpmap:{self.event_payload_type} telephone-event/8000",
                f"a=fmtp:{self.event_payload_type} 0-16",
            ]
        return [*lines, f"a=ptime:{self.packet_ms}", f"a={self.direction}"]


def write_description(local: Address, session: int, version: int, streams: list[str]) -> bytes:
    """`streams` are the lines of all m= sections."""
    family = "IP6" if _is_ip6(local.host) else "IP4"
    lines = ["v=0", f"o=- {session} {version} IN {family} {local.host}", "s=-", f"c=IN {family} {local.host}", "t=0 0"]
    return "\r\n".join([*lines, *streams, ""]).encode()


def _is_ip6(host: str) -> bool:
    return isinstance(ip_address(host), IPv6Address)
