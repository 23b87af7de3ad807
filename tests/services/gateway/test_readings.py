"""A conversation as those read it who were not in it."""

from __future__ import annotations

from appliance.conversation.summing import SUMMARY_PLACE
from appliance.events import Batch, Channel, ConversationStarted, Event, TransferRequested
from appliance.privacy.policy import REFERENCES
from appliance.privacy.sealing import ConversationKeys
from services.gateway.readings import read

KEYS = ConversationKeys("c1", {"redacted": {1: b"r" * 32}})


def batch(number: int, *events: Event) -> tuple[int, Batch]:
    at = "2026-11-02T09:00:00+00:00"
    version = "v" * 32
    made = Batch(conversation="c1", agent="banking", version=version, number=number, taken=number, at=at, events=events)
    return number, made


def test_what_the_person_was_told_is_read_by_reference() -> None:
    started = batch(1, ConversationStarted("banking", "v" * 32, Channel.CHAT, "en-US"))
    assert read([started], KEYS, REFERENCES).summary is None
    told = KEYS.seal_text(SUMMARY_PLACE, "Tell the balance; customer: <NUMBER_1>; 3 <LT_0> 4")
    found = read([started, batch(2, TransferRequested("person", told))], KEYS, REFERENCES)
    assert found.summary == "Tell the balance; customer: <NUMBER_1>; 3 < 4"
