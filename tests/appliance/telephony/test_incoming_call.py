"""Calls that come in, each as the trace of its wire."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from appliance.telephony.addresses import Address
from appliance.telephony.sdp import Codec, Direction
from appliance.telephony.signalling import (
    AnswerCall,
    CallAnswered,
    CallConfirmed,
    CallEnded,
    CallOffered,
    ChangeMedia,
    DatagramReceived,
    DigitReceived,
    EndCall,
    EndReason,
    MediaChanged,
    MessageRejected,
    RefuseCall,
    RingCall,
    TransferCall,
    TransferProgressed,
)
from appliance.telephony.sip_message import Response
from appliance.telephony.user_agent import Settings, Trunk
from tests.appliance.telephony.wire import MEDIA, OFFER, OUR, PBX, TRUNK, Wire, reply, request


@pytest.fixture
def wire() -> Wire:
    return Wire()


def offered(wire: Wire, body: str = OFFER) -> CallOffered:
    wire.receives(request("INVITE", body=body))
    wire.sends("100 Trying")
    return wire.tells(CallOffered)


def established(wire: Wire) -> tuple[str, str]:
    """Call name and our tag."""
    call = offered(wire).call
    wire.hand_in(AnswerCall(call, MEDIA))
    tag = wire.sends("200 OK").to.tag
    wire.tells(CallAnswered)
    wire.receives(request("ACK", to_tag=tag))
    wire.tells(CallConfirmed)
    wire.is_quiet()
    return call, tag


def test_the_caller_is_answered_and_hangs_up(wire: Wire) -> None:
    wire.receives(request("INVITE", body=OFFER))
    trying = wire.sends("100 Trying")
    assert trying.to.tag == ""
    call = wire.tells(CallOffered)
    assert (call.called, call.caller, call.trunk, call.source) == ("7000", "+441", "pbx", PBX)
    assert call.media is not None
    assert call.media.remote == Address("192.0.2.50", 30000)

    wire.hand_in(RingCall(call.call))
    ringing = wire.sends("180 Ringing")
    wire.hand_in(AnswerCall(call.call, MEDIA))
    answer = wire.sends("200 OK")
    assert answer.to.tag == ringing.to.tag != ""
    assert b"m=audio 20000 RTP/AVP 0 101\r\n" in answer.body
    assert str(answer.contact) == "sip:7000@192.0.2.1:5060"
    assert wire.tells(CallAnswered).media == call.media

    wire.receives(request("ACK", to_tag=answer.to.tag))
    wire.tells(CallConfirmed)
    wire.passes(10)
    wire.is_quiet()

    wire.receives(request("BYE", cseq=2, to_tag=answer.to.tag))
    wire.sends("200 OK")
    assert wire.tells(CallEnded) == CallEnded(call.call, EndReason.REMOTE_HANGUP)
    wire.is_quiet()
    wire.forgets_everything()


def test_we_hang_up(wire: Wire) -> None:
    call, tag = established(wire)
    wire.hand_in(EndCall(call))
    assert wire.tells(CallEnded).reason is EndReason.LOCAL_HANGUP
    bye = wire.sends("BYE sip:ada@192.0.2.50:5060 SIP/2.0")
    assert (bye.from_.tag, bye.to.tag, bye.cseq) == (tag, "pbx", 1)
    wire.passes(0.6)
    assert wire.sends("BYE") == bye
    wire.receives(reply(bye, "200 OK"))
    wire.hand_in(EndCall(call))
    wire.passes(20)
    wire.is_quiet()
    wire.forgets_everything()


def test_the_200_is_repeated_until_it_is_acknowledged(wire: Wire) -> None:
    call = offered(wire).call
    wire.hand_in(AnswerCall(call, MEDIA))
    answer = wire.sends("200 OK")
    wire.tells(CallAnswered)
    wire.passes(4)  # after 0.5, 1.5 and 3.5 s
    assert [wire.sends("200 OK") for _ in range(3)] == [answer] * 3
    wire.receives(request("INVITE", body=OFFER))  # absorbed (RFC 6026)
    wire.receives(request("ACK", to_tag=answer.to.tag))
    wire.receives(request("ACK", to_tag=answer.to.tag))
    wire.tells(CallConfirmed)
    wire.passes(60)
    wire.is_quiet()


def test_a_200_that_is_never_acknowledged_ends_the_call_with_bye(wire: Wire) -> None:
    call = offered(wire).call
    wire.hand_in(AnswerCall(call, MEDIA))
    wire.passes(32)
    assert wire.told[-1] == CallEnded(call, EndReason.NOT_ACKNOWLEDGED)
    assert wire.sent[-1][0].startswith(b"BYE ")
    wire.forgets_everything()


def test_hanging_up_before_the_ack_sends_the_bye_after_it(wire: Wire) -> None:
    call = offered(wire).call
    wire.hand_in(AnswerCall(call, MEDIA))
    answer = wire.sends("200 OK")
    wire.tells(CallAnswered)
    wire.hand_in(EndCall(call))
    wire.tells(CallEnded)
    wire.is_quiet()
    wire.receives(request("ACK", to_tag=answer.to.tag))
    wire.sends("BYE")
    wire.is_quiet()
    wire.forgets_everything()


def test_the_caller_gives_up(wire: Wire) -> None:
    call = offered(wire).call
    invite = request("INVITE", body=OFFER)
    wire.receives(request("CANCEL", branch="z9hG4bK-call-1@pbx-INVITE-1"))
    wire.sends("200 OK")
    terminated = wire.sends("487 Request Terminated")
    assert wire.tells(CallEnded) == CallEnded(call, EndReason.CANCELLED, 487)
    wire.passes(0.5)
    assert wire.sends("487") == terminated
    wire.receives(invite)
    assert wire.sends("487") == terminated
    wire.receives(request("ACK", to_tag=terminated.to.tag, branch="z9hG4bK-call-1@pbx-INVITE-1"))
    wire.passes(5)
    wire.hand_in(AnswerCall(call, MEDIA))
    wire.is_quiet()
    assert wire.agent.load["timers"] == 1, "the INVITE's are gone (timer I), the CANCEL's J runs on"
    wire.forgets_everything()


def test_cancel_after_the_answer_changes_nothing(wire: Wire) -> None:
    established(wire)
    wire.receives(request("CANCEL", branch="z9hG4bK-call-1@pbx-INVITE-1"))
    wire.sends("200 OK")
    wire.is_quiet()


def test_cancel_of_nothing(wire: Wire) -> None:
    wire.receives(request("CANCEL"))
    wire.sends("481")
    wire.forgets_everything()


@pytest.mark.parametrize(("status", "line"), [(404, "404 Not Found"), (486, "486 Busy Here"), (503, "503 Service")])
def test_the_owner_refuses(wire: Wire, status: int, line: str) -> None:
    call = offered(wire).call
    wire.hand_in(RefuseCall(call, status, retry_after=30))
    refusal = wire.sends(line)
    assert refusal.field("Retry-After") == "30"
    assert wire.tells(CallEnded) == CallEnded(call, EndReason.REFUSED, status)
    wire.receives(request("ACK", to_tag=refusal.to.tag, branch="z9hG4bK-call-1@pbx-INVITE-1"))
    wire.passes(1)
    wire.is_quiet()
    wire.forgets_everything()


def test_an_offer_the_owner_forgets_is_refused_in_time(wire: Wire) -> None:
    call = offered(wire).call
    wire.passes(60.1)
    wire.sends("480")
    assert wire.tells(CallEnded).reason is EndReason.TIMED_OUT
    assert call
    wire.forgets_everything()


def test_an_invite_without_offer_is_answered_with_ours(wire: Wire) -> None:
    call = offered(wire, body="")
    assert call.media is None
    wire.hand_in(AnswerCall(call.call, MEDIA))
    answer = wire.sends("200 OK")
    assert b"m=audio 20000 RTP/AVP 0 8 101\r\n" in answer.body
    assert wire.tells(CallAnswered).media is None
    wire.receives(request("ACK", to_tag=answer.to.tag, body=OFFER.replace("0 8 101", "8 101")))
    wire.tells(CallConfirmed)
    media = wire.tells(MediaChanged).media
    assert (media.codec, media.payload_type, media.event_payload_type) == (Codec.PCMA, 8, 101)
    wire.is_quiet()


def test_an_ack_without_the_answer_it_owes_ends_the_call(wire: Wire) -> None:
    call = offered(wire, body="").call
    wire.hand_in(AnswerCall(call, MEDIA))
    answer = wire.sends("200 OK")
    wire.tells(CallAnswered)
    wire.receives(request("ACK", to_tag=answer.to.tag))
    wire.tells(CallConfirmed)
    assert wire.tells(CallEnded).reason is EndReason.NO_COMMON_MEDIA
    wire.sends("BYE")


def test_hold_and_resume(wire: Wire) -> None:
    _, tag = established(wire)
    wire.receives(request("INVITE", cseq=2, to_tag=tag, body=OFFER + "a=sendonly\r\n"))
    held = wire.sends("200 OK")
    assert b"a=recvonly\r\n" in held.body
    assert wire.tells(MediaChanged).media.direction is Direction.RECVONLY
    wire.receives(request("ACK", cseq=2, to_tag=tag))
    wire.receives(request("INVITE", cseq=3, to_tag=tag, body=OFFER + "a=inactive\r\n"))
    assert b"a=inactive\r\n" in wire.sends("200 OK").body
    assert wire.tells(MediaChanged).media.direction is Direction.INACTIVE
    wire.receives(request("ACK", cseq=3, to_tag=tag))
    wire.receives(request("INVITE", cseq=4, to_tag=tag, body=OFFER.replace("0 8 101", "8 0 101")))
    resumed = wire.sends("200 OK")
    media = wire.tells(MediaChanged).media
    assert (media.direction, media.codec) == (Direction.SENDRECV, Codec.PCMU), "the codec in use is kept"
    assert b" 3 IN IP4" in resumed.body.split(b"\r\n")[1] or b" 4 IN IP4" in resumed.body.split(b"\r\n")[1]
    wire.receives(request("ACK", cseq=4, to_tag=tag))
    wire.passes(40)
    wire.is_quiet()


def test_a_reinvite_with_nothing_in_common_leaves_the_call_as_it_was(wire: Wire) -> None:
    _, tag = established(wire)
    wire.receives(request("INVITE", cseq=2, to_tag=tag, body=OFFER.replace("0 8 101", "18")))
    wire.sends("488 Not Acceptable Here")
    wire.receives(request("ACK", cseq=2, to_tag=tag))
    wire.receives(request("BYE", cseq=3, to_tag=tag))
    wire.sends("200 OK")
    wire.tells(CallEnded)


def test_a_reinvite_during_ours_is_told_to_wait(wire: Wire) -> None:
    call, tag = established(wire)
    wire.hand_in(ChangeMedia(call, Direction.SENDONLY))
    ours = wire.sends("INVITE")
    assert b"a=sendonly\r\n" in ours.body
    wire.receives(request("INVITE", cseq=2, to_tag=tag, body=OFFER))
    wire.sends("491 Request Pending")
    wire.receives(request("ACK", cseq=2, to_tag=tag))
    wire.receives(reply(ours, "200 OK", body=OFFER + "a=recvonly\r\n"))
    wire.sends("ACK")
    assert wire.tells(MediaChanged).media.direction is Direction.SENDONLY
    wire.receives(reply(ours, "200 OK", body=OFFER + "a=recvonly\r\n"))
    wire.sends("ACK")
    wire.is_quiet()


def test_our_reinvite_that_meets_theirs_is_tried_again(wire: Wire) -> None:
    call, _ = established(wire)
    wire.hand_in(ChangeMedia(call, Direction.SENDONLY))
    wire.receives(reply(wire.sends("INVITE"), "491 Request Pending"))
    wire.sends("ACK")
    wire.passes(2.1)
    again = wire.sends("INVITE")
    assert again.cseq == 2
    wire.sent.clear()
    wire.receives(reply(again, "481 Call/Transaction Does Not Exist"))
    wire.sends("ACK")
    assert wire.tells(CallEnded).reason is EndReason.TIMED_OUT


def test_update_changes_the_media_without_an_ack(wire: Wire) -> None:
    _, tag = established(wire)
    wire.receives(request("UPDATE", cseq=2, to_tag=tag, body=OFFER.replace("30000", "30004")))
    wire.sends("200 OK")
    assert wire.tells(MediaChanged).media.remote.port == 30004
    wire.receives(request("UPDATE", cseq=3, to_tag=tag))
    assert wire.sends("200 OK").body == b""
    wire.passes(40)
    wire.is_quiet()


@pytest.mark.parametrize(
    ("kind", "body", "digit", "duration"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=250\r\n", "5", 250),
        ("application/dtmf-relay", "Signal= #\r\nDuration= 100\r\n", "#", 100),
        ("application/dtmf", "*", "*", 160),
        ("application/dtmf-relay", "Signal=11\r\n", "#", 160),
    ],
)
def test_keys_told_by_info(wire: Wire, kind: str, body: str, digit: str, duration: int) -> None:
    call, tag = established(wire)
    wire.receives(request("INFO", cseq=2, to_tag=tag, body=body, content_type=kind))
    wire.sends("200 OK")
    assert wire.tells(DigitReceived) == DigitReceived(call, digit, duration)
    wire.receives(request("INFO", cseq=2, to_tag=tag, body=body, content_type=kind))
    wire.sends("200 OK")
    wire.is_quiet()


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [("text/plain", "5", "415"), ("application/dtmf-relay", "Signal=X", "400"), ("application/dtmf", "55", "400")],
)
def test_info_that_tells_no_key(wire: Wire, kind: str, body: str, status: str) -> None:
    _, tag = established(wire)
    wire.receives(request("INFO", cseq=2, to_tag=tag, body=body, content_type=kind))
    wire.sends(status)
    wire.is_quiet()


def test_transfer(wire: Wire) -> None:
    call, tag = established(wire)
    wire.hand_in(TransferCall(call, "sip:8000@192.0.2.50"))
    refer = wire.sends("REFER sip:ada@192.0.2.50:5060")
    assert refer.field("Refer-To") == "<sip:8000@192.0.2.50>"
    wire.receives(reply(refer, "202 Accepted"))
    assert wire.tells(TransferProgressed).status == 202
    for cseq, line, status in ((2, "SIP/2.0 100 Trying", 100), (3, "SIP/2.0 200 OK", 200)):
        fields = "Event: refer\nSubscription-State: active\n"
        kind = "message/sipfrag"
        wire.receives(request("NOTIFY", cseq=cseq, to_tag=tag, body=f"{line}\r\n", content_type=kind, fields=fields))
        wire.sends("200 OK")
        assert wire.tells(TransferProgressed).status == status
    assert wire.tells(CallEnded) == CallEnded(call, EndReason.TRANSFERRED)
    wire.sends("BYE")
    wire.is_quiet()


def test_a_transfer_that_fails_leaves_the_call(wire: Wire) -> None:
    call, tag = established(wire)
    wire.hand_in(TransferCall(call, "sip:8000@192.0.2.50"))
    wire.receives(reply(wire.sends("REFER"), "202 Accepted"))
    wire.tells(TransferProgressed)
    busy = {"body": "SIP/2.0 486 Busy Here\r\n", "content_type": "message/sipfrag", "fields": "Event: refer;id=1\n"}
    wire.receives(request("NOTIFY", cseq=2, to_tag=tag, **busy))
    wire.sends("200 OK")
    assert wire.tells(TransferProgressed).status == 486
    wire.receives(request("NOTIFY", cseq=3, to_tag=tag, **busy))
    wire.sends("481")
    wire.receives(request("NOTIFY", cseq=4, to_tag=tag, fields="Event: presence\n"))
    wire.sends("489")
    wire.hand_in(TransferCall(call, "sip:8000@192.0.2.50"))
    wire.receives(reply(wire.sends("REFER"), "603 Decline"))
    assert wire.tells(TransferProgressed).status == 603
    wire.is_quiet()


def test_a_session_that_is_not_refreshed_expires(wire: Wire) -> None:
    fields = "Supported: timer\nSession-Expires: 90\n"
    wire.receives(request("INVITE", body=OFFER, fields=fields))
    wire.sends("100 Trying")
    call = wire.tells(CallOffered).call
    wire.hand_in(AnswerCall(call, MEDIA))
    answer = wire.sends("200 OK")
    assert answer.field("Session-Expires") == "90;refresher=uac"
    wire.tells(CallAnswered)
    wire.receives(request("ACK", to_tag=answer.to.tag))
    wire.tells(CallConfirmed)
    wire.passes(50)
    wire.receives(request("UPDATE", cseq=2, to_tag=answer.to.tag, fields=fields))
    wire.sends("200 OK")
    wire.passes(50)
    wire.is_quiet()
    wire.passes(20)
    assert wire.tells(CallEnded).reason is EndReason.SESSION_EXPIRED
    wire.sends("BYE")
    wire.passes(40)
    wire.sent.clear()
    wire.forgets_everything()


def test_we_refresh_the_session_where_asked_to(wire: Wire) -> None:
    wire.receives(request("INVITE", body=OFFER, fields="Supported: timer\nSession-Expires: 1800;refresher=uas\n"))
    wire.sends("100 Trying")
    wire.hand_in(AnswerCall(wire.tells(CallOffered).call, MEDIA))
    answer = wire.sends("200 OK")
    assert answer.field("Session-Expires") == "1800;refresher=uas"
    wire.tells(CallAnswered)
    wire.receives(request("ACK", to_tag=answer.to.tag))
    wire.tells(CallConfirmed)
    wire.passes(900)
    refresh = wire.sends("INVITE")
    assert refresh.field("Session-Expires") == "1800;refresher=uac"
    assert refresh.body == answer.body, "nothing changed, so neither does the version"
    wire.receives(reply(refresh, "200 OK", body=OFFER))
    wire.sends("ACK")
    wire.is_quiet()


def test_a_session_interval_too_small(wire: Wire) -> None:
    wire.receives(request("INVITE", body=OFFER, fields="Supported: timer\nSession-Expires: 30\n"))
    assert wire.sends("422").field("Min-SE") == "90"


def test_requests_follow_the_recorded_route(wire: Wire) -> None:
    route = "Record-Route: <sip:192.0.2.60:5070;lr>, <sip:192.0.2.61;lr>\n"
    wire.receives(request("INVITE", body=OFFER, fields=route))
    wire.sends("100 Trying")
    call = wire.tells(CallOffered).call
    wire.hand_in(AnswerCall(call, MEDIA))
    answer = wire.sends("200 OK")
    assert answer.tokens("Record-Route") == ["<sip:192.0.2.60:5070;lr>", "<sip:192.0.2.61;lr>"]
    wire.receives(request("ACK", to_tag=answer.to.tag))
    wire.hand_in(EndCall(call))
    bye = wire.sends("BYE sip:ada@192.0.2.50:5060", Address("192.0.2.60", 5070))
    assert bye.tokens("Route") == ["<sip:192.0.2.60:5070;lr>", "<sip:192.0.2.61;lr>"]


def test_a_strict_router_is_put_into_the_request_line(wire: Wire) -> None:
    wire.receives(request("INVITE", body=OFFER, fields="Record-Route: <sip:192.0.2.60>\n"))
    wire.sends("100 Trying")
    call = wire.tells(CallOffered).call
    wire.hand_in(AnswerCall(call, MEDIA))
    wire.receives(request("ACK", to_tag=wire.sends("200 OK").to.tag))
    wire.hand_in(EndCall(call))
    bye = wire.sends("BYE sip:192.0.2.60 SIP/2.0", Address("192.0.2.60", 5060))
    assert bye.tokens("Route") == ["<sip:ada@192.0.2.50:5060>"]


def test_ringing_too_carries_the_route(wire: Wire) -> None:
    wire.receives(request("INVITE", body=OFFER, fields="Record-Route: <sip:192.0.2.60;lr>\n"))
    wire.sends("100 Trying")
    wire.hand_in(RingCall(wire.tells(CallOffered).call))
    assert wire.sends("180 Ringing").tokens("Record-Route") == ["<sip:192.0.2.60;lr>"]


def test_a_new_contact_is_followed(wire: Wire) -> None:
    call, tag = established(wire)
    moved = request("UPDATE", cseq=2, to_tag=tag).replace("ada@192.0.2.50:5060", "ada@192.0.2.51:5070")
    wire.receives(moved)
    wire.sends("200 OK")
    wire.hand_in(EndCall(call))
    wire.sends("BYE sip:ada@192.0.2.51:5070", Address("192.0.2.51", 5070))


def test_ringing_after_the_answer_is_not_sent(wire: Wire) -> None:
    call, _ = established(wire)
    wire.hand_in(RingCall(call))
    wire.hand_in(RefuseCall(call, 486))
    wire.hand_in(AnswerCall(call, MEDIA))
    wire.is_quiet()


def test_an_offer_inside_a_multipart(wire: Wire) -> None:
    body = f"--b\nContent-Type: application/isup\n\nxyz\n--b\nContent-Type: application/sdp\n\n{OFFER}--b--\n"
    wire.receives(request("INVITE", body=body, content_type="multipart/mixed; boundary=b"))
    wire.sends("100 Trying")
    media = wire.tells(CallOffered).media
    assert media is not None
    assert media.remote.port == 30000


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/mixed;boundary=c", "multipart/mixed;boundary=b;;"])
def test_a_multipart_without_an_offer(wire: Wire, kind: str) -> None:
    wire.receives(request("INVITE", body="--b\nContent-Type: text/plain\n\nx\n--b--", content_type=kind))
    wire.sends("4")
    wire.tells(MessageRejected)
    wire.is_quiet()


def test_a_contact_elsewhere_is_not_followed(wire: Wire) -> None:
    """A caller must not aim our requests at a third party; the call's own peer gets them."""
    wire.receives(request("INVITE", body=OFFER).replace("<sip:ada@192.0.2.50:5060>", "<sip:ada@203.0.113.9:53>"))
    wire.sends("100 Trying")
    call = wire.tells(CallOffered).call
    wire.hand_in(AnswerCall(call, MEDIA))
    wire.receives(request("ACK", to_tag=wire.sends("200 OK").to.tag))
    wire.hand_in(EndCall(call))
    wire.sends("BYE sip:ada@203.0.113.9:53 SIP/2.0", PBX)


