"""Digits that are not over yet: a number that is said over several turns (`my card is four one one one`, `1111 1111`),
also in pairs, with something else between them, partly typed, keyed or said on another leg.

Each part is too short to be a number. What the turns before left open is seen in their redacted texts, which is all
that is kept of them: their digits, or the reference that already stands for some. A turn that was said cannot be
unsaid, so the rule is about the next: turns of a window that are nothing but digits (or end with several), and that
nothing took as its answer, are added up, and from the turn on in which they come to more than `MOST_LEFT` digits each
such turn is a part of a number. Partial results need no such care: they are heard and forgotten in the phone process,
and go nowhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

OPEN_FROM: Final = 3
"""So many digits at the end of a turn may become a number."""
NUMBER_FROM: Final = 7
"""So many digits of two turns together are one."""
MOST_LEFT: Final = 4
"""So many digits of a number in parts are left where they were said."""
PARTS_WHERE_ASKED: Final = 2
"""An amount or a date that is asked for is no part of a number, unless so many before it were answers to nothing."""

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn",
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez",
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
)
_TENS: Final = (
    "twenty thirty forty fifty sixty seventy eighty ninety",
    "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "vingt trente quarante cinquante soixante",
)
_TEN: Final = {word: f"{at}0" for words in _TENS for at, word in enumerate(words.split(), 2)}
_VALUE: Final = (
    {word: str(at) for words in _ONES for at, word in enumerate(words.split())}
    | _TEN
    | {"o": "0", "oh": "0", "nought": "0", "naught": "0", "zwo": "2", "vingts": "20", "fourty": "40"}
)
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3, "doble": 2}
_GERMAN: Final = {"ein": "1", "zwei": "2", "drei": "3", "vier": "4", "fünf": "5", "sechs": "6", "sieben": "7",
                  "acht": "8", "neun": "9"}  # fmt: skip
_COMPOUND: Final = re.compile(rf"({'|'.join(_GERMAN)})und({'|'.join(_TENS[1].split())})")
_ABOUT: Final = (
    "my the a an it its it's is are card cards number numbers digit digits code account first second next last rest "
    "other starts start begins goes with by followed after again that's thats those these here here's ok okay yes yeah "
    "yep right so now well please sorry of in on to for you have got "
    "meine mein die der das ist sind karte kartennummer nummer ziffern dann weiter jetzt bitte ja genau also "
    "mi el la los es son tarjeta número luego ahora por favor sí ma mon le les est sont carte numéro puis ensuite oui"
)
_ABOUT_NUMBERS: Final = frozenset(_ABOUT.split())
"""Beside digits these say nothing else: the turn is a part of a number, and no sentence."""
_BETWEEN: Final = frozenset(
    {"um", "uh", "uhm", "erm", "er", "ah", "eh", "hmm", "mm", "and", "then", "dash", "hyphen", "minus", "dot", "space"}
    | {"y", "et", "und", "äh", "euh"}
)
_PIECE: Final = re.compile(r"<[A-Z][A-Z_]*_[0-9]+>|[^\W\d_]+(?:'[^\W\d_]+)*|[0-9]+|<|_+|[^\w<]+")


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier turn. `text`: redacted, None where keys were pressed; `digits`: how many those were. `taken`: it was
    the answer to something."""

    text: str | None
    digits: int = 0
    taken: bool = False


@dataclass(frozen=True, slots=True)
class _Run:
    start: int
    end: int
    count: int
    said: bool
    """In digits that still stand there, not by a reference."""


def parts(
    turns: Sequence[Earlier], digits: Mapping[str, int], text: str, *, asked: bool = False
) -> tuple[tuple[int, int], ...]:
    """The digits of a turn that are part of a longer number, with those of the turns before, the youngest last.
    `digits`: reference → how many it stands for; `asked`: it answers a question whose answer is digits."""
    runs, alone = _read(text, digits)
    count = sum(run.count for run in runs)
    here = tuple((run.start, run.end) for run in runs if run.said)
    before = [_loose(turn, digits) for turn in turns if not turn.taken]
    parts_before = sum(alone_before for found, alone_before in before if found)
    total = sum(found for found, _ in before)
    if asked and parts_before < PARTS_WHERE_ASKED:
        return ()
    if alone and here and total and total + count > MOST_LEFT and (count > 1 or parts_before):
        return here
    last = turns[-1].text if turns and not asked else None
    found = goes_on(last, digits, text) if last is not None else None
    return (found,) if found is not None else ()


def _loose(turn: Earlier, digits: Mapping[str, int]) -> tuple[int, bool]:
    """How many digits of a turn may be part of a number, and whether it was nothing but digits."""
    if turn.text is None:
        return turn.digits, turn.digits > 0
    runs, alone = _read(turn.text, digits)
    if alone:
        return sum(run.count for run in runs), True
    ends = [run for run in runs if all(_between(piece[0]) for piece in _pieces(turn.text[run.end :]))]
    opened = sum(run.count for run in ends[-1:])
    return (opened, False) if opened >= OPEN_FROM else (0, False)


