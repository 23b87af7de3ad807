"""What the tagger of names looks at in a token: the word, its kind, beginning and end, and the lists it stands in.

A feature is one or two properties of a token, hashed into a bucket; single lists are places of their own. What stands
around a token is for the network to look at. All tokens of a text go through at once. `scripts/train/personal_names.py`
learns from exactly these features.
"""

# ruff: noqa: SIM905
from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.pii.reading import Hashes, Integers, Reading, mixed, word_hash

BUCKET_BITS: Final = 16
BUCKETS: Final = 1 << BUCKET_BITS
FLAGS: Final = (
    "first", "first_rare", "last", "last_rare", "city", "city_rare", "place_part", "country", "region", "state",
    "nationality", "common", "proper", "company_part", "street_part", "month", "place", "company", "everyday",
    "street", "firm", "title",
)  # fmt: skip
"""The lists; `place` and `company` hold names of several words."""
BIT: Final = {name: 1 << at for at, name in enumerate(FLAGS)}
MORE: Final = ("place_begins", "place_goes_on", "company_begins", "company_goes_on", "country_goes_on", "line_begins",
               "sentence_begins", "possessive")  # fmt: skip
"""Worked out from a text rather than looked up."""
WIDTH: Final = len(FLAGS) + len(MORE)
_BITS: Final = {name: 1 << at for at, name in enumerate((*FLAGS, *MORE))}
LONGEST_NAME: Final = 4
STREET_WORDS: Final = (
    "street st road rd avenue ave lane ln drive dr court ct way place pl boulevard blvd terrace close crescent "
    "square parkway pkwy highway hwy circle trail row walk gardens grove mews loop alley rue calle via straße "
    "strasse str avenida piazza platz weg allee plaza route box apt apartment suite unit flat floor postfach "
    "apartado ul passage chemin impasse quai carrer paseo camino viale corso largo rua travessa praça laan straat "
    "gatan vägen gade vej katu tie veien gata ulica utca út tér náměstí ulice bulvar sokak caddesi"
).split()
STREET_ENDS: Final = (
    "straße strasse straat gasse weg platz allee laan gatan vägen gade vej katu tie veien gata"
).split()  # fmt: skip
COMPANY_WORDS: Final = (
    "inc llc ltd limited corp corporation co company group holdings plc gmbh ag se kg sa sarl srl spa bv nv "
    "ab as oy oyj pty llp lp sons daughters brothers bros partners associates bank university college hospital "
    "institute foundation ministry council museum school academy union trust society association agency "
    "department airlines airways insurance motors industries systems technologies labs hotel hotels club fc united "
    "church records pictures studios press news times university universität université universidad"
).split()
TITLE_WORDS: Final = (
    "mr mrs ms miss mister missus dr doctor prof professor sir madam lady lord reverend rev father sister "
    "captain judge herr frau señor señora señorita sr sra monsieur madame mademoiselle mme mlle don doña "
    "officer president uncle aunt nurse detective minister chancellor senator governor coach"
).split()
_SORTS: Final = (
    "title", "street", "firm", "month", "nationality", "country", "first", "last", "city", "region", "first_rare",
    "last_rare", "city_rare", "company_part", "place_part", "street_part",
)  # fmt: skip
"""A word's sort is the first of these that it has, `first` and `last` together a sort of its own."""
HIDEABLE: Final = sum(
    _BITS[name]
    for name in ("first", "first_rare", "last", "last_rare", "city", "city_rare", "place_part", "region", "street_part",
                 "company_part", "proper", "place", "company", "place_begins", "place_goes_on", "company_begins",
                 "company_goes_on")
)  # fmt: skip
"""What a name would not have if no list held it."""
_W, _KIND, _SETS, _S2, _S3, _S4, _P2, _P3, _P4, _LONG, _CASE, _SHAPE = range(12)
_FEATURES: Final = (
    (_W,), (_KIND,), (_SETS,), (_S2, _SHAPE), (_S3,), (_S4,), (_P2, _SHAPE), (_P3,), (_P4,), (_LONG, _SHAPE),
    (_CASE, _SHAPE), (_S3, _KIND),
)  # fmt: skip
COUNT: Final = len(_FEATURES)
MIXED, SMALL, CAPITALS = range(3)
"""Capitals mean something in a line; there are none, as speech comes; there is little else."""