def test_responses_go_where_the_request_came_from(wire: Wire) -> None:
    nat = Address("192.0.2.99", 40000)
    wire.receives(request("OPTIONS", branch="z9hG4bK-a;rport"), nat)
    answer = wire.sends("200 OK", nat)
    assert str(answer.via[0]) == "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK-a;rport=40000;received=192.0.2.99"
    wire.receives(request("OPTIONS", cseq=2), nat)
    wire.sends("200 OK", Address("192.0.2.99", 5060))


def test_options_tell_what_we_can(wire: Wire) -> None:
    wire.receives(request("OPTIONS", uri="sip:192.0.2.1"))
    answer = wire.sends("200 OK")
    assert answer.tokens("Allow")[:2] == ["INVITE", "ACK"]
    assert answer.field("Accept") == "application/sdp"
    assert answer.to.tag
    wire.forgets_everything()


@pytest.mark.parametrize(("method", "status"), [("REGISTER", "405"), ("MESSAGE", "405"), ("JUGGLE", "501")])
def test_methods_we_do_not_serve(wire: Wire, method: str, status: str) -> None:
    wire.receives(request(method))
    assert "INVITE" in wire.sends(status).tokens("Allow")
    wire.forgets_everything()


@pytest.mark.parametrize("method", ["INVITE", "BYE", "INFO", "UPDATE", "NOTIFY", "OPTIONS"])
def test_a_dialog_nobody_knows(wire: Wire, method: str) -> None:
    wire.receives(request(method, to_tag="gone"))
    wire.sends("481")
    wire.forgets_everything()


