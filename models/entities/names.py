"""People by the words in front of them (`my name is`, `Mr`), and places the locale data knows. No model.

Names are no list: what follows the words is taken, a few words of letters at most. A person is always personal.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from appliance.privacy import formats
from appliance.privacy import values as v
from models.entities.typed import Candidate
from models.entities.words import Word, folded

_LED: Final = re.compile(
    r"\b(?:my (?:full )?name is|my name's|the name is|name is|name's|this is|i am called|call me|ich heiße|ich heisse|"
    r"mein name ist|hier ist|me llamo|mi nombre es|soy|speak (?:to|with)|talk (?:to|with)|meet (?:with )?|see|"
    r"appointment with|payee is|pay to|send it to|with)\s+(?=(?P<name>[^\W\d_]))",
    re.IGNORECASE,
)
_TITLED: Final = re.compile(
    r"\b(?:mister|mr|mrs|miss|ms|dr|doctor|herr|frau|señora|señor|senor|senora)\b\.?\s+", re.IGNORECASE
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
_STOPS: Final = frozenset(
    "and the a an to for from with my your his her is are was not i we you it that this on at in of or please thanks "
    "thank someone somebody anyone person agent human operator representative about because if when calling speaking "
    "here today tomorrow next account card bank manager advisor support doctor nurse technician what who how there "
    "und der die das ein eine mit für von zu nicht ich wir sie bitte jemand y el la un una con para de no por favor "
    "alguien would could can will do does want need like me them him us so but yes no okay ok born "
    "monday tuesday wednesday thursday friday saturday sunday".split()
)
_SURE: Final = re.compile(r"name|call(?:ed)? me|called|heiß|heiss|llamo|nombre", re.IGNORECASE)
MOST: Final = 4


def people(text: str, said: list[Word], *, asked: bool) -> Iterator[Candidate]:
    """After a title or `my name is`, however it is written; after weaker words only where it is capitalised."""
    found = False
    for lead in (*_TITLED.finditer(text), *_LED.finditer(text)):
        end = lead.end()
        sure = lead.re is _TITLED or asked or bool(_SURE.search(lead[0]))
        name = _name(text, _titled(text, end), sure=sure)
        if name:
            found = True
            yield Candidate("person", name.start(), name.end(), v.Text(_written(name[0])), 0.9)
    if asked and not found and said:
        name = _name(text, _begin(text), sure=True)
        if name and len(name[0].split()) >= len(said) - 1:
            yield Candidate("person", name.start(), name.end(), v.Text(_written(name[0])), 0.8)


def _titled(text: str, at: int) -> int:
    title = _TITLED.match(text, at)
    return title.end() if title else at


def _begin(text: str) -> int:
    lead = re.match(r"\s*(?:(?:it'?s|it is|i'?m|i am|yes|um|uh|sure|okay)[\s,]+)*", text, re.IGNORECASE)
    return lead.end() if lead else 0


def _name(text: str, at: int, *, sure: bool) -> re.Match[str] | None:
    end, count = at, 0
    for word in _WORD.finditer(text, at):
        if text[end : word.start()].strip() or folded(word[0].strip(".")) in _STOPS or count == MOST:
            break
        if not sure and not word[0][0].isupper():
            break
        end, count = word.end(), count + 1
        if word[0].endswith(".") and len(word[0]) > 2:
            end -= 1
            break
    return re.compile(r".+", re.DOTALL).match(text, at, end) if count else None


def _written(name: str) -> str:
    return " ".join(word if word != word.lower() else word.title() for word in name.split())


def places(said: list[Word], locale: str) -> Iterator[Candidate]:
    """Countries and large cities, by their CLDR names in English and the locale's language."""
    known = _places(locale)
    at = 0
    while at < len(said):
        for count in range(min(4, len(said) - at), 0, -1):
            code = known.get(" ".join(word.text for word in said[at : at + count]))
            if code:
                yield Candidate("place", said[at].start, said[at + count - 1].end, v.Place(code), 0.9)
                at += count - 1
                break
        at += 1


@lru_cache(maxsize=16)
def _places(locale: str) -> dict[str, str]:
    named = {**formats.places("en"), **formats.places(locale)}
    return {" ".join(folded(word) for word in name.split()): code for name, code in named.items()}
