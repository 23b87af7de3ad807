"""Entities in redacted text, as an understanding carries them: names of options and references, and harmless values.

Sans-I/O, no model: `models.entities` finds them. A value is never free text; a personal one that stands in the text
without a reference is passed over, since only what was sealed before may be recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from appliance.agents.definition import Entity as Defined
from appliance.events import Entity
from appliance.ports import PersonalSpan
from appliance.privacy import values
from models.entities import finder

Options = Mapping[str, Mapping[str, Sequence[str]]]
"""Entity → option → the ways it is said."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entity and the characters it stands for."""

    start: int
    end: int
    entity: Entity


class EntityFinder:
    """The entities of one agent's version."""

    def __init__(self, options: Options, typed: Mapping[str, Defined] | None = None) -> None:
        """`options` alone, or whole definitions as well, which then win."""
        lists = {
            name: Defined(options={option: tuple(ways) for option, ways in said.items()})
            for name, said in options.items()
        }
        self._finder = finder.Finder({**lists, **(typed or {})})

    def find(
        self, text: str, expects: Iterable[str] = (), at: datetime | None = None, locale: str = "en-US"
    ) -> list[Found]:
        """In order of appearance, apart within one entity. What is expected may be said shorter, misspelt more.
        `at`: now, where the party is; without it nothing that hangs on a clock is to be relied upon."""
        setting = finder.Setting(at or datetime(1970, 1, 1, tzinfo=UTC), locale)
        found: list[Found] = []
        for one in self._finder.find(text, setting, expects):
            value = _carried(one)
            if value is not None and not one.denied:
                found.append(Found(one.start, one.end, Entity(one.entity, value, one.role, one.confidence)))
        return found

    def personal(
        self, text: str, expects: Iterable[str] = (), at: datetime | None = None, locale: str = "en-US"
    ) -> list[PersonalSpan]:
        """What is personal in raw text by the definition, with its value; the kind is the entity's name in capitals.
        Spans in order, apart: what is expected first, then the longest."""
        asked = frozenset(expects)
        setting = finder.Setting(at or datetime(1970, 1, 1, tzinfo=UTC), locale)
        found = self._finder.find(text, setting, asked)
        several = [one for one in found if one.sealed and one.value is not None and not _harmless(one, found, asked)]
        kept: list[finder.Found] = []
        for one in sorted(several, key=lambda one: (one.entity not in asked, one.start - one.end)):
            if not any(one.start < other.end and other.start < one.end for other in kept):
                kept.append(one)
        return [
            PersonalSpan(one.start, one.end, finder.kind_of(one.entity), one.confidence, value=encoded(one.value))
            for one in sorted(kept, key=lambda one: one.start)
            if one.value is not None
        ]


def _harmless(one: finder.Found, found: list[finder.Found], asked: frozenset[str]) -> bool:
    """Whether another entity that is not personal takes the same for its own, and this one was not asked for."""
    return one.entity not in asked and any(
        not other.sealed and type(other.value) is type(one.value) and (other.start, other.end) == (one.start, one.end)
        for other in found
    )


def encoded(value: values.Value) -> str:
    return values.encode(value).decode()


def _carried(one: finder.Found) -> str | None:
    if one.reference is not None or one.value is None or one.sealed:
        return one.reference
    return one.value.option if isinstance(one.value, values.Option) else values.literal(one.value)