def test_a_dialog_that_is_over(wire: Wire) -> None:
    _, tag = established(wire)
    wire.receives(request("BYE", cseq=2, to_tag=tag))
    wire.receives(request("INFO", cseq=3, to_tag=tag))
    wire.sends("200 OK")
    wire.sends("481")


def test_requests_out_of_order(wire: Wire) -> None:
    _, tag = established(wire)
    wire.receives(request("INFO", cseq=7, to_tag=tag))
    wire.sends("200 OK")
    wire.receives(request("INFO", cseq=6, to_tag=tag))
    wire.sends("500")


def test_an_extension_we_do_not_know(wire: Wire) -> None:
    wire.receives(request("INVITE", body=OFFER, fields="Require: 100rel, timer\n"))
    assert wire.sends("420 Bad Extension").field("Unsupported") == "100rel"


@pytest.mark.parametrize(
    ("offer", "status"),
    [
        (OFFER.replace("0 8 101", "18 101"), "488"),
        (OFFER.replace("m=audio", "m=video"), "488"),
        (OFFER.replace("30000", "0"), "488"),
        (OFFER.replace("c=IN IP4 192.0.2.50\r\n", ""), "400"),
        (OFFER.replace("m=audio 30000", "m=audio x"), "400"),
        ("hello", "400"),
    ],
)
def test_an_offer_we_cannot_take(wire: Wire, offer: str, status: str) -> None:
    wire.receives(request("INVITE", body=offer))
    wire.sends(status)
    wire.tells(MessageRejected)
    wire.is_quiet()


