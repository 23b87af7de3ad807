"""The 49 messages of RFC 4475, each getting what the RFC says, and thousands of damaged ones getting an answer at most.

The messages are read from `../shared/data/sip-torture` (or the folder that B2T_DATA names), where the README tells
their source.
"""

from __future__ import annotations

import os
import random
from ipaddress import ip_network
from pathlib import Path

import pytest

from appliance.telephony.addresses import Address
from appliance.telephony.signalling import AnswerCall, CallOffered, Credentials, DatagramReceived, EndCall, SendDatagram
from appliance.telephony.sip_grammar import SipError
from appliance.telephony.sip_message import Message, Request, Response, parse_message
from appliance.telephony.user_agent import Settings, Trunk, UserAgent
from tests.appliance.telephony.wire import MEDIA, OFFER, OUR, PBX, Wire, request

DATA = Path(os.environ.get("B2T_DATA", Path(__file__).parents[4] / "shared/data")) / "sip-torture"
ANYONE = Trunk("anyone", (ip_network("0.0.0.0/0"),))

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the RFC 4475 messages are not at {DATA}")

DROPPED = 0
OFFERED = 100

# File, section of RFC 4475, what our user agent does with it: a status, OFFERED to the owner, or DROPPED.
# A valid message may still get a refusal that only says what we are: no registrar (405), no such dialog (481).
EXPECTED = [
    # 3.1.1 valid messages
    ("wsinv", "3.1.1.1", 481),  # parses; its To has a tag, and no dialog of ours is called that
    ("intmeth", "3.1.1.2", 501),  # parses; the method is unknown
    ("esc01", "3.1.1.3", OFFERED),
    ("escnull", "3.1.1.4", 405),  # parses; we are no registrar
    ("esc02", "3.1.1.5", 501),  # RE%47IST%45R is not REGISTER
    ("lwsdisp", "3.1.1.6", 200),
    ("longreq", "3.1.1.7", OFFERED),
    ("dblreq", "3.1.1.8", 405),  # REGISTER; what follows it in the datagram is ignored
    ("semiuri", "3.1.1.9", 200),
    ("transports", "3.1.1.10", 200),
    ("mpart01", "3.1.1.11", 405),  # parses; we take no MESSAGE
    ("unreason", "3.1.1.12", DROPPED),  # parses; a response to nothing we asked
    ("noreason", "3.1.1.13", DROPPED),  # likewise
    # 3.1.2 invalid messages
    ("badinv01", "3.1.2.1", 400),
    ("clerr", "3.1.2.2", 400),
    ("ncl", "3.1.2.3", 400),
    ("scalar02", "3.1.2.4", 400),
    ("scalarlg", "3.1.2.5", DROPPED),
    ("quotbal", "3.1.2.6", 400),
    ("ltgtruri", "3.1.2.7", 400),
    ("lwsruri", "3.1.2.8", 400),
    ("lwsstart", "3.1.2.9", 400),
    ("trws", "3.1.2.10", 400),
    ("escruri", "3.1.2.11", 400),
    ("baddate", "3.1.2.12", OFFERED),  # "shouldn't" be rejected by who makes nothing of Date
    ("regbadct", "3.1.2.13", 400),
    ("badaspec", "3.1.2.14", 400),
    ("baddn", "3.1.2.15", 400),
    ("badvers", "3.1.2.16", 505),
    ("mismatch01", "3.1.2.17", 400),
    ("mismatch02", "3.1.2.18", 501),  # preferred to 400
    ("bigcode", "3.1.2.19", DROPPED),
    # 3.2 transaction layer
    ("badbranch", "3.2.1", 400),  # statelessly
    # 3.3 application layer
    ("insuf", "3.3.1", 400),
    ("unkscm", "3.3.2", 416),
    ("novelsc", "3.3.3", 416),
    ("unksm2", "3.3.4", 405),  # well formed; we are no registrar
    ("bext01", "3.3.5", 420),
    ("invut", "3.3.6", 415),
    ("regaut01", "3.3.7", 405),  # with credentials configured: 401, see below
    ("multi01", "3.3.8", 400),
    ("mcl01", "3.3.9", 400),
    ("bcast", "3.3.10", DROPPED),
    ("zeromf", "3.3.11", 200),  # we are the end, not a hop
    ("cparam01", "3.3.12", 405),
    ("cparam02", "3.3.13", 405),
    ("regescrt", "3.3.14", 405),
    ("sdp01", "3.3.15", 406),
    # 3.4 backward compatibility
    ("inv2543", "3.4.1", OFFERED),
]


