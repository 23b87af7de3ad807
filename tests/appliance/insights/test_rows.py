"""Events become rows, the same every time, and nothing said comes along."""

from __future__ import annotations

import json
from dataclasses import astuple
from datetime import UTC, datetime

import pytest

from appliance.errors import Invalid
from appliance.events import (
    BATCH,
    Batch,
    Channel,
    ConversationEnded,
    ConversationStarted,
    Event,
    LegAttached,
    Modality,
    ReplyMade,
    Sealed,
    TurnHeard,
    TurnMeasured,
    TurnUnderstood,
    Understanding,
)
from appliance.insights.rows import Ended, Joined, Measured, Started, Turn, Understood, read_batch, rows_of

AT = "2026-03-01T09:00:00.250+01:00"


def stored(*events: Event) -> bytes:
    return BATCH.dump_json(
        Batch(conversation="c1", agent="banking", version="v1", number=1, taken=7, at=AT, events=events)
    )


EVENTS = (
    ConversationStarted("banking", "v1", Channel.PHONE, "en-US"),
    LegAttached("l1", Channel.PHONE),
    TurnHeard("t1", "l1", Modality.SPEECH, "i1", Sealed("redacted", "c2VjcmV0"), (), 0.75),
    TurnUnderstood("t1", Understanding("balance", 0.9, language="en")),
    ReplyMade("r1", "t1", Sealed("redacted", "c2VjcmV0")),
    TurnMeasured("t1", {"understood": 3.5, "decided": 1.0}),
    ConversationEnded("goodbye", "contained"),
)


def test_a_batch_becomes_rows() -> None:
    at = datetime(2026, 3, 1, 8, 0, 0, 250_000, UTC)
    place = (42, "c1", at)
    assert rows_of(42, read_batch(stored(*EVENTS))) == [
        Started(*place, "banking", "v1", "phone", None),
        Joined(*place, "l1", "phone", "none"),
        Turn(*place, "t1", "l1", "speech", 0.75),
        Understood(*place, "t1", "balance", 0.9, "en", None),
        Measured(*place, "t1", "decided", 1.0),
        Measured(*place, "t1", "understood", 3.5),
        Ended(*place, "goodbye", "contained"),
    ]


def test_no_sealed_text_reaches_a_row() -> None:
    rows = rows_of(1, read_batch(stored(*EVENTS)))
    assert "c2VjcmV0" not in json.dumps([astuple(row) for row in rows], default=str)


def test_an_event_of_a_later_release_is_left_out_and_counted() -> None:
    batch = json.loads(stored(*EVENTS))
    batch["events"].insert(1, {"kind": "party_teleported", "where": "moon"})
    batch["schema"] = 99
    read = read_batch(json.dumps(batch).encode())
    assert read.unread == 1
    assert rows_of(42, read) == rows_of(42, read_batch(stored(*EVENTS)))


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b"[1]", b'{"conversation":1,"at":"x","events":3}'])
def test_what_is_no_batch_is_invalid(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_batch(data)
