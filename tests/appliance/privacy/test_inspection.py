"""Every sealed box there can be in what is stored has a place that a check knows."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest

from appliance import events as e
from appliance.privacy.inspection import boxes_in

BOX = {"key": "redacted", "box": "AAAA"}
IDS = {"input_id": "i1", "reply": "r1", "call": "k1", "name": "CARD_1"}


def sealed_fields() -> list[tuple[type, str]]:
    """Of everything in the vocabulary."""
    found = []
    for one in vars(e).values():
        if isinstance(one, type) and is_dataclass(one) and one is not e.Sealed:
            hints = get_type_hints(one)
            found += [
                (one, field.name)
                for field in fields(one)
                if e.Sealed in (hints[field.name], *get_args(hints[field.name]))
            ]
    return found


@pytest.mark.parametrize(
    ("kind", "field"), sealed_fields(), ids=lambda one: one if isinstance(one, str) else one.__name__
)
def test_every_sealed_field_has_a_place(kind: type, field: str):
    holder: dict[str, Any] = {one.name: IDS[one.name] for one in fields(kind) if one.name in IDS}
    if kind is e.Stored:
        holder["input"] = {"input_id": "i1"}
    found = list(boxes_in({"events": [holder | {field: BOX}]}, "c1", "log 1"))
    assert len(found) == 1
    assert found[0].where == f"log 1/events/0/{field}"
    assert found[0].box.places


def test_there_are_sealed_fields():
    assert {("TurnHeard", "text"), ("ReplyMade", "text"), ("Reference", "value")} <= {
        (kind.__name__, field) for kind, field in sealed_fields()
    }


def test_a_box_with_a_class_that_does_not_exist_is_found_and_opens_nowhere():
    event = {"reply": "r1", "text": {"key": "rav", "box": "AAAA"}}
    assert [found.box.sealed.box for found in boxes_in({"events": [event]}, "c1", "")] == [""]
