"""Finds a person's conversations in the event log and the archive, by keyed hashes alone: no word of them is opened."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from appliance.adapters.vault import manage
from appliance.cli.box import Box
from appliance.errors import Invalid
from appliance.privacy.identifiers import Identifier
from appliance.privacy.managing import Candidate, ManageAsked

UNIT: Final = "operator"
PAGE: Final = 200


@dataclass(slots=True)
class Traces:
    """What of a conversation a person can be found by, and where it lies."""

    parties: set[str] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)
    moved_to: set[str] = field(default_factory=set)
    where: set[str] = field(default_factory=set)

    def take(self, batch: Any) -> None:
        if isinstance(batch, list):
            for one in batch:
                self.take(one)
        elif isinstance(batch, dict):
            if isinstance(batch.get("party"), str):
                self.parties.add(batch["party"])
            if isinstance(batch.get("digest"), str):
                self.digests.add(batch["digest"])
            if batch.get("kind") == "leg_moved":
                self.moved_to.add(str(batch.get("to_conversation")))
            for one in batch.values():
                self.take(one)


@dataclass(frozen=True, slots=True)
class Found:
    """A person by their keyed hashes; `conversations`: where each lies, and by what it was found."""

    persons: tuple[str, ...]
    conversations: dict[str, dict[str, Any]]
    looked_at: int


async def find(box: Box, wanted: Sequence[Identifier]) -> Found:
    """Raises Unavailable, Invalid."""
    parties = tuple(one for identifier in wanted for one in identifier.parties())
    said = tuple(one for identifier in wanted for one in identifier.references())
    persons = await identify(box, parties)
    traces = await _traces(box)
    by: dict[str, str] = {name: "party" for name, one in traces.items() if not one.parties.isdisjoint(persons)}
    rest = [(name, one) for name, one in traces.items() if name not in by and one.digests]
    for at in range(0, len(rest), PAGE):
        candidates = tuple(Candidate(name, tuple(one.digests)) for name, one in rest[at : at + PAGE])
        asked = ManageAsked(operation="match", values=said, candidates=candidates)
        by |= dict.fromkeys((await manage(box.bus, UNIT, asked)).answer["conversations"], "value")
    _follow(traces, by)
    found = {name: {"by": how, "where": sorted(traces[name].where)} for name, how in sorted(by.items())}
    return Found(persons, found, len(traces))


async def identify(box: Box, parties: tuple[str, ...]) -> tuple[str, ...]:
    if not parties:
        return ()
    answer = (await manage(box.bus, UNIT, ManageAsked(operation="identify", values=parties))).answer
    return tuple(answer["hashes"])


def _follow(traces: dict[str, Traces], by: dict[str, str]) -> None:
    """Who moved from one conversation to another keyed its code: it is the same person, both ways."""
    grown = True
    while grown:
        grown = False
        for name, one in traces.items():
            for other in one.moved_to & traces.keys():
                if (name in by) != (other in by):
                    by[other if name in by else name] = "moved"
                    grown = True


async def _traces(box: Box) -> dict[str, Traces]:
    traces = await asyncio.to_thread(_archived, box.paths.folder("archive"))
    async for stored in box.bus.read_stored("CONVERSATIONS", "b2t.conversation.*"):
        one = traces.setdefault(stored.subject.rpartition(".")[2], Traces())
        one.where.add("event log")
        one.take(json.loads(stored.data)["events"])
    return traces


def _archived(folder: Path) -> dict[str, Traces]:
    traces: dict[str, Traces] = {}
    for file in folder.glob("*/*/*.jsonl"):
        one = traces.setdefault(file.stem, Traces())
        one.where.add("archive")
        for line in _lines(file):
            one.take(line)
    return traces


def _lines(file: Path) -> Iterator[Any]:
    try:
        for line in file.read_bytes().splitlines()[1:]:
            yield json.loads(line)["batch"]["events"]
    except (OSError, ValueError, KeyError, TypeError):
        raise Invalid(f"The archive's file {file.name} cannot be read: `b2t vault check` says more.") from None