def load(name: str) -> bytes:
    return (DATA / f"{name}.dat").read_bytes()


def parsed(name: str) -> Message:
    return parse_message(load(name))


def test_every_message_is_in_the_table() -> None:
    assert sorted(name for name, _, _ in EXPECTED) == sorted(path.stem for path in DATA.glob("*.dat"))
    assert len(EXPECTED) == 49


@pytest.mark.parametrize(("name", "section", "expected"), EXPECTED, ids=[row[0] for row in EXPECTED])
def test_a_message_gets_what_the_rfc_says(name: str, section: str, expected: int) -> None:
    wire = Wire(Settings(address=OUR, trunks=(ANYONE,)))
    wire.receives(load(name))
    offered = [notice for notice in wire.told if isinstance(notice, CallOffered)]
    statuses = [int(data.split(b" ")[1]) for data, _ in wire.sent]
    assert statuses == ([expected] if expected else [])
    assert bool(offered) is (expected == OFFERED)
    wire.passes(100)
    wire.forgets_everything()


@pytest.mark.parametrize(("name", "section", "expected"), EXPECTED, ids=[row[0] for row in EXPECTED])
def test_what_is_read_can_be_written_and_read_again(name: str, section: str, expected: int) -> None:
    try:
        message = parsed(name)
    except SipError as error:
        status = error.sip_status
        assert status in (400, 501, 505, None)
    else:
        assert isinstance(message, Request | Response)
        assert parse_message(message.encode()) == message


def test_fields_of_the_tortuous_invite() -> None:
    message = parsed("wsinv")
    assert message.to.tag == "1918181833n"
    assert (message.from_.display, message.from_.tag) == ('J Rosenberg \\"', "98asjd8")
    assert (message.cseq, message.method, message.field("Max-Forwards")) == (9, "INVITE", "0068")
    assert [(via.transport, via.host, via.branch) for via in message.via] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    assert message.field("Subject") == ""
    assert " ".join((message.field("newfangledheader") or "").split()) == "newfangled value continued newfangled value"
    assert message.field("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    (contact,) = message.addresses("Contact")
    assert contact.display == 'Quoted string ""'
    assert contact.parameters == (("newparam", "newvalue"), ("secondparam", None), ("q", "0.33"))
    (route,) = message.addresses("Route")
    assert route.uri.parameters == (("lr", None), ("unknownwith", "value"), ("unknown-no-value", None))
    assert isinstance(message, Request)
    assert message.uri.parameter("unknownparam") == ""
    assert len(message.body) == 150


def test_escapes() -> None:
    message = parsed("esc01")
    assert isinstance(message, Request)
    assert message.uri.number == "sips:user@example.com"
    assert str(message.uri) == "sip:sips%3Auser%40example.com@example.net"
    assert (message.to.uri.number, message.from_.uri.number) == ("user", "I have spaces")
    (contact,) = message.addresses("Contact")
    assert contact.uri.parameter("lr") == ""
    assert contact.uri.parameter("name") == "value%41"
    nulls = parsed("escnull")
    assert nulls.to.uri.number == "null-\0-null"
    assert [each.uri.number for each in nulls.addresses("Contact")] == ["\0", "\0\0"]


def test_a_percent_sign_that_escapes_nothing() -> None:
    message = parsed("esc02")
    assert message.method == "RE%47IST%45R"
    assert message.from_.display == "%Z%45"
    assert [each.uri.user for each in message.addresses("Contact")] == ["alias1", "alias3"]


def test_odd_but_valid_fields() -> None:
    assert parsed("lwsdisp").from_.display == "caller"
    longreq = parsed("longreq")
    assert [via.host for via in longreq.via][:2] == ["sip33.example.com", "sip32.example.com"]
    assert len(longreq.via) == 34
    assert parsed("dblreq").method == "REGISTER"
    semiuri = parsed("semiuri")
    assert isinstance(semiuri, Request)
    assert semiuri.uri.user == "user;par=u%40example.net"
    assert [via.transport for via in parsed("transports").via] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]
    multipart = parsed("mpart01")
    assert len(multipart.body) == 553
    assert multipart.content_type == "multipart/mixed"
    intmeth = parsed("intmeth")
    assert intmeth.method == "!interesting-Method0123456789_*+`.%indeed'~"
    assert intmeth.from_.display == "token1~` token2'+_ token3*%!.-"
    assert intmeth.to.display == "BEL:\x07 NUL:\0 DEL:\x7f"