def test_the_same_request_by_two_ways(wire: Wire) -> None:
    offered(wire)
    wire.receives(request("INVITE", body=OFFER, branch="z9hG4bK-other"))
    wire.sends("482 Loop Detected")


def test_a_stranger_hears_nothing(wire: Wire) -> None:
    wire.receives(request("INVITE", body=OFFER), Address("203.0.113.5", 5060))
    wire.receives("INVITE sip:x SIP/2.0\nVia: broken\n\n", Address("203.0.113.5", 5060))
    assert wire.sent == []
    assert [wire.tells(MessageRejected).status for _ in range(2)] == [None, None]
    assert wire.agent.load["transactions"] == 0


def test_a_stranger_who_knows_the_dialog_hears_nothing(wire: Wire) -> None:
    _, tag = established(wire)
    wire.receives(request("BYE", cseq=2, to_tag=tag), Address("203.0.113.5", 5060))
    wire.tells(MessageRejected)
    wire.is_quiet()


def test_only_numbers_that_exist() -> None:
    wire = Wire(Settings(address=OUR, trunks=(TRUNK,), numbers=frozenset({"7001"})))
    wire.receives(request("INVITE", body=OFFER))
    wire.sends("404")
    wire.receives(request("INVITE", body=OFFER, uri="sip:7001@192.0.2.1", cseq=2))
    wire.sends("100")


