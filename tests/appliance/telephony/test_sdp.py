"""Offers and answers settled, in the words of RFC 3264's examples and of PBXs seen in the field."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.telephony.addresses import Address
from appliance.telephony.sdp import Codec, Direction, Media, read_description
from appliance.telephony.sdp_negotiation import Negotiation
from appliance.telephony.sip_grammar import SipError
from tests.appliance.telephony.wire import MEDIA, OFFER


def negotiation() -> Negotiation:
    made = Negotiation(42)
    made.local = MEDIA
    return made


def body(*lines: str, connection: str | None = "IN IP4 192.0.2.50") -> bytes:
    general = ["v=0", "o=- 1 1 IN IP4 192.0.2.50", "s=-", *([f"c={connection}"] if connection else []), "t=0 0"]
    return "\r\n".join([*general, *lines, ""]).encode()


def settle(offer: bytes) -> tuple[Media, list[str]]:
    ours = negotiation()
    answer = ours.answer(ours.take_offer(offer)).decode().split("\r\n")
    assert ours.media is not None
    return ours.media, answer


def test_the_answer_in_full() -> None:
    media, answer = settle(OFFER.encode())
    assert answer == [
        "v=0",
        "o=- 42 1 IN IP4 192.0.2.1",
        "s=-",
        "c=IN IP4 192.0.2.1",
        "t=0 0",
        "m=audio 20000 RTP/AVP 0 101",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=ptime:20",
        "a=sendrecv",
        "",
    ]
    assert media == Media(
        Address("192.0.2.50", 30000), Address("192.0.2.50", 30001), Codec.PCMU, 0, 101, Direction.SENDRECV, 20
    )


@pytest.mark.parametrize(
    ("line", "attributes", "codec", "kind"),
    [
        ("m=audio 4000 RTP/AVP 8 0", [], Codec.PCMA, 8),
        ("m=audio 4000 RTP/AVP 18 9 0", ["a=rtpmap:9 G722/8000"], Codec.PCMU, 0),
        ("m=audio 4000 RTP/AVP 97 8", ["a=rtpmap:97 pcmu/8000/1"], Codec.PCMU, 97),
        ("m=audio 4000 RTP/AVP 0 8", ["a=rtpmap:0 G729/8000"], Codec.PCMA, 8),
        ("m=audio 4000 RTP/AVP 96 8", ["a=rtpmap:96 PCMU/16000"], Codec.PCMA, 8),
        ("m=audio 4000 RTP/AVPF 0", ["a=rtpmap:31 LPC"], Codec.PCMU, 0),
    ],
)
def test_the_first_codec_we_both_have(line: str, attributes: list[str], codec: Codec, kind: int) -> None:
    media, answer = settle(body(line, *attributes))
    assert (media.codec, media.payload_type, media.event_payload_type) == (codec, kind, None)
    assert f"a=rtpmap:{kind} {codec}/8000" in answer


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("sendrecv", "sendrecv"), ("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive")],
)
@pytest.mark.parametrize("level", ["session", "media"])
def test_directions_are_mirrored(asked: str, answered: str, level: str) -> None:
    lines = ["m=audio 4000 RTP/AVP 0"]
    lines.insert(0 if level == "session" else 1, f"a={asked}")
    media, answer = settle(body(*lines))
    assert media.direction == answered
    assert f"a={answered}" in answer


def test_hold_as_it_was_once_signalled() -> None:
    media, answer = settle(body("m=audio 4000 RTP/AVP 0", connection="IN IP4 0.0.0.0"))
    assert not media.direction.sends
    assert "a=recvonly" in answer


def test_other_streams_are_refused_in_their_place() -> None:
    media, answer = settle(
        body(
            "m=video 5000 RTP/AVP 31 96",
            "m=audio 0 RTP/AVP 0",
            "m=audio 6000 RTP/SAVP 0",
            "m=audio 7000 RTP/AVP 8",
            "c=IN IP4 192.0.2.60/127",
            "m=audio 8000 RTP/AVP 0",
            "m=image 9000 udptl t38",
        )
    )
    assert media.remote == Address("192.0.2.60", 7000)
    assert [line for line in answer if line.startswith("m=")] == [
        "m=video 0 RTP/AVP 31 96",
        "m=audio 0 RTP/AVP 0",
        "m=audio 0 RTP/SAVP 0",
        "m=audio 20000 RTP/AVP 8",
        "m=audio 0 RTP/AVP 0",
        "m=image 0 UDPTL t38",
    ]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ([], 20),
        (["a=ptime:30"], 30),
        (["a=ptime:200"], 60),
        (["a=ptime:5"], 10),
        (["a=ptime:x"], 20),
        (["a=maxptime:10"], 10),
        (["a=ptime:20.0"], 20),
    ],
)
def test_packet_times(attributes: list[str], expected: int) -> None:
    assert settle(body("m=audio 4000 RTP/AVP 0", *attributes))[0].packet_ms == expected


def test_rtcp_elsewhere() -> None:
    assert settle(body("m=audio 4000 RTP/AVP 0", "a=rtcp:5001 IN IP4 203.0.113.1"))[0].rtcp == ("192.0.2.50", 5001)


def test_addresses_of_the_newer_kind() -> None:
    ours = Negotiation(1)
    ours.local = Address("2001:db8::1", 20000)
    answer = ours.answer(ours.take_offer(body("m=audio 4000 RTP/AVP 0", connection="IN IP6 2001:DB8::2")))
    assert ours.media is not None
    assert ours.media.remote == Address("2001:db8::2", 4000)
    assert b"c=IN IP6 2001:db8::1\r\n" in answer


@pytest.mark.parametrize(
    ("offer", "status"),
    [
        (b"", 400),
        (b"v=1\r\no=x\r\n", 400),
        (b"v=0\r\ns=-\r\n", 400),
        (body("m=audio 4000 RTP/AVP 0", connection=None), 400),
        (body("m=audio 4000 RTP/AVP 0", connection="IN IP4"), 400),
        (body("m=audio 70000 RTP/AVP 0"), 400),
        (body("m=audio"), 400),
        (body(*["m=audio 4000 RTP/AVP 0"] * 17), 400),
        (body("m=audio 4000 RTP/AVP " + " ".join(["0"] * 65)), 400),
        (body(), 488),
        (body("m=audio 4000 RTP/AVP 18"), 488),
        (body("m=audio 4000 RTP/AVP 0", connection="IN IP4 pbx.example"), 488),
        (body("m=audio 4000 RTP/AVP 0", connection="IN IP4 224.1.1.1/3"), 488),
        (body("m=audio 4000 RTP/AVP 0", connection="IN IP4 255.255.255.255"), 488),
    ],
)
def test_offers_that_cannot_be_taken(offer: bytes, status: int) -> None:
    with pytest.raises(SipError) as caught:
        negotiation().take_offer(offer)
    assert caught.value.sip_status == status


def test_our_offer_and_its_answer() -> None:
    ours, theirs = negotiation(), Negotiation(7)
    theirs.local = Address("192.0.2.9", 4000)
    answer = theirs.answer(theirs.take_offer(ours.offer()), Direction.RECVONLY)
    media = ours.take_answer(answer)
    assert media.direction is Direction.SENDONLY
    assert (media.codec, media.remote) == (Codec.PCMU, Address("192.0.2.9", 4000))


@pytest.mark.parametrize(
    "answer",
    [
        body("m=audio 4000 RTP/AVP 0", "m=video 0 RTP/AVP 31"),
        body("m=audio 0 RTP/AVP 0"),
        body("m=audio 4000 RTP/AVP 97", "a=rtpmap:97 PCMU/8000"),
        b"",
    ],
)
def test_answers_that_are_none(answer: bytes) -> None:
    ours = negotiation()
    ours.offer()
    with pytest.raises(SipError):
        ours.take_answer(answer)


def test_an_answer_without_an_offer() -> None:
    with pytest.raises(SipError):
        negotiation().take_answer(OFFER.encode())


def test_the_version_grows_only_with_a_change() -> None:
    ours = negotiation()
    versions = []
    for offer in (OFFER, OFFER, OFFER + "a=sendonly\r\n", OFFER + "a=sendonly\r\n", OFFER):
        answer = ours.answer(ours.take_offer(offer.encode()))
        versions.append(int(answer.split(b"\r\n")[1].split()[2]))
    assert versions == [1, 1, 2, 2, 3]


lines = st.sampled_from(
    [
        "v=0",
        "o=- 1 1 IN IP4 1.2.3.4",
        "c=IN IP4 1.2.3.4",
        "c=IN IP6 ::1",
        "m=audio 1 RTP/AVP 0 8",
        "m=video 0 x 1",
        "t=0 0",
        "a=rtpmap:0 PCMU/8000",
        "a=sendonly",
        "a=ptime:20",
        "a=rtcp:",
        "m=audio 65535 RTP/AVP 999",
        "",
        "x",
        "c=IN IP4 ::1",
    ]
)


@given(st.lists(lines | st.text(max_size=20), max_size=12).map(lambda rest: "\r\n".join(["v=0", "o=x", *rest])))
@settings(deadline=None, max_examples=300)
def test_any_description_is_settled_or_refused(text: str) -> None:
    ours = negotiation()
    try:
        answer = ours.answer(ours.take_offer(text.encode("utf-8", "surrogateescape")))
    except (SipError, UnicodeEncodeError):
        return
    assert len(read_description(answer).streams) == len(read_description(text.encode()).streams)