_dice = np.random.default_rng(4)
_SALTS: Final = list(_dice.integers(1, 1 << 63, COUNT, np.uint64))
_HASHED: Final = tuple(
    tuple((one, _dice.integers(1, 1 << 62, dtype=np.uint64) * np.uint64(2) + np.uint64(1)) for one in feature)
    for feature in _FEATURES
)
"""Each property with what it is multiplied with."""
_DIGITS: Final = word_hash([f"\0{count}" for count in range(8)])
_SHAPES: Final = word_hash([f"\1{at}" for at in range(16)])
_KINDS: Final = word_hash([f"\2{at}" for at in range(1024)])


class Lists:
    """Words by 32 bits of their hash, with the lists they are in as bits in the order of `FLAGS`."""

    def __init__(self, hashes: NDArray[np.uint32], held: NDArray[np.uint32]) -> None:
        self.hashes, self.held = hashes, held

    def bits(self, hashes: Hashes) -> NDArray[np.uint32]:
        key = (hashes >> np.uint64(32)).astype(np.uint32)
        at = np.minimum(np.searchsorted(self.hashes, key), len(self.hashes) - 1)
        found: NDArray[np.uint32] = np.where(self.hashes[at] == key, self.held[at], np.uint32(0))
        return found

    def of(self, text: str) -> int:
        """Of one word or name, in small letters."""
        return int(self.bits(word_hash([text]))[0])


@dataclass(frozen=True, slots=True)
class Seen:
    """`buckets` has `COUNT` rows; `bits` the flags of each token."""

    buckets: NDArray[np.int64]
    bits: NDArray[np.uint32]

    def dense(self) -> NDArray[np.bool_]:
        """A row for each token and a column for each flag."""
        dense: NDArray[np.bool_] = (self.bits[:, None] >> np.arange(WIDTH, dtype=np.uint32) & np.uint32(1)) > 0
        return dense


def look(reading: Reading, lists: Lists, hidden: NDArray[np.uint32] | None = None) -> Seen:
    """`hidden`: flags to look away from, and from the word itself where there are any; names are in no list, too."""
    count = len(reading)
    case = cases(reading)
    bits = _bits(reading, lists)
    shapes = _shapes(reading, case, bits)
    words = reading.hashed(reading.starts, reading.ends)
    length = reading.ends - reading.starts
    words[reading.digit] = _DIGITS[np.minimum(length[reading.digit], 6)]
    if hidden is not None:
        bits &= ~hidden
        words[hidden > 0] = 0
    words[((bits & np.uint32(_NAMES_OF)) > 0) & ((bits & np.uint32(_WORDS_TOO)) == 0)] = 0
    kinds = _kinds(bits, shapes)
    ends, starts = reading.ends, reading.starts
    letters = reading.letter
    of = np.zeros((_SHAPE + 1, count), np.uint64)
    of[_W], of[_KIND], of[_SHAPE] = words, _KINDS[kinds], _SHAPES[shapes]
    of[_SETS] = mixed((bits & np.uint32((1 << len(FLAGS)) - 1)).astype(np.uint64) + _SHAPES[shapes])
    for which, size in ((_S2, 2), (_S3, 3), (_S4, 4)):
        of[which] = reading.hashed(np.maximum(starts, ends - size), ends) * letters
    for which, size in ((_P2, 2), (_P3, 3), (_P4, 4)):
        of[which] = reading.hashed(starts, np.minimum(ends, starts + size)) * letters
    of[_LONG] = _DIGITS[np.minimum(length, 7)]
    of[_CASE] = case
    keys = np.empty((COUNT, count), np.uint64)
    part = np.empty(count, np.uint64)
    for row, salt, feature in zip(keys, _SALTS, _HASHED, strict=True):
        row[:] = salt
        for one, odd in feature:
            row += np.multiply(of[one], odd, out=part)
    return Seen((mixed(keys) >> np.uint64(64 - BUCKET_BITS)).astype(np.int64), bits)


def cases(reading: Reading) -> NDArray[np.uint64]:
    """Of each token's line: what capitals mean in it."""
    line = np.cumsum(reading.codes[reading.starts] == ord("\n"))
    uppers, lowers = (np.bincount(line, of) for of in (reading.uppers, reading.lowers))
    each = np.where(
        uppers == 0, SMALL, np.where((uppers + lowers > 3) & (lowers * 8 < uppers + lowers), CAPITALS, MIXED)
    )
    cases: NDArray[np.uint64] = each[line].astype(np.uint64)
    return cases