def test_when_all_lines_are_taken() -> None:
    wire = Wire(Settings(address=OUR, trunks=(TRUNK,), max_calls=1))
    established(wire)
    wire.receives(request("INVITE", body=OFFER, call_id="call-2@pbx"))
    wire.sends("486 Busy Here")


def test_when_the_transaction_table_is_full_calls_go_on() -> None:
    wire = Wire(Settings(address=OUR, trunks=(TRUNK,), max_transactions=3))
    _, tag = established(wire)
    for cseq in range(2, 5):
        wire.receives(request("OPTIONS", cseq=cseq))
    assert [wire.sends(line) for line in ("200", "200")]
    refusal = wire.sends("503 Service Unavailable")
    assert refusal.field("Retry-After") == "5"
    wire.told.clear()
    wire.receives(request("BYE", cseq=5, to_tag=tag))
    wire.sends("200 OK")
    wire.tells(CallEnded)
    for cseq in range(6, 12):
        wire.receives(request("OPTIONS", cseq=cseq))
    assert wire.agent.load["transactions"] <= 4
    wire.forgets_everything()


def test_keepalives_are_ignored(wire: Wire) -> None:
    for data in (b"", b"\r\n\r\n", b"\0\0\0\0"):
        assert wire.hand_in(DatagramReceived(data, PBX)) == []


