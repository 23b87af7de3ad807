"""Pieces of a number with words between them: that nobody said, as a recogniser leaves them that mishears, or that are
about its parts (`4111, next 1111, last …`). All of them go."""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from appliance.ports import PersonalSpan
from models.pii.labels import amount
from models.pii.numbers import Item, Run

_WORD: Final = re.compile(r"[^\W\d_]+")
_SINGLY: Final = re.compile("[0-9]{2}")
_CLOCK: Final = re.compile("(?<![0-9])[0-9]0[0-9](?![0-9])")
_FEW_WORDS, _PIECES = 8, 4
_GROUP, _NUMBER_FROM, _BETWEEN_SIGNS, _BETWEEN_WORDS = range(3, 7), 13, 40, 6
_PARTS: Final = frozenset(
    (
        "um uh uhm er ah hm hmm ok okay so well now and then next last first second third fourth fifth final after "
        "finally followed by with again it it's that that's this is are comes come goes rest end ends ending start "
        "starts "
        "starting the my a of group block part parts digits digit numbers number four plus dash space comma please "
        "und dann danach weiter als nächstes zuletzt zuerst erste zweite dritte vierte letzte ersten zweiten dritten "
        "vierten letzten ist die der das block gruppe ziffern y luego después primero segundo tercero cuarto último "
        "últimos es son los el et puis ensuite après enfin premier deuxième troisième quatrième dernier derniers "
        "est sont le les"
    ).split()
)
"""What is said between the parts of a number, and of nothing else that has digits."""
_NO_SIGNS: Final = frozenset("$€£¥%:/+0123456789")
_YEAR: Final = re.compile("(?:19|20)[0-9]{2}")


def parted(text: str, every: Sequence[Run], found: Sequence[PersonalSpan]) -> list[PersonalSpan]:
    """Groups of three to six digits with words about parts between them, thirteen digits together; no amounts and no
    years."""
    spans: list[PersonalSpan] = []
    row: list[Run] = []
    for group in (*_groups(every), None):
        near = group is not None and row and _is_between(text, row[-1].end, group.start)
        if row and not near:
            if sum(len(one.digits) for one in row) >= _NUMBER_FROM and not _are_quantities(text, row):
                spans += [PersonalSpan(one.start, one.end, "NUMBER", 0.8) for one in row]
            row = []
        if group is not None and len(group.digits) in _GROUP:
            row.append(group)
    return [one for one in spans if not any(other.start < one.end and one.start < other.end for other in found)]


def _groups(every: Sequence[Run]) -> Iterator[Run]:
    """What was written in one, or said in words one after the other."""
    said: list[Item] = []
    for item in (item for run in every for item in run.items if item.sure):
        if said and (item.written or item.start - said[-1].end > 1):
            yield Run(tuple(said))
            said = []
        if item.written:
            yield Run((item,))
        else:
            said.append(item)
    if said:
        yield Run(tuple(said))


def _is_between(text: str, start: int, end: int) -> bool:
    if end - start > _BETWEEN_SIGNS:
        return False
    said = _WORD.findall(text, start, end)
    return len(said) <= _BETWEEN_WORDS and _PARTS.issuperset(said) and not _NO_SIGNS & set(text[start:end])


def _are_quantities(text: str, row: Sequence[Run]) -> bool:
    even = sum(one.digits.endswith("0") or bool(_YEAR.fullmatch(one.digits)) for one in row)
    return even * 2 >= len(row) or any(amount(text, one) or any(item.scale for item in one.items) for one in row)


def scattered(text: str, every: Sequence[Run], found: Sequence[PersonalSpan]) -> list[PersonalSpan]:
    """Pieces of a number among words that nobody said, as a recogniser leaves them that mishears: all of them go.

    Four pieces that were said, few words apart, two digits at least of which follow one another.
    """
    spans: list[PersonalSpan] = []
    row: list[Run] = []
    for run in (*every, None):
        near = run is not None and row and len(_WORD.findall(text, row[-1].end, run.start)) <= _FEW_WORDS
        if row and not near:
            pieces = [item for part in row for item in part.items if item.sure]
            if len(pieces) >= _PIECES and len(row) > 1 and any(map(_read_out, row)):
                spans += [PersonalSpan(part.start, part.end, "NUMBER", 0.5) for part in row]
            row = []
        if run is not None and not any(item.written or item.scale for item in run.items):
            row.append(run)
    return [one for one in spans if not any(other.start < one.end and one.start < other.end for other in found)]


def _read_out(run: Run) -> bool:
    """Two digits in a row, as nobody says them of people, hours (`seven thirty`, `nine oh five`) or pounds."""
    rows: list[str] = [""]
    for item in run.items:
        if item.sure and not item.scale:
            rows[-1] += item.digits if len(item.digits) == 1 else "--"
        else:
            rows.append("")
    return any(_SINGLY.search(_CLOCK.sub("-", row)) for row in rows)