def _bits(reading: Reading, lists: Lists) -> NDArray[np.uint32]:
    """What the lists say of every token, of names of several tokens, and where lines and sentences begin."""
    count = len(reading)
    starts, ends = reading.starts, reading.ends
    rows = [lists.bits(reading.hashed(starts, ends))]
    for size in range(2, min(LONGEST_NAME, count) + 1):
        rows.append(lists.bits(reading.hashed(starts[: 1 - size], ends[size - 1 :])))
    bits = rows[0]
    for size, row in enumerate(rows[1:], 2):
        for begins, goes_on, list_ in _NAMES:
            hits = np.flatnonzero(row & list_)
            if hits.size:
                bits[hits] |= begins
                for more in range(1, size):
                    bits[hits + more] |= goes_on
    bits[reading.whole_ends > ends] |= np.uint32(_BITS["possessive"])
    for size, hashes in _STREET_ENDS:
        long = np.flatnonzero(ends - starts > size)
        ending = reading.hashed(ends[long] - size, ends[long])
        for one in hashes:
            bits[long[ending == one]] |= np.uint32(BIT["street"])
    first = reading.codes[starts]
    bits[0] |= np.uint32(_BITS["line_begins"])
    bits[1:][first[:-1] == ord("\n")] |= np.uint32(_BITS["line_begins"])
    stops = _STOPS[np.minimum(first[:-1], len(_STOPS) - 1)]
    bits[1:][stops] |= np.uint32(_BITS["sentence_begins"])
    return bits


_NAMES: Final = tuple(
    (np.uint32(_BITS[begins]), np.uint32(_BITS[goes_on]), np.uint32(BIT[name]))
    for name, begins, goes_on in (
        ("place", "place_begins", "place_goes_on"),
        ("company", "company_begins", "company_goes_on"),
        ("country", "country", "country_goes_on"),
    )
)
_STREET_ENDS: Final = tuple(
    (size, word_hash([one for one in STREET_ENDS if len(one) == size])) for size in sorted(set(map(len, STREET_ENDS)))
)
_STOPS: Final = np.array([chr(code) in '.?!:"(' for code in range(128)])


def _shapes(reading: Reading, case: NDArray[np.uint64], bits: NDArray[np.uint32]) -> Integers:
    """0 sign, 1 number, 2 long number, 3 letters without case, 4 small, 5 initial, 6 capitals, 7 Capital, 8 miXed."""
    length = reading.ends - reading.starts
    shapes = np.where(reading.letter, 8, 0)
    shapes[reading.digit] = 1
    shapes[reading.digit & (length >= 6)] = 2
    uppers, lowers = reading.uppers, reading.lowers
    shapes[reading.letter & (uppers == 0)] = 4
    shapes[reading.letter & (uppers > 0) & (lowers == 0)] = 6
    capital = (uppers == 1) & (lowers > 0) & reading.first_upper
    shapes[reading.letter & capital] = 7
    shapes[reading.letter & (length == 1) & (uppers == 1)] = 5
    begins = (bits & np.uint32(_BITS["line_begins"] | _BITS["sentence_begins"])) > 0
    shapes[(shapes == 7) & begins] = 9
    shapes[reading.letter & (case != MIXED)] = 3
    return shapes


def _kinds(bits: NDArray[np.uint32], shapes: Integers) -> Integers:
    sort = np.zeros(len(bits), np.int64)
    for at in range(len(_SORTS), 0, -1):
        sort[(bits & np.uint32(BIT[_SORTS[at - 1]])) > 0] = at
    both = np.uint32(BIT["first"] | BIT["last"])
    sort[(sort == _SORTS.index("first") + 1) & ((bits & both) == both)] = len(_SORTS) + 1
    common = (bits & np.uint32(BIT["common"])) > 0
    several = (bits & np.uint32(_SEVERAL)) > 0
    return ((sort * 2 + common) * 2 + several) * 10 + shapes


_NAMES_OF: Final = sum(
    _BITS[name]
    for name in ("first", "first_rare", "last", "last_rare", "city", "city_rare", "place_part", "region", "street_part",
                 "company_part", "proper")
)  # fmt: skip
_WORDS_TOO: Final = sum(
    _BITS[name]
    for name in ("common", "everyday", "title", "street", "firm", "month", "country", "nationality", "state")
)
"""What is only somebody's name is nothing to be learned by heart: the lists it is in tell."""
_SEVERAL: Final = (
    _BITS["place_begins"] | _BITS["place_goes_on"] | _BITS["company_begins"] | _BITS["company_goes_on"]
)  # fmt: skip
