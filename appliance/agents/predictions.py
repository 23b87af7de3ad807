"""Which utterances two definitions take for different intents: counts, and examples of each change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Change:
    """What was taken for `before` is taken for `after`, so many times; up to three of the redacted texts."""

    before: str
    after: str
    times: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Of `utterances` turns, `changed` are taken for another intent."""

    utterances: int
    changed: int
    changes: tuple[Change, ...] = field(default=())
    """The most frequent first."""

    @property
    def share(self) -> float:
        return self.changed / self.utterances if self.utterances else 0.0


def compared(said: Counter[str], before: Mapping[str, str], after: Mapping[str, str]) -> Predictions:
    """`said`: redacted text → how often. `before`, `after`: text → the intent it is taken for."""
    times: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], list[str]] = {}
    for text, count in said.most_common():
        change = (before[text], after[text])
        if change[0] != change[1]:
            times[change] += count
            examples.setdefault(change, []).append(text)
    changes = tuple(Change(*change, count, tuple(examples[change][:EXAMPLES])) for change, count in times.most_common())
    return Predictions(said.total(), times.total(), changes)
