"""One call's sound between its sockets and its ear and playback: RTP both ways, keys, RTCP, hold."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import Final

from appliance.telephony import g711
from appliance.telephony.addresses import Address
from appliance.telephony.dtmf import KeyReceiver
from appliance.telephony.jitter import JitterBuffer
from appliance.telephony.rtp import RtpReceiver, RtpSender
from appliance.telephony.sdp import Codec, Media
from appliance.turns.playback import Heard, Playback
from services.phone.clock import SendClock
from services.phone.metrics import FRAMES_SKIPPED, RTP_DROPPED, RTP_LOST, RTP_RECEIVED, RTP_SENT
from services.phone.ports import PortPairs

FRAME: Final = 160
REPORT_S: Final = 5.0
DUCK_DB: Final = 14.0
SOFTER: Final = {codec: g711.attenuation(codec, DUCK_DB) for codec in Codec}


class MediaPath:
    """Sockets from construction on; sound from `begin` to `close`."""

    def __init__(self, pairs: PortPairs, nat_host: str | None, codec: Codec) -> None:
        """Raises Full where no ports are free."""
        self._loop = asyncio.get_running_loop()
        self._pairs, self._nat_host = pairs, nat_host
        self._rtp, self._rtcp = pairs.open(self._on_rtp, self._on_rtcp)
        self._sender = RtpSender(os.urandom)
        self._receiver: RtpReceiver | None = None
        self._jitter = JitterBuffer(lambda: self._receiver.jitter_s if self._receiver else 0.0)
        self._keys = KeyReceiver()
        self._media: Media | None = None
        self._end_clock: Callable[[], object] | None = None
        self._reported_at = 0.0
        self._counted: dict[str, int] = {}
        self.codec = codec
        """What `playback` must be fed with."""
        self.playback = Playback(SOFTER[codec])
        self.heard_at = self._loop.time()
        """When the party's last packet came."""
        self.on_audio: Callable[[bytes], None] = lambda _: None
        self.on_key: Callable[[str], None] = lambda _: None
        self.on_started: Callable[[str, float], None] = lambda _name, _now: None
        self.on_ended: Callable[[Heard], None] = lambda _: None
        self.on_tick: Callable[[float], None] = lambda _: None
        self.on_sound: Callable[[bytes | None], None] | None = None
        """Told what goes out every 20 ms, None for silence, where somebody records it."""
        self.on_party: Callable[[bytes], None] | None = None
        """The same of what comes in, 16-bit."""

    @property
    def address(self) -> Address:
        return self._rtp.address

    @property
    def held(self) -> bool:
        """The other side does not want to hear us now."""
        return self._media is not None and not self._media.direction.sends

    def settle(self, media: Media) -> None:
        """Media were agreed, at first or anew."""
        if media.codec is not self.codec:
            self.playback.recode(g711.conversion(self.codec, media.codec), SOFTER[media.codec])
            self.codec = media.codec
        self._media = media
        if self._receiver is None:
            self._receiver = RtpReceiver(media, self._nat_host)
        else:
            self._receiver.change(media)
        self.heard_at = self._loop.time()

    def begin(self, clock: SendClock) -> None:
        if self._end_clock is None:
            self._reported_at = self._loop.time()
            self._end_clock = clock.add(self._tick)

    def close(self) -> None:
        """Safe to call twice."""
        if self._end_clock is not None:
            self._end_clock()
            self._end_clock = None
            self._report(bye=True)
        self._count()
        if self._rtp.open:
            self._rtp.close()
            self._rtcp.close()
            self._pairs.give_back(self._rtp)

    # -- towards the party ------------------------------------------------------------------------------------------

    def _tick(self, now: float, left_out: int) -> None:
        media, receiver = self._media, self._receiver
        if left_out:
            self._sender.skip(left_out * FRAME)
            FRAMES_SKIPPED.inc(left_out)
        if media is None or receiver is None:
            return
        if media.direction.sends:
            self._send(media, receiver, now)
        else:
            self._sender.skip(FRAME)
        self._hear(now)
        for key in self._keys.poll(now):
            self.on_key(key)
        if now - self._reported_at >= REPORT_S:
            self._reported_at = now
            self._report()
            self._count()
        self.on_tick(now)

    def _send(self, media: Media, receiver: RtpReceiver, now: float) -> None:
        sounded = self.playback.take(FRAME)
        payload = sounded.payload
        if self.on_sound is not None:
            self.on_sound(payload)
        if payload is None:
            payload = g711.silence(media.codec, FRAME)
        elif len(payload) < FRAME:
            payload += g711.silence(media.codec, FRAME - len(payload))
        self._rtp.send(self._sender.audio(media.payload_type, payload), receiver.peer)
        if sounded.ended is not None:
            self.on_ended(sounded.ended)
        if sounded.started is not None:
            self.on_started(sounded.started, now)

    # -- from the party ---------------------------------------------------------------------------------------------

    def _on_rtp(self, data: bytes, source: Address, now: float) -> None:
        receiver, media = self._receiver, self._media
        if receiver is None or media is None:
            return
        packet = receiver.receive(data, source, now)
        if packet is None:
            return
        self.heard_at = now
        if packet.is_event:
            self._jitter.skip(packet.stream, packet.sequence, now)
            keys = self._keys.receive(packet.payload, packet.stream, packet.timestamp, now, marker=packet.marker)
            for key in keys:
                self.on_key(key)
        else:
            pcm = g711.decode(media.codec, packet.payload)
            self._jitter.put(packet.stream, packet.sequence, packet.timestamp, pcm, now)
            self._hear(now)

    def _hear(self, now: float) -> None:
        audio = self._jitter.take(now)
        if audio and self._media is not None and self._media.direction.receives and not self.held:
            if self.on_party is not None:
                self.on_party(audio)
            self.on_audio(audio)

    def _on_rtcp(self, _data: bytes, _source: Address, _now: float) -> None:
        """Reports of the other side are of no use to us yet; reading them empties the socket."""

    # -- books ------------------------------------------------------------------------------------------------------

    def _report(self, *, bye: bool = False) -> None:
        if self._media is not None and self._receiver is not None:
            report = self._sender.report(self._receiver.report_block(), time.time(), bye=bye)
            self._rtcp.send(report, self._media.rtcp)

    def _count(self) -> None:
        """Add what happened since the last time to the metrics."""
        if self._receiver is None:
            return
        counts, jitter = self._receiver.counts, self._jitter.counts
        now = {
            "received": counts.received,
            "sent": self._sender.packets,
            "lost": jitter.lost,
            "stranger": counts.stranger,
            "malformed": counts.malformed,
            "other_type": counts.other_type,
            "late": jitter.late,
            "flooded": jitter.flooded,
        }
        for name, value in now.items():
            more = value - self._counted.get(name, 0)
            match name:
                case "received":
                    RTP_RECEIVED.inc(more)
                case "sent":
                    RTP_SENT.inc(more)
                case "lost":
                    RTP_LOST.inc(more)
                case _:
                    RTP_DROPPED.labels(name).inc(more)
        self._counted = now
