"""What two people sign decides who reads what until when, whatever else stands on record."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from appliance.errors import Conflict, Denied, Invalid
from appliance.privacy import unredaction
from appliance.privacy.unredaction import (
    FRESH_S,
    WAITING_S,
    Person,
    PersonRight,
    Request,
    Statement,
    Step,
    check_decision,
    check_reading,
    check_signed,
    is_readable,
    person_id,
    sign,
)

NOW = 1_800_000_000
ID = "a" * 16
ONE_TIME = base64.b64encode(bytes(32)).decode()


class Somebody:
    def __init__(self, *rights: PersonRight) -> None:
        self.key = Ed25519PrivateKey.generate()
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        public = base64.b64encode(raw).decode()
        self.person = Person(id=person_id(public), public_key=public, label="x", rights=rights, enrolled_at=NOW - 1000)

    def signs(self, step: Step, at: int = NOW, **fields):
        given = {"request": ID, "conversation": "c1", "reason": "T-1", "minutes": 60, **fields}
        return sign(self.key, Statement(step=step, person=self.person.id, at=at, **given))

    def reads(self, at: int = NOW, **fields) -> Statement:
        return self.signs("read", at, **{"reason": "", "minutes": 0, "key": ONE_TIME, **fields}).statement


@pytest.fixture
def asker() -> Somebody:
    return Somebody("ask")


@pytest.fixture
def approver() -> Somebody:
    return Somebody("approve")


def people(*somebodies: Somebody) -> dict[str, Person]:
    return {one.person.id: one.person for one in somebodies}


def test_what_was_approved_can_be_read_by_who_asked_until_it_is_over(asker, approver):
    known = people(asker, approver)
    request = Request(asked=asker.signs("ask"))
    assert request.state(NOW) == "waiting"
    with pytest.raises(Denied):
        check_reading(request, asker.reads(), known, NOW)
    approval = approver.signs("approve", NOW + 100)
    check_decision(request, approval.statement, NOW + 100)
    request = replace(request, decided=approval)
    assert request.until == NOW + 100 + 3600
    check_reading(request, asker.reads(), known, NOW + 3699)
    with pytest.raises(Denied):
        check_reading(request, approver.reads(), known, NOW + 200)
    with pytest.raises(Denied):
        check_reading(request, asker.reads(), known, NOW + 3700)
    assert request.state(NOW + 3700) == "over"


def test_nobody_approves_their_own_request(asker):
    both = Somebody("ask", "approve")
    request = Request(asked=both.signs("ask"))
    own = both.signs("approve")
    with pytest.raises(Denied):
        check_decision(request, own.statement, NOW)
    with pytest.raises(Denied):
        check_reading(replace(request, decided=own), both.reads(), people(both), NOW)


@pytest.mark.parametrize("other", [{"minutes": 61}, {"reason": "T-2"}, {"conversation": "c2"}, {"request": "b" * 16}])
def test_an_approval_is_of_what_was_asked(asker, approver, other):
    request = Request(asked=asker.signs("ask"))
    approval = approver.signs("approve", **other)
    with pytest.raises(Invalid):
        check_decision(request, approval.statement, NOW)
    with pytest.raises(Denied):
        check_reading(replace(request, decided=approval), asker.reads(), people(asker, approver), NOW)


def test_a_record_that_was_written_by_somebody_else_allows_nothing(asker, approver):
    """A row with a made-up approval, one by a key that is not enrolled, one whose minutes were changed."""
    known = people(asker, approver)
    request = Request(asked=asker.signs("ask"), decided=approver.signs("approve"))
    check_reading(request, asker.reads(), known, NOW)
    stranger = Somebody("approve")
    forged = [
        replace(request, decided=stranger.signs("approve")),
        replace(request, decided=replace(approver.signs("approve"), signature=asker.signs("ask").signature)),
        replace(request, decided=asker.signs("approve")),
        replace(
            request,
            asked=replace(request.asked, statement=replace(request.asked.statement, minutes=600)),
            decided=approver.signs("approve", minutes=600),
        ),
    ]
    for one in forged:
        with pytest.raises(Denied):
            check_reading(one, asker.reads(), known, NOW)


def test_a_denied_or_withdrawn_request_is_not_read(asker, approver):
    known = people(asker, approver)
    asked = Request(asked=asker.signs("ask"))
    denied = replace(asked, decided=approver.signs("deny"))
    withdrawn = replace(asked, decided=approver.signs("approve"), withdrawn=approver.signs("deny"))
    for one, state in ((denied, "denied"), (withdrawn, "withdrawn")):
        assert one.state(NOW) == state
        with pytest.raises(Denied):
            check_reading(one, asker.reads(), known, NOW)
        with pytest.raises(Conflict):
            check_decision(one, approver.signs("approve").statement, NOW)


def test_what_nobody_decided_lapses(asker, approver):
    asked = Request(asked=asker.signs("ask"))
    late = NOW + WAITING_S
    assert asked.state(late) == "lapsed"
    with pytest.raises(Conflict):
        check_decision(asked, approver.signs("approve", late).statement, late)


def test_a_signature_counts_for_its_person_its_statement_and_its_time(asker, approver):
    signed = asker.signs("ask")
    assert check_signed(signed, asker.person, NOW) is asker.person
    wrong = [
        (signed, None),
        (signed, approver.person),
        (signed, replace(asker.person, removed_at=NOW - 1)),
        (replace(signed, statement=replace(signed.statement, conversation="c2")), asker.person),
        (asker.signs("approve"), asker.person),
        (asker.signs("ask", NOW - FRESH_S - 1), asker.person),
        (asker.signs("ask", NOW + FRESH_S + 1), asker.person),
    ]
    for one, person in wrong:
        with pytest.raises(Denied):
            check_signed(one, person, NOW)


def test_a_glass_is_broken_alone_and_waits_for_a_second_person(approver):
    alone = Somebody("break-glass", "approve")
    glass = Request(asked=alone.signs("break-glass", minutes=15))
    assert glass.state(NOW) == "open"
    check_reading(glass, alone.reads(), people(alone), NOW + 899)
    with pytest.raises(Denied):
        check_reading(glass, alone.reads(), people(alone), NOW + 900)
    assert glass.state(NOW + 900) == "unreviewed"
    with pytest.raises(Denied):
        check_decision(glass, alone.signs("acknowledge").statement, NOW)
    seen = approver.signs("acknowledge")
    check_decision(glass, seen.statement, NOW + 901)
    assert replace(glass, acknowledged=seen).state(NOW + 901) == "reviewed"
    ended = replace(glass, withdrawn=approver.signs("deny"))
    with pytest.raises(Denied):
        check_reading(ended, alone.reads(), people(alone), NOW)


def test_secrets_are_read_by_nobody():
    assert is_readable("CARD_1")
    assert is_readable("MONEY_r0123456789")
    for name in ("PIN_1", "CVV_2", "CODE_3", "card_1", "CARD", "../CARD_1", "CARD_1\n"):
        assert not is_readable(name)


def test_a_statement_reads_as_what_it_says(asker):
    statement = asker.signs("ask").statement
    assert statement.text().decode().splitlines() == [
        "b2t unredaction v1",
        "step: ask",
        f"request: {ID}",
        "conversation: c1",
        "reason: T-1",
        "minutes: 60",
        "key: ",
        f"person: {asker.person.id}",
        f"at: {NOW}",
    ]


def test_a_request_names_conversation_reason_and_a_bounded_time(asker):
    for wrong in ({"conversation": ""}, {"reason": ""}, {"minutes": 0}, {"minutes": 481}):
        with pytest.raises(Invalid):
            unredaction.check_asked(asker.signs("ask", **wrong).statement, 480)
