"""A user agent under glass: hand it what the wire brings, see in order what it sends and tells, own its clock."""

from __future__ import annotations

import random
from ipaddress import ip_network
from typing import TypeVar

from appliance.telephony.addresses import Address
from appliance.telephony.signalling import (
    CancelTimer,
    DatagramReceived,
    Input,
    Notice,
    Output,
    SendDatagram,
    SetTimer,
    TimerExpired,
)
from appliance.telephony.sip_message import Request, Response, parse_message
from appliance.telephony.user_agent import Settings, Trunk, UserAgent

OUR = Address("192.0.2.1", 5060)
PBX = Address("192.0.2.50", 5060)
MEDIA = Address("192.0.2.1", 20000)
TRUNK = Trunk("pbx", (ip_network("192.0.2.0/24"),))

OFFER = (
    "v=0\r\no=pbx 1 1 IN IP4 192.0.2.50\r\ns=-\r\nc=IN IP4 192.0.2.50\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0 8 101\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n"
)

N = TypeVar("N")


class Wire:
    def __init__(self, settings: Settings | None = None, seed: int = 1) -> None:
        self.agent = UserAgent(settings or Settings(address=OUR, trunks=(TRUNK,)), random.Random(seed).randbytes)
        self.now = 1000.0
        self.timers: dict[str, float] = {}
        self.sent: list[tuple[bytes, Address]] = []
        self.told: list[Notice] = []

    def hand_in(self, event: Input) -> list[Output]:
        outputs = self.agent.handle(event, self.now)
        for output in outputs:
            match output:
                case SendDatagram(data, destination):
                    self.sent.append((data, destination))
                case SetTimer(name, at):
                    assert at > self.now, "a timer in the past"
                    self.timers[name] = at
                case CancelTimer(name):
                    del self.timers[name]
                case _:
                    self.told.append(output)
        return outputs

    def receives(self, data: bytes | str, source: Address = PBX) -> None:
        raw = data if isinstance(data, bytes) else data.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        self.hand_in(DatagramReceived(raw, source))

    def sends(self, start: str, destination: Address = PBX) -> Request | Response:
        """The next message sent starts like this and goes there."""
        assert self.sent, f"nothing was sent; expected {start}"
        data, where = self.sent.pop(0)
        line = data.split(b"\r\n", 1)[0].decode()
        message = parse_message(data)
        shown = f"{message.status} {message.reason}" if isinstance(message, Response) else line
        assert shown.startswith(start), f"sent {shown!r}, expected {start!r}"
        assert where == destination
        return message

    def tells(self, kind: type[N]) -> N:
        assert self.told, f"nothing was told; expected {kind.__name__}"
        notice = self.told.pop(0)
        assert isinstance(notice, kind), f"told {notice}, expected {kind.__name__}"
        return notice

    def is_quiet(self) -> None:
        assert [parse_message(data) for data, _ in self.sent] == []
        assert self.told == []

    def passes(self, seconds: float) -> None:
        """Let time pass; timers run out in order."""
        end = self.now + seconds
        while self.timers:
            name, at = min(self.timers.items(), key=lambda each: each[1])
            if at > end:
                break
            self.now = at
            del self.timers[name]
            self.hand_in(TimerExpired(name))
        self.now = end

    def forgets_everything(self) -> None:
        """After the longest timer nothing is left."""
        self.passes(64)
        assert self.agent.load == {"calls": 0, "dialogs": 0, "transactions": 0, "timers": 0}
        assert self.timers == {}


def request(
    method: str,
    *,
    cseq: int = 1,
    to_tag: str = "",
    branch: str = "",
    body: str = "",
    fields: str = "",
    uri: str = "sip:7000@192.0.2.1",
    content_type: str = "application/sdp",
    call_id: str = "call-1@pbx",
) -> str:
    """A request as the PBX would send it."""
    to = f"<sip:7000@192.0.2.1>;tag={to_tag}" if to_tag else "<sip:7000@192.0.2.1>"
    kind = f"Content-Type: {content_type}\n" if body else ""
    length = len(body.replace("\r\n", "\n").replace("\n", "\r\n").encode())
    return (
        f"{method} {uri} SIP/2.0\n"
        f"Via: SIP/2.0/UDP 192.0.2.50:5060;branch={branch or f'z9hG4bK-{call_id}-{method}-{cseq}'}\n"
        f'Max-Forwards: 70\nFrom: "Ada" <sip:+441@192.0.2.50>;tag=pbx\nTo: {to}\nCall-ID: {call_id}\n'
        f"CSeq: {cseq} {method}\nContact: <sip:ada@192.0.2.50:5060>\n{fields}{kind}Content-Length: {length}\n\n{body}"
    )


def reply(to: Request | Response, status: str, *, tag: str = "pbx", body: str = "", fields: str = "") -> str:
    """The PBX's response to a request of ours."""
    assert isinstance(to, Request)
    target = to.to if to.to.tag or status.startswith("100") else to.to.tagged(tag)
    kind = "Content-Type: application/sdp\n" if body else ""
    return (
        f"SIP/2.0 {status}\nVia: {to.via[0]}\nFrom: {to.from_}\nTo: {target}\nCall-ID: {to.call_id}\n"
        f"CSeq: {to.cseq} {to.method}\nContact: <sip:ada@192.0.2.50:5060>\n{fields}{kind}"
        f"Content-Length: {len(body)}\n\n{body}"
    )