def test_a_caller_before_rfc_3261(wire: Wire) -> None:
    """No branch, no From tag, no Contact: matched and answered all the same (RFC 4475 section 3.4.1)."""

    def old(method: str, tag: str = "", body: str = "", cseq: int = 1) -> str:
        to = f";tag={tag}" if tag else ""
        kind = "Content-Type: application/sdp\n" if body else ""
        return (
            f"{method} sip:7000@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.50\nFrom: <sip:+441@192.0.2.50>\n"
            f"To: <sip:7000@192.0.2.1>{to}\nCall-ID: old\nCSeq: {cseq} {method}\n{kind}\n{body}"
        )

    wire.receives(old("INVITE", body=OFFER))
    wire.sends("100")
    call = wire.tells(CallOffered).call
    wire.receives(old("INVITE", body=OFFER))
    wire.sends("100")
    wire.hand_in(AnswerCall(call, MEDIA))
    tag = wire.sends("200").to.tag
    wire.tells(CallAnswered)
    wire.receives(old("ACK", tag))
    wire.tells(CallConfirmed)
    wire.receives(old("BYE", tag, cseq=2))
    wire.sends("200")
    wire.tells(CallEnded)
    wire.forgets_everything()


def test_a_stranger_among_trunks_of_either_family() -> None:
    trunk = Trunk("six", (ip_network("2001:db8::/32"),))
    wire = Wire(Settings(address=Address("2001:db8::1", 5060), trunks=(trunk,)))
    source = Address("2001:db8::7", 5062)
    wire.receives(request("OPTIONS", branch="z9hG4bK-6;rport"), source)
    answer = wire.sends("200 OK", source)
    assert isinstance(answer, Response)
    assert str(answer.contact) == "sip:7000@[2001:db8::1]:5060"


def test_settings_may_change_while_calls_go_on(wire: Wire) -> None:
    _, tag = established(wire)
    wire.agent.configure(replace(wire.agent.settings, numbers=frozenset()))
    wire.receives(request("INVITE", body=OFFER, call_id="call-2@pbx"))
    wire.sends("404")
    wire.told.clear()
    wire.receives(request("BYE", cseq=2, to_tag=tag))
    wire.sends("200 OK")
    wire.tells(CallEnded)


def test_methods_that_mean_nothing_within_a_call(wire: Wire) -> None:
    _, tag = established(wire)
    wire.receives(request("REFER", cseq=2, to_tag=tag))
    wire.sends("405")
    wire.receives(request("JUGGLE", cseq=3, to_tag=tag))
    wire.sends("501")


@pytest.mark.parametrize("status", [100, 200, 299, 700])
def test_a_refusal_is_a_refusal(status: int) -> None:
    with pytest.raises(ValueError, match="final status"):
        RefuseCall("c", status)
