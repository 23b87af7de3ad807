"""A caller: places a real SIP call, speaks PCM and presses keys into it, and records what it hears and when.

Used by `b2t call`, tests and benchmarks; the same SIP and RTP machines as the phone service, from the other side.

    async with SipCaller(Address("127.0.0.1", 5060)) as caller:
        await caller.dial("1000")
        greeting = await caller.reply()
        await caller.say(pcm)                       # 16-bit mono, 8000 Hz
        answer = await caller.reply()
        await caller.press("1234#")
        await caller.hang_up()

or in one go: `record = await call(address, "1000", [CallTurn(pcm=…), CallTurn(keys="1234#")])`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final, Self

import numpy as np

from appliance.adapters.udp import EXPEDITED, UdpSocket
from appliance.errors import Unavailable
from appliance.telephony import g711
from appliance.telephony.addresses import Address
from appliance.telephony.dtmf import key_packets
from appliance.telephony.recording import AUDIBLE, Recording
from appliance.telephony.rtp import RtpReceiver, RtpSender
from appliance.telephony.sdp import Codec, Direction, Media
from appliance.telephony.signalling import (
    CallAnswered,
    CallEnded,
    CancelTimer,
    ChangeMedia,
    DatagramReceived,
    EndCall,
    Input,
    MediaChanged,
    PlaceCall,
    SendDatagram,
    SetTimer,
    TimerExpired,
)
from appliance.telephony.user_agent import Settings, Trunk, UserAgent

FRAME: Final = 160
"""Samples in 20 ms."""
LOOPBACK: Final = Address("127.0.0.1", 0)
MAX_PACKETS: Final = 90_000
"""Half an hour; what comes later is not recorded."""
_CALL: Final = "caller"


class CallRefused(Unavailable):
    """The call was not answered; `status` is the SIP status, None where nothing answered at all."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"The call was not answered (SIP status {status})." if status else "Nobody answered the call.")
        self.sip_status = status


@dataclass(frozen=True, slots=True)
class CallTurn:
    """What the caller does next, once the agent has fallen silent.

    With `interrupt_ms` it begins that long after the agent's next words began, without waiting for their end.
    """

    pcm: bytes = field(default=b"", repr=False)
    keys: str = field(default="", repr=False)
    interrupt_ms: int | None = None


@dataclass(frozen=True, slots=True)
class HeardReply:
    """One stretch of the agent's speech. Times in seconds since the answer."""

    began_s: float
    ended_s: float
    pcm: bytes = field(repr=False)
    latency_ms: float | None = None
    """From the end of the sound in what the caller said last (or the last key's end) to the reply's first sound."""

    @property
    def is_silent(self) -> bool:
        return not self.pcm


@dataclass(frozen=True, slots=True)
class CallRecord:
    answer_ms: float
    """From the INVITE to the 200."""
    greeting_ms: float | None
    """From the 200 to the first sound."""
    replies: tuple[HeardReply, ...]
    """The greeting, then one for each turn; a silent one where nothing was said before the time limit or the end."""
    heard: bytes = field(repr=False)
    """PCM of everything heard since the answer."""
    ended_by_agent: bool = False
    packets: int = 0
    lost: int = 0
    jitter_ms: float = 0.0


async def call(
    address: Address,
    number: str,
    turns: Sequence[CallTurn] = (),
    *,
    local: Address = LOOPBACK,
    codec: Codec = Codec.PCMU,
    reply_timeout_s: float = 15.0,
    quiet_ms: int = 700,
    await_end: bool = False,
) -> CallRecord:
    """Place a call and go through `turns`. With `await_end` the agent is expected to hang up, else we do.

    Raises CallRefused where the call is not answered.
    """
    async with SipCaller(address, local=local, codec=codec) as caller:
        await caller.dial(number)
        replies: list[HeardReply] = []
        for turn in turns:
            if turn.interrupt_ms is None:
                replies.append(await caller.reply(timeout_s=reply_timeout_s, quiet_ms=quiet_ms))
            else:
                await caller.sound(timeout_s=reply_timeout_s)
                await asyncio.sleep(turn.interrupt_ms / 1000)
            if turn.pcm:
                await caller.say(turn.pcm)
            if turn.keys:
                await caller.press(turn.keys)
        replies.append(await caller.reply(timeout_s=reply_timeout_s, quiet_ms=quiet_ms))
        if await_end:
            await caller.ended(reply_timeout_s)
        ended_by_agent = caller.is_over
        await caller.hang_up()
        return caller.record(tuple(replies), ended_by_agent)