def _read(text: str, digits: Mapping[str, int]) -> tuple[list[_Run], bool]:
    """Every run of digits, and whether nothing else was said. `the second one` is something else."""
    runs: list[_Run] = []
    alone = plain = True
    counting, goes_on = _Counting(), False
    for piece in _pieces(text):
        count = counting.add(piece[0], digits)
        if count is None:
            between = _between(piece[0])
            plain = plain and between
            alone = alone and (between or piece[0].lower() in _ABOUT_NUMBERS)
            if not between:
                counting, goes_on = _Counting(), False
            continue
        said = not piece[0].startswith("<")
        start = piece.start()
        if goes_on and said and runs[-1].said:
            start, count = runs[-1].start, count + runs.pop().count
        runs.append(_Run(start, piece.end(), count, said))
        goes_on = True
    runs = [run for run in runs if run.count]  # `double` alone is none
    several = sum(run.count for run in runs) > 1
    return runs, bool(runs) and alone and (plain or several)


def said_digits(text: str) -> str:
    """What a run of digits says, in words or not: of 0 to 9, empty where it says none."""
    found, times, tens = "", 1, False
    for piece in _pieces(text):
        word = piece[0].lower()
        if word in _TIMES:
            times = _TIMES[word]
        elif value := word if word.isdecimal() else _value(word):
            goes_on = tens and len(value) == 1 and value != "0" and not word.isdecimal()
            found = found[:-1] + value if goes_on else found + value * times
            times, tens = 1, word in _TEN
    return found


class _Counting:
    """Digits of words one after the other: `forty one` is two, `eleven` two, `triple four` three."""

    def __init__(self) -> None:
        self._times, self._tens = 1, False

    def add(self, piece: str, digits: Mapping[str, int]) -> int | None:
        """None where it is no digits."""
        said = _digits(piece, digits)
        if not said:
            return None
        word, times, tens = piece.lower(), self._times, self._tens
        self._times, self._tens = _TIMES.get(word, 1), word in _TEN
        if word in _TIMES:
            return 0
        if piece.startswith("<") or word.isdecimal():
            return said
        value = _value(word)
        return 0 if tens and len(value) == 1 and value != "0" else len(value) * times


def left_open(text: str, digits: Mapping[str, int]) -> int:
    """How many digits a redacted text ends with; `digits`: reference → how many it stands for."""
    count = 0
    for piece in reversed(list(_pieces(text))):
        said = _digits(piece[0], digits)
        if said:
            count += said
        elif not _between(piece[0]):
            break
    return count


def going_on(text: str) -> tuple[int, int, int]:
    """Start, end and number of the digits that a redacted text begins with; (0, 0, 0) where it begins with none."""
    start, end, count = -1, 0, 0
    for piece in _pieces(text):
        said = _digits(piece[0], {})
        if said:
            start = piece.start() if start < 0 else start
        if said and piece[0].lower() not in _TIMES:  # those are digits by what follows them
            end, count = piece.end(), count + said
        elif not said and not _between(piece[0]):
            break
    return (start, end, count) if count else (0, 0, 0)


def goes_on(before: str, digits: Mapping[str, int], text: str) -> tuple[int, int] | None:
    """The digits of a turn that go on with those the turn before left open, where both together are a number."""
    opened = left_open(before, digits)
    start, end, count = going_on(text)
    if not count or opened < OPEN_FROM or opened + count < NUMBER_FROM:
        return None
    return (start, end) if count > 1 or _read(text, {})[1] else None  # `one more question` is no number


def _digits(piece: str, digits: Mapping[str, int]) -> int:
    word = piece.lower()
    if piece.startswith("<"):
        return digits.get(piece[1:-1], 0)
    if word.isdecimal():
        return len(word)
    return int(word in _TIMES or bool(_value(word)))


def _pieces(text: str) -> Iterator[re.Match[str]]:
    """Pieces of a text, at the same places, whatever signs its letters and digits are written in."""
    return _PIECE.finditer(text if text.isascii() else "".join(map(_plain, text)))


def _plain(sign: str) -> str:
    """A digit as 0 to 9, a letter as it is usually written; one sign for one. What only looks like `<` is none."""
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    usual = unicodedata.normalize("NFKC", sign)
    return usual if len(usual) == 1 and usual.isalnum() else sign


def _value(word: str) -> str:
    """Its digits; none where it is no number's word."""
    found = _COMPOUND.fullmatch(word)
    return f"{_TEN[found[2]][0]}{_GERMAN[found[1]]}" if found else _VALUE.get(word, "")


def _between(piece: str) -> bool:
    """Also a sign that ends a sentence: `4111?` asks whether it was heard."""
    return piece.lower() in _BETWEEN or (not piece[0].isalnum() and not piece.startswith("<"))
