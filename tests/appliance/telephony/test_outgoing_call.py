"""Calls that we place, each as the trace of its wire."""

from __future__ import annotations

import pytest

from appliance.telephony.addresses import Address
from appliance.telephony.sdp import Codec, Direction
from appliance.telephony.signalling import (
    CallAnswered,
    CallEnded,
    CallRang,
    ChangeMedia,
    Credentials,
    EndCall,
    EndReason,
    MediaChanged,
    MessageRejected,
    PlaceCall,
)
from appliance.telephony.sip_digest import read_digest
from appliance.telephony.sip_grammar import SipError
from appliance.telephony.sip_message import Message
from appliance.telephony.user_agent import Settings
from tests.appliance.telephony.wire import MEDIA, OFFER, OUR, PBX, Wire, reply, request

ANSWER = OFFER.replace("0 8 101", "8 101")


@pytest.fixture
def wire() -> Wire:
    return Wire(Settings(address=OUR))


def place(wire: Wire, credentials: Credentials | None = None) -> Message:
    wire.hand_in(PlaceCall("c1", "sip:7000@pbx.example", PBX, MEDIA, credentials=credentials))
    return wire.sends("INVITE sip:7000@pbx.example SIP/2.0")


def established(wire: Wire) -> Message:
    invite = place(wire)
    wire.receives(reply(invite, "200 OK", body=ANSWER))
    wire.sends("ACK")
    wire.tells(CallAnswered)
    return invite


def test_we_call_and_hang_up(wire: Wire) -> None:
    invite = place(wire)
    assert b"m=audio 20000 RTP/AVP 0 8 101\r\n" in invite.body
    wire.receives(reply(invite, "100 Trying"))
    wire.receives(reply(invite, "180 Ringing"))
    assert wire.tells(CallRang) == CallRang("c1", 180, None)
    wire.passes(20)  # no retransmission once a provisional response is here
    wire.is_quiet()
    wire.receives(reply(invite, "200 OK", body=ANSWER))
    ack = wire.sends("ACK sip:ada@192.0.2.50:5060 SIP/2.0")
    assert (ack.cseq, ack.to.tag) == (invite.cseq, "pbx")
    assert ack.via[0].branch != invite.via[0].branch
    media = wire.tells(CallAnswered).media
    assert media is not None
    assert (media.codec, media.remote, media.event_payload_type) == (Codec.PCMA, Address("192.0.2.50", 30000), 101)

    wire.receives(reply(invite, "200 OK", body=ANSWER))
    assert wire.sends("ACK") == ack
    wire.hand_in(EndCall("c1"))
    bye = wire.sends("BYE sip:ada@192.0.2.50:5060")
    assert bye.cseq == 2
    assert wire.tells(CallEnded) == CallEnded("c1", EndReason.LOCAL_HANGUP)
    wire.receives(reply(bye, "200 OK"))
    wire.is_quiet()
    wire.forgets_everything()


def test_the_route_is_taken_backwards(wire: Wire) -> None:
    route = "Record-Route: <sip:192.0.2.61;lr>, <sip:192.0.2.50:5070;lr>\n"
    wire.receives(reply(place(wire), "200 OK", body=ANSWER, fields=route))
    ack = wire.sends("ACK sip:ada@192.0.2.50:5060", Address("192.0.2.50", 5070))
    assert ack.tokens("Route") == ["<sip:192.0.2.50:5070;lr>", "<sip:192.0.2.61;lr>"]


def test_the_called_hangs_up(wire: Wire) -> None:
    invite = established(wire)
    bye = request("BYE", to_tag=invite.from_.tag, call_id=invite.call_id)
    wire.receives(bye)
    wire.sends("200 OK")
    assert wire.tells(CallEnded).reason is EndReason.REMOTE_HANGUP
    wire.receives(bye)
    wire.sends("200 OK")
    wire.forgets_everything()


def test_early_media(wire: Wire) -> None:
    wire.receives(reply(place(wire), "183 Session Progress", body=ANSWER))
    rang = wire.tells(CallRang)
    assert rang.media is not None
    assert rang.media.codec is Codec.PCMA


def test_an_invite_is_repeated_and_given_up(wire: Wire) -> None:
    place(wire)
    wire.passes(31.9)
    assert [data.startswith(b"INVITE") for data, _ in wire.sent] == [True] * 6  # after 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s
    wire.sent.clear()
    wire.passes(0.2)
    assert wire.tells(CallEnded) == CallEnded("c1", EndReason.TIMED_OUT, 408)
    wire.forgets_everything()


@pytest.mark.parametrize("line", ["404 Not Found", "486 Busy Here", "603 Decline", "302 Moved Temporarily"])
def test_refused(wire: Wire, line: str) -> None:
    invite = place(wire)
    wire.receives(reply(invite, line))
    ack = wire.sends("ACK sip:7000@pbx.example SIP/2.0")
    assert ack.via[0] == invite.via[0]
    assert wire.tells(CallEnded) == CallEnded("c1", EndReason.REFUSED, int(line[:3]))
    wire.passes(31)
    wire.receives(reply(invite, line))
    wire.sends("ACK")
    wire.is_quiet()
    wire.forgets_everything()


def test_giving_up_waits_for_a_provisional_response(wire: Wire) -> None:
    invite = place(wire)
    wire.hand_in(EndCall("c1"))
    wire.is_quiet()
    wire.receives(reply(invite, "100 Trying"))
    cancel = wire.sends("CANCEL sip:7000@pbx.example SIP/2.0")
    assert cancel.via == invite.via
    assert cancel.cseq == invite.cseq
    wire.receives(reply(cancel, "200 OK"))
    wire.receives(reply(invite, "487 Request Terminated"))
    wire.sends("ACK")
    assert wire.tells(CallEnded) == CallEnded("c1", EndReason.CANCELLED, 487)
    wire.is_quiet()
    wire.forgets_everything()


