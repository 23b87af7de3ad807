"""How long what is kept: the days of a class of data, by agent and channel, and what is over by now. No I/O.

An agent's own setting comes before its channel's, and that before the general one. What is held is never over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from appliance.config import RetentionConfig

Data = Literal["archive", "analytics"]


@dataclass(frozen=True, slots=True)
class Ended:
    """A conversation that is over, as far as retention needs it."""

    conversation: str
    agent: str
    channel: str
    """The one it began on."""
    ended: datetime
    parties: tuple[str, ...] = ()
    """Keyed hashes of who took part, as far as that is known."""


@dataclass(frozen=True, slots=True)
class Held:
    """Legal holds: conversations, and persons by their keyed hash."""

    conversations: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()

    def holds(self, conversation: str, parties: Collection[str] = ()) -> bool:
        return conversation in self.conversations or not self.persons.isdisjoint(parties)


def days_kept(settings: RetentionConfig, data: Data, agent: str, channel: str) -> int:
    for given in (settings.agents.get(agent), settings.channels.get(channel)):
        days = None if given is None else given.archive_days if data == "archive" else given.analytics_days
        if days is not None:
            return days
    return settings.archive_days if data == "archive" else settings.analytics_days


def is_over(settings: RetentionConfig, data: Data, one: Ended, now: datetime) -> bool:
    return one.ended + timedelta(days=days_kept(settings, data, one.agent, one.channel)) <= now


def over(settings: RetentionConfig, data: Data, ended: Iterable[Ended], now: datetime) -> Iterator[Ended]:
    """Those whose time is over, held or not."""
    return (one for one in ended if is_over(settings, data, one, now))
