"""Which slot a value is meant for, by the words in front of it: `from savings`, `to my checking account`."""

# ruff: noqa: SIM905
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from models.entities.words import Word, words

_PASSED_OVER: Final = frozenset(
    (
        "the my a an our your his her their this that account on at "
        "das die der den dem mein meine meinem meinen meiner el la los las mi mis"
    ).split()
)
_ON: Final = frozenset("and to until till through und bis y hasta a".split())


def role_of(
    roles: Mapping[str, Sequence[str]], said: Sequence[Word], start: int, before: tuple[int, str | None] | None
) -> str | None:
    """The role whose words stand right before the value, the most of them. `before`: where the entity's value before
    this one ended, and its role: after it `and` or `to` alone lead to the one role that is left of two."""
    if not roles:
        return None
    front = [word.text for word in said if word.end <= start and (before is None or word.start >= before[0])]
    while front and not front[-1].isalnum():
        front.pop()
    ways = [(role, [word.text for word in words(way)]) for role, several in roles.items() for way in several]
    for _ in range(4):
        fitting = [(len(way), role) for role, way in ways if way and front[-len(way) :] == way]
        if fitting:
            return max(fitting)[1]
        if not front or front[-1] not in _PASSED_OVER:
            break
        front.pop()
    left = [role for role in roles if before and role != before[1]]
    if before and before[1] and front and len(front) <= 2 and front[-1] in _ON and len(left) == 1:
        return left[0]
    return None
