"""Offers and answers: settle one G.711 audio stream with telephone events, refuse the rest (RFC 3264, RFC 4733)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from appliance.telephony.addresses import Address
from appliance.telephony.sdp import (
    AudioLine,
    Codec,
    Description,
    Direction,
    Media,
    Stream,
    direction,
    read_description,
    write_description,
)
from appliance.telephony.sip_grammar import SipError

EVENT_PAYLOAD_TYPE = 101
_PROTOCOLS = ("RTP/AVP", "RTP/AVPF")
_PAYLOAD_TYPES = {Codec.PCMU: 0, Codec.PCMA: 8}


class Negotiation:
    """Our half of a call's offers and answers, one after another. `session` is any number below 2**62."""

    def __init__(self, session: int, codecs: Sequence[Codec] = tuple(Codec)) -> None:
        self.media: Media | None = None
        """As settled last."""
        self.local: Address | None = None
        """Where our RTP listens; set it before the first offer or answer."""
        self._session = session
        self._codecs = codecs
        self._version = 0
        self._last: tuple[Address, list[str]] | None = None
        self._offered: AudioLine | None = None

    def take_offer(self, body: bytes) -> Offer:
        """Judge an offer without answering yet. Raises SipError: 400 malformed, 488 nothing in common."""
        description = read_description(body)
        index, media = self._choose(description)
        return Offer(description, index, media)

    def answer(self, offer: Offer, wanted: Direction = Direction.SENDRECV) -> bytes:
        """The answer's body; from here on `media` is what it settles."""
        ours = direction(
            offer.media.direction.sends and wanted.sends, offer.media.direction.receives and wanted.receives
        )
        self.media = offer.media_with(ours)
        lines: list[str] = []
        for index, stream in enumerate(offer.description.streams):
            if index == offer.index:
                lines += self._line(self.media, ours, stream.protocol).write()
            else:
                lines.append(f"m={stream.kind} 0 {stream.protocol} {' '.join(stream.formats)}")
        return self._write(lines)

    def offer(self, wanted: Direction = Direction.SENDRECV) -> bytes:
        """A body that offers what is in use, or everything we can where nothing is yet."""
        if self.media:
            self._offered = self._line(self.media, wanted, "RTP/AVP")
        else:
            encodings = tuple((_PAYLOAD_TYPES[codec], codec) for codec in self._codecs)
            self._offered = AudioLine(self._where(), encodings, EVENT_PAYLOAD_TYPE, wanted)
        return self._write(self._offered.write())

    def take_answer(self, body: bytes) -> Media:
        """Settle our offer. Raises SipError where the answer is none to it (RFC 3264 section 6)."""
        offered, self._offered = self._offered, None
        description = read_description(body)
        if offered is None or len(description.streams) != 1:
            raise SipError("An answer to no offer of ours", 488)
        _, media = self._choose(description)
        if (media.payload_type, media.codec) not in offered.encodings:
            raise SipError("The answer takes what was not offered", 488)
        may = media.direction
        ours = direction(may.sends and offered.direction.sends, may.receives and offered.direction.receives)
        self.media = Offer(description, 0, media).media_with(ours)
        return self.media

    def _choose(self, description: Description) -> tuple[int, Media]:
        """The first audio stream we can take; the codec in use is kept where it is still offered."""
        for index, stream in enumerate(description.streams):
            if (
                stream.kind != "audio"
                or stream.port == 0
                or stream.protocol not in _PROTOCOLS
                or not _reachable(stream)
            ):
                continue
            taken = [
                (kind, Codec(name))
                for kind, (name, rate) in stream.encodings().items()
                if rate == 8000 and name in set(self._codecs)
            ]
            if taken:
                kept = [each for each in taken if self.media and each[1] is self.media.codec]
                return index, _media(stream, *(kept or taken)[0])
        raise SipError("No common media", 488)

    def _line(self, media: Media, wanted: Direction, protocol: str) -> AudioLine:
        encodings = ((media.payload_type, media.codec),)
        return AudioLine(self._where(), encodings, media.event_payload_type, wanted, media.packet_ms, protocol)

    def _where(self) -> Address:
        if self.local is None:
            raise SipError("No local media address yet", 500)
        return self.local

    def _write(self, lines: list[str]) -> bytes:
        """The version grows when, and only when, something changed (RFC 3264 section 8)."""
        if self._last != (self._where(), lines):
            self._version += 1
            self._last = (self._where(), lines)
        return write_description(self._where(), self._session, self._version, lines)


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that can be answered; `media` is what it allows us at most."""

    description: Description
    index: int
    media: Media

    def media_with(self, ours: Direction) -> Media:
        media = self.media
        return Media(
            media.remote, media.rtcp, media.codec, media.payload_type, media.event_payload_type, ours, media.packet_ms
        )


def _reachable(stream: Stream) -> bool:
    """Hosts that are names and groups of receivers are not."""
    return bool(stream.host) and not ip_address(stream.host).is_multicast and stream.host != "255.255.255.255"


def _media(stream: Stream, payload_type: int, codec: Codec) -> Media:
    events = [kind for kind, encoding in stream.encodings().items() if encoding == ("TELEPHONE-EVENT", 8000)]
    ours = stream.direction.mirrored
    if stream.on_hold:
        ours = direction(False, ours.receives)
    remote = Address(stream.host, stream.port)
    return Media(remote, _rtcp(stream), codec, payload_type, events[0] if events else None, ours, _packet_ms(stream))


def _rtcp(stream: Stream) -> Address:
    """The port after the media's unless a=rtcp names one (RFC 3605); another host there is not followed."""
    text = (stream.attribute("rtcp") or "").split(" ")[0]
    port = int(text) if len(text) <= 5 and text.isascii() and text.isdigit() else 0
    return Address(stream.host, port if 0 < port < 65536 else min(stream.port + 1, 65535))


def _packet_ms(stream: Stream) -> int:
    """Whole tens of milliseconds from 10 to 60; 20 where nothing sensible is asked."""

    def read(name: str) -> int | None:
        text = (stream.attribute(name) or "").split(".")[0]
        return int(text) if len(text) <= 4 and text.isascii() and text.isdigit() else None

    asked, most = read("ptime") or 20, read("maxptime") or 60
    return max(10, min(60, asked, most) // 10 * 10)
