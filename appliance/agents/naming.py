"""How mistakes in names and texts are put: what is wrong, what is allowed, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from appliance.agents import texts
from appliance.agents.document import Path_
from appliance.errors import Invalid

Found = tuple[Path_, str, str | None]
"""Path, problem, suggestion."""


def closest(word: str, allowed: Iterable[str]) -> str | None:
    found = get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return found[0] if found else None


def named_as(path: Path_, name: str, allowed: Iterable[str], what: str) -> Iterator[Found]:
    known = list(allowed)
    if name not in known:
        listed = ", ".join(known) if known else "none is defined"
        yield path, f'there is no {what} "{name}"; allowed: {listed}', closest(name, known)


def texts_at(path: Path_, text: str, known: Iterable[str]) -> Iterator[Found]:
    allowed = [*known, *texts.GLOBALS]
    try:
        used = texts.variables(text)
    except Invalid as error:
        yield path, error.title, None
        return
    for name in sorted(used - set(allowed)):
        yield path, f'uses "{name}", which is not known here; allowed: {", ".join(allowed)}', closest(name, allowed)
