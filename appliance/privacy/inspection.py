"""Where sealed boxes stand in what is stored, for `b2t vault check`; knows places, not keys.

A box names neither its conversation nor its place: both come from where it is found, so that one that was moved is
looked for where it now is, and does not open there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from appliance.events import Sealed
from appliance.privacy.managing import BoxAt
from appliance.privacy.sealing import heard_place, reference_place, reply_place


@dataclass(frozen=True, slots=True)
class Found:
    """`where`: for a person to read."""

    where: str
    box: BoxAt


def boxes_in(batch: dict[str, Any], conversation: str, where: str) -> Iterator[Found]:
    """Every sealed box of a batch, in order."""
    for box, holder, path in _walk(batch, {}, ""):
        places = tuple(_places(holder, path.rpartition("/")[2]))
        yield Found(f"{where}{path}", BoxAt(conversation, places, box))


def _walk(node: Any, holder: dict[str, Any], path: str) -> Iterator[tuple[Sealed, dict[str, Any], str]]:
    if isinstance(node, dict) and set(node) == {"key", "box"}:
        if node["key"] in ("redacted", "raw") and isinstance(node["box"], str):
            yield Sealed(node["key"], node["box"]), holder, path
        else:  # no class of key: nothing opens it
            yield Sealed("redacted", ""), holder, path
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _walk(value, node, f"{path}/{name}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _walk(value, holder, f"{path}/{number}")


def _places(holder: dict[str, Any], name: str) -> Iterator[str]:
    """Where a box in the field `name` of `holder` may belong; tests see to it that every event's are known."""
    if name == "summary":
        yield "summary"
    if "call" in holder and name in ("text", "source"):
        yield f"{'answer' if name == 'text' else name}/{holder['call']}"
    if "name" in holder:
        yield reference_place(str(holder["name"]))
    if "reply" in holder:
        yield reply_place(str(holder["reply"]))
    given = holder.get("input")
    for input_id in (holder.get("input_id"), given.get("input_id") if isinstance(given, dict) else None):
        if input_id:
            yield heard_place(str(input_id))