def test_unusual_responses() -> None:
    unusual, empty = parsed("unreason"), parsed("noreason")
    assert isinstance(unusual, Response)
    assert isinstance(empty, Response)
    assert unusual.reason.startswith("= 2**3 * 5**2 но сто")
    assert (empty.status, empty.reason) == (100, "")
    assert parsed("bcast").via[1].host == "255.255.255.255"


def test_contact_parameters_belong_where_they_stand() -> None:
    (outside,) = parsed("cparam01").addresses("Contact")
    assert (outside.parameters, outside.uri.parameters) == ((("unknownparam", None),), ())
    (inside,) = parsed("cparam02").addresses("Contact")
    assert (inside.parameters, inside.uri.parameters) == ((), (("unknownparam", None),))
    (escaped,) = parsed("regescrt").addresses("Contact")
    assert escaped.uri.headers == "?Route=%3Csip:sip.example.com%3E"


def test_extensions_are_named_in_the_refusal() -> None:
    wire = Wire(Settings(address=OUR, trunks=(ANYONE,)))
    wire.receives(load("bext01"))
    answer = parse_message(wire.sent[0][0])
    assert answer.tokens("Unsupported") == ["nothingSupportsThis", "nothingSupportsThisEither"]


def test_an_unknown_scheme_of_authorization_is_none_at_all() -> None:
    trunk = Trunk("anyone", ANYONE.sources, (Credentials("ada", "secret"),))
    wire = Wire(Settings(address=OUR, trunks=(trunk,)))
    wire.receives(load("regaut01"))
    answer = parse_message(wire.sent[0][0])
    assert isinstance(answer, Response)
    assert answer.status == 401
    assert [value.split("algorithm=")[1][:7] for name, value in answer.fields if name == "WWW-Authenticate"] == [
        "SHA-256",
        "MD5, qo",
    ]


def test_an_old_caller_is_offered_with_its_body() -> None:
    message = parsed("inv2543")
    assert message.body.endswith(b"m=audio 49217 RTP/AVP 0\r\n")
    assert (message.via[0].branch, message.from_.tag, message.field("Max-Forwards")) == ("", "", None)


# Damaged messages

FRAGMENTS = [
    b"\r\n",
    b"\r\n ",
    b"\r\n\r\n",
    b"\0",
    b"\xff",
    b'"',
    b"\\",
    b"<",
    b">",
    b";",
    b",",
    b"@",
    b":",
    b"%",
    b"?",
]
FRAGMENTS += [
    b"Via: SIP/2.0/UDP x\r\n",
    b";tag=",
    b";rport",
    b"9" * 40,
    b"-1",
    b" " * 50,
    b"[",
    b"]",
    b"c=IN IP6 ::\r\n",
]
FRAGMENTS += [
    b"a=rtpmap:0 X/1\r\n",
    b"m=audio 1 RTP/AVP 0\r\n",
    b"Content-Length: 0\r\n",
    b"Contact: *\r\n",
    b"t: <sip:x>\r\n",
]


