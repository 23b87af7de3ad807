"""What goes into the SIP user agent and what comes out of it.

Into it go facts (past tense) and wishes of the owner (imperative); out of it come commands, which the owner must carry
out in order, and notices, which tell the owner what became of a call. Times are seconds on the owner's one monotonic
clock. A `call` is an opaque name: the user agent makes it for an incoming call, the owner for an outgoing one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from appliance.telephony.addresses import Address
from appliance.telephony.sdp import Direction, Media


@dataclass(frozen=True, slots=True)
class Credentials:
    """A digest user of a trunk. The password is never shown."""

    username: str
    password: str = field(repr=False)


class EndReason(StrEnum):
    """Why a call ended; `CallEnded.status` holds the SIP status where there was one."""

    REMOTE_HANGUP = "remote_hangup"
    LOCAL_HANGUP = "local_hangup"
    CANCELLED = "cancelled"
    """The caller gave up before the answer, or we did."""
    REFUSED = "refused"
    """By the owner (incoming) or by the other side (outgoing)."""
    NO_COMMON_MEDIA = "no_common_media"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    """Our 200 was never acknowledged: 64·T1 passed (RFC 3261 section 13.3.1.4)."""
    TIMED_OUT = "timed_out"
    """No response to a request of ours (RFC 3261 timers B and F), or no answer from the owner."""
    SESSION_EXPIRED = "session_expired"
    """The other side stopped refreshing its session timer (RFC 4028)."""
    TRANSFERRED = "transferred"


# Inputs: facts


@dataclass(frozen=True, slots=True)
class DatagramReceived:
    data: bytes = field(repr=False)
    source: Address


@dataclass(frozen=True, slots=True)
class TimerExpired:
    """A timer set by `SetTimer` has run out. A name that is no longer known is ignored."""

    name: str


# Inputs: wishes of the owner. A wish for a call that is gone or in another state does nothing.


@dataclass(frozen=True, slots=True)
class RingCall:
    """Tell the caller that it rings (180)."""

    call: str


@dataclass(frozen=True, slots=True)
class AnswerCall:
    """Take an offered call. `local` is where our RTP socket listens, as the other side must reach it."""

    call: str
    local: Address


@dataclass(frozen=True, slots=True)
class RefuseCall:
    """Turn an offered call away with a final status from 300 to 699, for example 404 for an unknown number or 486."""

    call: str
    status: int = 486
    retry_after: int | None = None

    def __post_init__(self) -> None:
        if not 300 <= self.status <= 699:
            raise ValueError("a call is refused with a final status from 300 to 699")


@dataclass(frozen=True, slots=True)
class EndCall:
    """Hang up: BYE, CANCEL, or 603 where the call is still only offered. Harmless when repeated."""

    call: str


@dataclass(frozen=True, slots=True)
class ChangeMedia:
    """Offer a new direction on an established call (re-INVITE): SENDONLY holds, SENDRECV resumes."""

    call: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class TransferCall:
    """Ask the other side to call `target` in our stead (REFER, RFC 3515). Once that call is answered, ours ends."""

    call: str
    target: str


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """Call `target`, a SIP URI, by way of `next_hop`; `local` is where our RTP socket listens."""

    call: str
    target: str
    next_hop: Address
    local: Address
    caller: str = "b2t"
    """User part of our own address."""
    credentials: Credentials | None = None


Input = (
    DatagramReceived
    | TimerExpired
    | RingCall
    | AnswerCall
    | RefuseCall
    | EndCall
    | ChangeMedia
    | TransferCall
    | PlaceCall
)


# Outputs: commands


@dataclass(frozen=True, slots=True)
class SendDatagram:
    data: bytes = field(repr=False)
    destination: Address


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Hand in `TimerExpired(name)` at `at` (seconds, monotonic). Setting a known name again moves it."""

    name: str
    at: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    name: str


Command = SendDatagram | SetTimer | CancelTimer


# Outputs: notices


@dataclass(frozen=True, slots=True)
class CallOffered:
    """An INVITE came in and 100 Trying has been sent. Answer, ring or refuse it, or it is refused in time.

    `called` and `caller` are the user parts of Request-URI and From, unescaped and free of control characters: personal
    data, and for the caller a claim that nobody checked. `media` is None where the caller made no offer.
    """

    call: str
    called: str = field(repr=False)
    caller: str = field(repr=False)
    trunk: str
    source: Address
    media: Media | None


@dataclass(frozen=True, slots=True)
class CallRang:
    """Outgoing call: a provisional response above 100. `media` is there when it carried an answer (early media)."""

    call: str
    status: int
    media: Media | None


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The 200 has been sent (incoming) or received (outgoing): RTP may flow to `media`.

    `media` is None only for an incoming call without offer, until its ACK brings `MediaChanged`.
    """

    call: str
    media: Media | None


@dataclass(frozen=True, slots=True)
class CallConfirmed:
    """The ACK of an incoming call has arrived."""

    call: str


@dataclass(frozen=True, slots=True)
class MediaChanged:
    """From now on `media` holds: hold, resume, another address or codec."""

    call: str
    media: Media


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """A key told by INFO (application/dtmf-relay or application/dtmf). RFC 4733 digits come with RTP instead."""

    call: str
    digit: str = field(repr=False)
    duration_ms: int


@dataclass(frozen=True, slots=True)
class TransferProgressed:
    """How far the transfer is, as a SIP status: 202 accepted, 1xx on its way, 200 done, from 300 on failed."""

    call: str
    status: int


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The call is over; its name will not be heard again. Every offered or placed call gets exactly one."""

    call: str
    reason: EndReason
    status: int | None = None


@dataclass(frozen=True, slots=True)
class MessageRejected:
    """A datagram was turned away: count it, never log its content. `status` is what was answered, if anything."""

    reason: str
    source: Address
    status: int | None = None


Notice = (
    CallOffered
    | CallRang
    | CallAnswered
    | CallConfirmed
    | MediaChanged
    | DigitReceived
    | TransferProgressed
    | CallEnded
    | MessageRejected
)

Output = Command | Notice
