"""Digest authentication, against the published examples and between our own two ends."""

from __future__ import annotations

import random
from dataclasses import replace
from ipaddress import ip_network

import pytest

from appliance.telephony.signalling import CallOffered, Credentials
from appliance.telephony.sip_digest import (
    MAX_NONCES,
    Challenger,
    DigestAnswer,
    Verdict,
    answer_challenge,
    read_digest,
)
from appliance.telephony.sip_message import Request, Response, parse_message, respond
from appliance.telephony.sip_uri import read_uri
from appliance.telephony.user_agent import Settings, Trunk
from tests.appliance.telephony.wire import OFFER, OUR, Wire, request

PASSWORDS = {"ada": "secret"}


def invite(cseq: int = 1) -> Request:
    message = parse_message(request("INVITE", cseq=cseq).replace("\n", "\r\n").encode())
    assert isinstance(message, Request)
    return message


def challenger() -> Challenger:
    return Challenger("b2t", random.Random(5).randbytes)


def proven(asked: Response, password: str = "secret", user: str = "ada") -> Request:
    field = answer_challenge(asked, invite(), user, password, "c0")
    assert field is not None
    return replace(invite(), fields=(*invite().fields, field))


def ask(made: Challenger, now: float = 10.0) -> Response:
    return respond(invite(), 401, "t", made.ask(now))


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, expected: str) -> None:
    answer = DigestAnswer(
        username="Mufasa",
        realm="http-auth@example.org",
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        uri="/dir/index.html",
        method="GET",
        algorithm=algorithm,
        qop="auth",
        nc="00000001",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert answer.digest("Circle of Life") == expected


def test_both_algorithms_are_asked_for_strongest_first() -> None:
    found = [read_digest(value) or {} for _, value in challenger().ask(10.0)]
    assert [each["algorithm"] for each in found] == ["SHA-256", "MD5"]


def test_the_right_password_is_taken_once() -> None:
    made = challenger()
    answered = proven(ask(made))
    assert "SHA-256" in (answered.field("Authorization") or "")
    assert made.check(answered, PASSWORDS, 11.0) is Verdict.ACCEPTED
    assert made.check(answered, PASSWORDS, 12.0) is Verdict.STALE, "an overheard answer does not work again"


def test_md5_is_taken_where_the_other_side_has_nothing_better() -> None:
    made = challenger()
    asked = ask(made)
    weaker = replace(asked, fields=asked.fields[1:])
    assert made.check(proven(weaker), PASSWORDS, 11.0) is Verdict.ACCEPTED


def test_what_is_not_taken() -> None:
    made = challenger()
    asked = ask(made)
    assert made.check(invite(), PASSWORDS, 11.0) is Verdict.MISSING
    assert made.check(proven(asked, "wrong"), PASSWORDS, 11.0) is Verdict.WRONG
    assert made.check(proven(asked, user="eve"), PASSWORDS, 11.0) is Verdict.WRONG
    assert made.check(proven(asked), PASSWORDS, 10.0 + 301) is Verdict.STALE
    assert made.check(proven(ask(challenger_of_another_secret())), PASSWORDS, 11.0) is Verdict.WRONG
    elsewhere = replace(proven(asked), uri=read_uri("sip:9999@192.0.2.1"))
    assert made.check(elsewhere, PASSWORDS, 11.0) is Verdict.WRONG


def challenger_of_another_secret() -> Challenger:
    return Challenger("b2t", random.Random(6).randbytes)


@pytest.mark.parametrize(
    "value",
    ["Basic abc", "Digest", "Digest x", 'Digest username="a" realm="b"', 'Digest username="a', "Digest a=b,,,c=d x"],
)
def test_malformed_answers_are_no_answers(value: str) -> None:
    assert read_digest(value) is None
    message = replace(invite(), fields=(("Authorization", value),))
    assert challenger().check(message, PASSWORDS, 1.0) is Verdict.MISSING


@pytest.mark.parametrize("nonce", ["", "x" * 43, "é" * 43, "A" * 43, "=" * 43])
def test_nonces_that_are_not_ours(nonce: str) -> None:
    value = (
        f'Digest username="ada", realm="b2t", nonce="{nonce}", uri="sip:7000@x", qop=auth, nc=00000001, response="é"'
    )
    message = replace(invite(), fields=(("Authorization", value),))
    assert challenger().check(message, PASSWORDS, 1.0) is Verdict.WRONG


def test_the_memory_of_nonces_is_bounded_and_forgets_safely() -> None:
    made = challenger()
    first = proven(ask(made, 10.0))
    assert made.check(first, PASSWORDS, 10.0) is Verdict.ACCEPTED
    for step in range(MAX_NONCES):
        assert made.check(proven(ask(made, 10.001 + step / 1000)), PASSWORDS, 20.0) is not Verdict.WRONG
    assert made.check(first, PASSWORDS, 20.0) is Verdict.STALE


def test_a_server_of_the_old_kind_without_qop() -> None:
    asked = respond(invite(), 401, "t", (("WWW-Authenticate", 'Digest realm="r", nonce="n"'),))
    name, value = answer_challenge(asked, invite(), "ada", "secret", "c") or ("", "")
    assert name == "Authorization"
    assert "qop" not in value


@pytest.mark.parametrize(
    "challenge", ['Digest realm="r", nonce="n", algorithm=AKAv1-MD5', 'Digest qop="auth-int"', "NTLM"]
)
def test_challenges_we_cannot_meet(challenge: str) -> None:
    asked = respond(invite(), 407, "t", (("Proxy-Authenticate", challenge),))
    assert answer_challenge(asked, invite(), "ada", "secret", "c") is None


def test_a_trunk_with_a_password() -> None:
    trunk = Trunk("pbx", (ip_network("192.0.2.0/24"),), (Credentials("ada", "secret"),))
    wire = Wire(Settings(address=OUR, trunks=(trunk,)))
    wire.receives(request("INVITE", body=OFFER))
    asked = wire.sends("401 Unauthorized")
    assert isinstance(asked, Response)
    wire.told.clear()
    name, value = answer_challenge(asked, invite(2), "ada", "secret", "c") or ("", "")
    wire.receives(request("INVITE", cseq=2, body=OFFER, fields=f"{name}: {value}\n"))
    wire.sends("100 Trying")
    wire.tells(CallOffered)
    wire.receives(request("OPTIONS", cseq=3))
    wire.sends("200 OK")
