from __future__ import annotations

import json
from dataclasses import fields
from typing import get_args

import pytest

from appliance.audit import events
from appliance.audit.events import AUDIT_EVENT, AuditEvent, Unreadable, canonical, read_event
from appliance.audit.telling import audit_subject, teller_of
from appliance.errors import Invalid

KINDS = get_args(get_args(AuditEvent)[0])
EXAMPLE = {
    **{"actor": "gateway", "at": 5, "result": "done", "by_ms": -5},
    **dict.fromkeys(("content", "certificate", "report", "settings"), "0" * 64),
    "digest": "0" * 128,
    **dict.fromkeys(("conversations", "findings", "generation", "keys", "revision", "share"), 3),
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_is_the_same_after_its_codec(kind):
    told = kind(**{f.name: EXAMPLE.get(f.name, "id-1") for f in fields(kind) if f.name != "action"})
    raw = AUDIT_EVENT.dump_json(told)
    assert AUDIT_EVENT.validate_json(raw) == told
    assert json.loads(canonical(7, told))["action"] == told.action


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"action":"signed_in","actor":"gateway","at":1}',
        b'{"action":"signed_in","actor":"gateway","at":1,"account":"please call me Jane"}',
        b'{"action":"signed_in","actor":"gateway","at":1,"account":"a","note":"4111"}',
        b'{"action":"danced","actor":"gateway","at":1}',
        b'{"action":"unit_started","actor":"gateway","at":1e99,"unit":"a","instance":"1"}',
    ],
)
def test_what_does_not_fit_is_kept_as_a_hash(raw):
    told = read_event(raw, 9)
    assert isinstance(told, Unreadable)
    assert (told.actor, told.at) == ("scribe", 9)
    assert b"Jane" not in canonical(1, told)
    assert b"4111" not in canonical(1, told).replace(told.content.encode(), b"")


def test_an_entry_is_canonical():
    told = read_event(b'{"at":5,"action":"signed_in","account":"a-1","actor":"gateway"}', 9)
    assert canonical(3, told) == b'{"account":"a-1","action":"signed_in","actor":"gateway","at":5,"sequence":3}'
    with pytest.raises(Invalid):
        canonical(0, told)


def test_no_two_events_share_an_action():
    assert len({kind.__dataclass_fields__["action"].default for kind in KINDS}) == len(KINDS)
    assert events.SignInFailed(actor="gateway", at=1).account is None


def test_nobody_tells_in_anothers_name():
    raw = b'{"action":"signed_in","actor":"gateway","at":1,"account":"a-1"}'
    assert read_event(raw, 9, "gateway").action == "signed_in"
    false = read_event(raw, 9, "phone")
    assert (false.action, false.actor, false.claimed) == ("misattributed", "phone", "gateway")
    assert b"a-1" not in canonical(1, false)


def test_the_teller_is_the_subjects_end():
    assert teller_of(audit_subject("phone")) == "phone"
    assert teller_of("b2t.audit") is None


def test_an_entry_says_when_it_was_kept():
    told = read_event(b'{"at":5,"action":"signed_out","account":"a-1","actor":"gateway","source":"h:1"}', 9)
    assert canonical(3, told, 7) == (
        b'{"account":"a-1","action":"signed_out","actor":"gateway","at":5,"kept":7,"sequence":3,"source":"h:1"}'
    )