class SipCaller:
    """One call at a time, over sockets of its own. Leave `async with` and the call is hung up."""

    def __init__(
        self,
        address: Address,
        *,
        local: Address = LOOPBACK,
        codec: Codec = Codec.PCMU,
        caller: str = "caller",
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._address, self._local, self._codec, self._caller = address, local, codec, caller
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._answered: asyncio.Future[float] = self._loop.create_future()
        self._over = asyncio.Event()
        self._media: Media | None = None
        self._receiver: RtpReceiver | None = None
        self._sender = RtpSender(os.urandom)
        self._outbox = bytearray()
        self._keys: list[tuple[bytes, bool] | None] = []
        self._event_timestamp = 0
        self._ear = Recording()
        self._quiet_since = 0.0
        """When the caller's own last sound or key ended."""
        self._invited_at = self._answered_at = 0.0
        self._ticking: asyncio.Task[None] | None = None
        self._beat = asyncio.Event()
        """Set at every tick, and then another one."""
        self._reply_from = 0.0
        self.arrivals: list[tuple[int, float]] = []
        """Sequence number and kernel time of arrival (the loop's clock) of every packet heard."""

    async def __aenter__(self) -> Self:
        self._sip = UdpSocket(self._local, self._on_sip)
        self._rtp = UdpSocket(Address(self._local.host, 0), self._on_rtp, tos=EXPEDITED, kernel_times=True)
        trunk = Trunk("box", (ip_network(self._address.host),))
        settings = Settings(self._sip.address, (trunk,), numbers=frozenset(), codecs=(self._codec,))
        self._agent = UserAgent(settings, os.urandom)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hang_up()
        if self._ticking:
            self._ticking.cancel()
        for timer in self._timers.values():
            timer.cancel()
        self._sip.close()
        self._rtp.close()

    # -- what the caller does ---------------------------------------------------------------------------------------

    async def dial(self, number: str, timeout_s: float = 15.0) -> float:
        """Place the call; milliseconds until it was answered. Raises CallRefused."""
        self._invited_at = self._loop.time()
        target = f"sip:{number}@{self._address.host}:{self._address.port}"
        self._handle(PlaceCall(_CALL, target, self._address, self._rtp.address, caller=self._caller))
        try:
            self._answered_at = await asyncio.wait_for(asyncio.shield(self._answered), timeout_s)
        except TimeoutError:
            self._handle(EndCall(_CALL))
            raise CallRefused(None) from None
        self._ear.begin(self._answered_at)
        self._quiet_since = self._reply_from = self._answered_at
        self._ticking = asyncio.create_task(self._tick(), name="caller's clock")
        return (self._answered_at - self._invited_at) * 1000

    async def say(self, pcm: bytes) -> None:
        """Speak; returns when the last frame is sent. 16-bit mono PCM at 8000 Hz."""
        self._outbox += g711.encode(self._codec, pcm)
        self._reply_from = self._loop.time()
        while (self._outbox or self._keys) and not self.is_over:
            await self._next_tick()
        self._quiet_since = self._loop.time() - _silent_tail(pcm) / g711.RATE
        self._reply_from = self._quiet_since

    async def press(self, keys: str, duration_ms: int = 100, pause_ms: int = 100) -> None:
        """Press keys, as RFC 4733 events; returns when the last is sent."""
        for key in keys:
            self._keys += [(packet.payload, packet.marker) for packet in key_packets(key, duration_ms)]
            self._keys += [None] * (pause_ms // 20)
        while self._keys and not self.is_over:
            await self._next_tick()
        self._quiet_since = self._reply_from = self._loop.time() - pause_ms / 1000

    def hold(self, direction: Direction = Direction.SENDONLY) -> None:
        """Offer another direction; `Direction.SENDRECV` takes the call back."""
        self._handle(ChangeMedia(_CALL, direction))

    def stop_sending(self) -> None:
        """Fall silent as a broken network does: no RTP any more, but the call stays up."""
        if self._ticking:
            self._ticking.cancel()

    def inject(self, data: bytes, destination: Address) -> None:
        """Send any datagram from the call's RTP port."""
        self._rtp.send(data, destination)

    async def sound(self, timeout_s: float = 15.0) -> float | None:
        """Wait until the agent speaks; when it began, in seconds since the answer. None: it did not."""
        deadline = self._loop.time() + timeout_s
        while not self.is_over and self._loop.time() < deadline:
            began = self._ear.first_after(self._reply_from)
            if began is not None:
                return began - self._answered_at
            await self._next_tick()
        return None

    async def reply(self, timeout_s: float = 15.0, quiet_ms: int = 700) -> HeardReply:
        """What the agent says next, until it has been silent for `quiet_ms`; a silent one if it says nothing."""
        wanted_from = self._reply_from
        began = await self.sound(timeout_s)
        if began is None:
            return HeardReply(0.0, 0.0, b"")
        while not self.is_over and self._loop.time() - self._ear.last_sound < quiet_ms / 1000:
            await self._next_tick()
        start, end = began + self._answered_at, self._ear.last_sound + FRAME / g711.RATE
        self._reply_from = self._loop.time()
        latency = (start - wanted_from) * 1000 if wanted_from == self._quiet_since else None
        pcm = self._ear.between(start, end)
        return HeardReply(began, end - self._answered_at, pcm, latency)

    async def ended(self, timeout_s: float = 15.0) -> bool:
        """Wait for the agent to hang up; whether it did."""
        try:
            await asyncio.wait_for(self._over.wait(), timeout_s)
        except TimeoutError:
            return False
        return True

    async def hang_up(self) -> None:
        """End the call; harmless when it is over."""
        if not self._over.is_set() and self._invited_at:
            self._handle(EndCall(_CALL))
            await self.ended(2.0)

    # -- what came of it --------------------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    @property
    def media(self) -> Media | None:
        return self._media

    @property
    def heard(self) -> bytes:
        """PCM of everything heard since the answer, holes as silence."""
        return self._ear.everything()

    def record(self, replies: tuple[HeardReply, ...] = (), ended_by_agent: bool = False) -> CallRecord:
        first = self._ear.first_after(self._answered_at)
        numbers = [number for number, _ in self.arrivals]
        return CallRecord(
            answer_ms=(self._answered_at - self._invited_at) * 1000,
            greeting_ms=(first - self._answered_at) * 1000 if first is not None else None,
            replies=replies,
            heard=self.heard,
            ended_by_agent=ended_by_agent,
            packets=len(numbers),
            lost=max(numbers) - min(numbers) + 1 - len(set(numbers)) if numbers else 0,
            jitter_ms=self._receiver.jitter_s * 1000 if self._receiver else 0.0,
        )

    # -- sockets and clock ------------------------------------------------------------------------------------------

    def _handle(self, event: Input) -> None:
        for output in self._agent.handle(event, self._loop.time()):
            match output:
                case SendDatagram(data, destination):
                    self._sip.send(data, destination)
                case SetTimer(name, at):
                    self._cancel(name)
                    self._timers[name] = self._loop.call_at(at, self._expire, name)
                case CancelTimer(name):
                    self._cancel(name)
                case CallAnswered(_, media) | MediaChanged(_, media):
                    self._settle(media)
                case CallEnded():
                    self._end(output)
                case _:
                    pass

    def _settle(self, media: Media | None) -> None:
        self._media = media
        if media is not None:
            if self._receiver is None:
                self._receiver = RtpReceiver(media)
            else:
                self._receiver.change(media)
        if not self._answered.done():
            self._answered.set_result(self._loop.time())

    def _end(self, ended: CallEnded) -> None:
        self._over.set()
        if not self._answered.done():
            self._answered.set_exception(CallRefused(ended.status))
            self._answered.exception()

    def _cancel(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _expire(self, name: str) -> None:
        self._timers.pop(name, None)
        self._handle(TimerExpired(name))

    def _on_sip(self, data: bytes, source: Address, _now: float) -> None:
        self._handle(DatagramReceived(data, source))

    def _on_rtp(self, data: bytes, source: Address, now: float) -> None:
        if self._receiver is None or self._media is None:
            return
        received = self._receiver.receive(data, source, now)
        if received is not None and not received.is_event and len(self.arrivals) < MAX_PACKETS:
            self.arrivals.append((received.sequence, now))
            self._ear.hear(received, g711.decode(self._media.codec, received.payload), now)

    async def _next_tick(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._beat.wait(), 0.1)

    async def _tick(self) -> None:
        """Send 20 ms every 20 ms, counted from the answer so that nothing drifts."""
        number = 0
        while not self.is_over:
            self._send_frame()
            self._beat.set()
            self._beat = asyncio.Event()
            number += 1
            due = self._answered_at + number * 0.02
            await asyncio.sleep(max(0.0, due - self._loop.time()))

    def _send_frame(self) -> None:
        media = self._media
        if media is None or not media.direction.sends:
            return
        event = self._keys.pop(0) if self._keys and not self._outbox else None
        if event is not None and media.event_payload_type is not None:
            payload, marker = event
            if marker:
                self._event_timestamp = self._sender.timestamp
            data = self._sender.event(media.event_payload_type, payload, self._event_timestamp, marker)
            self._sender.skip(FRAME)
        else:
            frame = bytes(self._outbox[:FRAME])
            del self._outbox[:FRAME]
            frame += g711.silence(media.codec, FRAME - len(frame))
            data = self._sender.audio(media.payload_type, frame)
        self._rtp.send(data, media.remote)


def _silent_tail(pcm: bytes) -> int:
    """Samples after the last sound."""
    samples = np.abs(np.frombuffer(pcm, "<i2", len(pcm) // 2).astype(np.int32))
    loud = np.flatnonzero(samples >= 2 * AUDIBLE)
    return len(samples) - int(loud[-1]) - 1 if len(loud) else 0