def test_an_answer_that_crosses_our_cancel_is_hung_up(wire: Wire) -> None:
    invite = place(wire)
    wire.receives(reply(invite, "180 Ringing"))
    wire.tells(CallRang)
    wire.hand_in(EndCall("c1"))
    wire.sends("CANCEL")
    wire.receives(reply(invite, "200 OK", body=ANSWER))
    wire.sends("ACK")
    wire.sends("BYE")
    assert wire.tells(CallEnded).reason is EndReason.CANCELLED
    wire.passes(0.1)
    wire.is_quiet()
    wire.forgets_everything()


def test_it_rings_for_too_long(wire: Wire) -> None:
    invite = place(wire)
    wire.receives(reply(invite, "180 Ringing"))
    wire.tells(CallRang)
    wire.passes(180.1)
    wire.sends("CANCEL")
    wire.receives(reply(invite, "487 Request Terminated"))
    assert wire.tells(CallEnded).reason is EndReason.TIMED_OUT


def test_a_second_fork_is_hung_up(wire: Wire) -> None:
    invite = established(wire)
    wire.receives(reply(invite, "200 OK", tag="other", body=ANSWER))
    assert wire.sends("ACK").to.tag == "other"
    assert wire.sends("BYE").to.tag == "other"
    wire.told.clear()
    assert wire.agent.calls == 1


def test_an_answer_we_cannot_use(wire: Wire) -> None:
    wire.receives(reply(place(wire), "200 OK", body=OFFER.replace("0 8 101", "18")))
    wire.sends("ACK")
    wire.sends("BYE")
    assert wire.tells(CallEnded).reason is EndReason.NO_COMMON_MEDIA
    wire.forgets_everything()


@pytest.mark.parametrize(
    ("status", "asks", "answers"),
    [("401", "WWW-Authenticate", "Authorization"), ("407", "Proxy-Authenticate", "Proxy-Authorization")],
)
def test_a_password_is_asked_for(wire: Wire, status: str, asks: str, answers: str) -> None:
    invite = place(wire, Credentials("ada", "secret"))
    challenge = f'{asks}: Digest realm="pbx", nonce="abc", algorithm=MD5, qop="auth"\n'
    challenge += f'{asks}: Digest realm="pbx", nonce="abc", algorithm=SHA-256, qop="auth,auth-int", opaque="o"\n'
    wire.receives(reply(invite, f"{status} Unauthorized", fields=challenge))
    wire.sends("ACK")
    again = wire.sends("INVITE")
    assert (again.cseq, again.call_id, again.from_) == (invite.cseq + 1, invite.call_id, invite.from_)
    given = read_digest(again.field(answers) or "") or {}
    assert (given["algorithm"], given["opaque"], given["nc"]) == ("SHA-256", "o", "00000001")
    wire.receives(reply(again, "200 OK", body=ANSWER))
    wire.sends("ACK")
    wire.tells(CallAnswered)


def test_a_password_that_is_not_taken(wire: Wire) -> None:
    invite = place(wire, Credentials("ada", "wrong"))
    for _ in range(2):
        challenge = 'WWW-Authenticate: Digest realm="pbx", nonce="abc", qop="auth"\n'
        wire.receives(reply(invite, "401 Unauthorized", fields=challenge))
        wire.sends("ACK")
        invite = wire.sends("INVITE")
    wire.receives(reply(invite, "401 Unauthorized", fields='WWW-Authenticate: Digest realm="pbx", nonce="abc"\n'))
    wire.sends("ACK")
    assert wire.tells(CallEnded) == CallEnded("c1", EndReason.REFUSED, 401)
    wire.forgets_everything()


def test_a_challenge_without_credentials_or_of_no_known_kind(wire: Wire) -> None:
    wire.receives(reply(place(wire), "401 Unauthorized", fields='WWW-Authenticate: Digest realm="x", nonce="y"\n'))
    wire.sends("ACK")
    assert wire.tells(CallEnded).status == 401


def test_hold(wire: Wire) -> None:
    established(wire)
    wire.hand_in(ChangeMedia("c1", Direction.SENDONLY))
    invite = wire.sends("INVITE sip:ada@192.0.2.50:5060")
    assert b"m=audio 20000 RTP/AVP 8 101\r\n" in invite.body
    wire.receives(reply(invite, "200 OK", body=ANSWER + "a=recvonly\r\n"))
    wire.sends("ACK")
    assert wire.tells(MediaChanged).media.direction is Direction.SENDONLY


def test_responses_that_are_not_ours(wire: Wire) -> None:
    invite = place(wire)
    other = reply(invite, "200 OK", body=ANSWER)
    wire.receives(other.replace("z9hG4bK", "z9hG4bKx"))
    wire.tells(MessageRejected)
    wire.receives(other.replace("From:", "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK7\nFrom:"))
    wire.tells(MessageRejected)
    wire.is_quiet()


@pytest.mark.parametrize("target", ["7000", "tel:7000", "sip:a b@c", "sip:x@y?Route=z", "sip:x@y\r\nVia: z"])
def test_targets_that_are_no_sip_uri(wire: Wire, target: str) -> None:
    with pytest.raises(SipError):
        wire.hand_in(PlaceCall("c1", target, PBX, MEDIA))
    assert wire.agent.calls == 0


def test_the_password_is_never_shown() -> None:
    assert "secret" not in repr(PlaceCall("c", "sip:x@y", PBX, MEDIA, credentials=Credentials("ada", "secret")))
