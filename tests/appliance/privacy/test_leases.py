from __future__ import annotations

import os
from dataclasses import replace

import pytest

from appliance.errors import Invalid, Tampered
from appliance.privacy.leases import LEASE_ANSWERED, LEASE_ASKED, LeaseAsked, LeaseKey, answer_lease

KEYS = {"redacted": {1: os.urandom(32)}, "raw": {1: os.urandom(32), 2: os.urandom(32)}}


def asked(key: LeaseKey) -> LeaseAsked:
    question = LeaseAsked("c1", frozenset({"redacted", "raw"}), key.public)
    return LEASE_ASKED.validate_json(LEASE_ASKED.dump_json(question))


def test_the_asker_and_nobody_else_opens_the_answer():
    mine, other = LeaseKey(), LeaseKey()
    answer = LEASE_ANSWERED.validate_json(LEASE_ANSWERED.dump_json(answer_lease("phone", asked(mine), KEYS)))
    leased = mine.open("phone", "c1", answer)
    assert leased.classes == {"redacted", "raw"}
    assert leased.seal("p", b"x", "raw").box
    for key, unit, conversation in ((other, "phone", "c1"), (mine, "gateway", "c1"), (mine, "phone", "c2")):
        with pytest.raises(Tampered):
            key.open(unit, conversation, answer)


def test_a_changed_answer_is_noticed():
    key = LeaseKey()
    answer = answer_lease("phone", asked(key), KEYS)
    for changed in (replace(answer, box=answer.box[:-8]), replace(answer, box="#"), replace(answer, public_key="")):
        with pytest.raises(Tampered):
            key.open("phone", "c1", changed)


def test_no_key_is_readable_on_the_wire():
    wire = LEASE_ANSWERED.dump_json(answer_lease("phone", asked(LeaseKey()), KEYS))
    for generations in KEYS.values():
        for material in generations.values():
            assert material.hex().encode() not in wire
            assert material not in wire


@pytest.mark.parametrize("public", ["", "AAAA", "#", "A" * 43 + "="])
def test_a_wrong_public_key_is_refused(public):
    with pytest.raises(Invalid):
        answer_lease("phone", LeaseAsked("c1", frozenset({"raw"}), public), KEYS)