def damage(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(data))
        until = min(len(data), at + chance.randint(0, 20))
        match chance.randint(0, 6):
            case 0:
                data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[until:]
            case 2:
                data = data[:at] + chance.choice(FRAGMENTS) + data[at:]
            case 3:
                data = data[:at] + data[at:until] * chance.randint(2, 30) + data[until:]
            case 4:
                other = chance.choice(others)
                data = data[:at] + other[chance.randint(0, len(other)) :]
            case 5:
                lines = data.split(b"\r\n")
                chance.shuffle(lines)
                data = b"\r\n".join(lines)
            case 6:
                data = data[:at]
    return data


def wrecks(count: int, seed: int) -> list[bytes]:
    chance = random.Random(seed)
    seeds = [load(name) for name, _, _ in EXPECTED]
    for method in ("INVITE", "ACK", "CANCEL", "BYE", "INFO", "UPDATE", "NOTIFY", "OPTIONS"):
        body = OFFER if method in ("INVITE", "UPDATE") else ""
        seeds.append(request(method, body=body).replace("\r\n", "\n").replace("\n", "\r\n").encode())
    return [damage(chance.choice(seeds), seeds, chance) for _ in range(count)]


def test_ten_thousand_damaged_messages_raise_nothing_but_sip_errors() -> None:
    for data in wrecks(10_000, seed=4475):
        try:
            message = parse_message(data)
        except SipError as error:
            status = error.sip_status
            assert status in (None, 400, 413, 414, 501, 505, 513)
        else:
            assert parse_message(message.encode()) == message


def test_a_user_agent_survives_them_and_forgets_them() -> None:
    """Every call that slips through is answered or left alone; when the timers have run out nothing is left."""
    wire = Wire(Settings(address=OUR, trunks=(ANYONE,), max_transactions=500, max_calls=20))
    chance = random.Random(1)
    for data in wrecks(10_000, seed=3261):
        wire.receives(data, Address("192.0.2.50", chance.choice([5060, 5061])))
        wire.now += 0.02
        for notice in wire.told:
            if isinstance(notice, CallOffered) and chance.random() < 0.5:
                wire.hand_in(AnswerCall(notice.call, MEDIA))
                if chance.random() < 0.5:
                    wire.hand_in(EndCall(notice.call))
        wire.told.clear()
        wire.sent.clear()
        if chance.random() < 0.05:
            wire.passes(1)
        load_now = wire.agent.load
        assert load_now["calls"] <= 20
        assert load_now["transactions"] <= 1000
    wire.passes(200)
    wire.forgets_everything()


@pytest.mark.parametrize(
    "fragment", [*FRAGMENTS, b"\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx", b"\r\nX:", b" ;a", b"\\\\"]
)
@pytest.mark.parametrize("place", [b"INVITE ", b"Via: ", b"From: ", b"To: ", b"Contact: ", b"Require: ", b"v=0\r\n"])
def test_64_kib_of_anything_anywhere_get_one_small_answer_at_most(fragment: bytes, place: bytes) -> None:
    base = request("INVITE", body=OFFER, fields="Require: timer\n").replace("\r\n", "\n").replace("\n", "\r\n").encode()
    head, found, tail = base.partition(place)
    assert found
    filler = fragment * ((65_000 - len(base)) // len(fragment))
    agent = UserAgent(Settings(address=OUR, trunks=(ANYONE,)), random.Random(1).randbytes)
    outputs = agent.handle(DatagramReceived(head + place + filler + tail, PBX), 0.0)
    sent = [output for output in outputs if isinstance(output, SendDatagram)]
    assert len(sent) <= 1
    assert all(len(each.data) <= 40_000 for each in sent)
