"""Names, places and organisations: a small tagger of our own, trained by scripts/train/personal_names.py.

A small network over hashed features (see `features`): two layers that look at the tokens beside, and the best row of
tags found by Viterbi's algorithm where there is any doubt. All tokens of a text go through together; nothing is kept
from one text to the next. Weights and lists (hashes of names, no names) are in `names.npz`.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.pii.features import BIT, TITLE_WORDS, WIDTH, Lists, Seen, look
from models.pii.reading import LONGEST, Integers, Reading, read

Floats = NDArray[np.float32]
ARTEFACT: Final = Path(__file__).with_name("names.npz")
KINDS: Final = ("PERSON", "LOCATION", "COUNTRY", "ADDRESS", "ORGANIZATION", "NATIONALITY", "TITLE")
TAGS: Final = ("O", *(f"{begin}-{kind}" for kind in KINDS for begin in "BI"))
STEEP: Final = 2.0
"""How far a tag must lead over none for a score of .73; twice that gives .88."""
FORWARD: Final = 2.5
"""What every tag but none has ahead: a name that is missed costs more than a word that is taken for one."""
SURE: Final = 5.0
"""A token that is none by so much is not thought about again."""
DEPTH: Final = 48
"""Numbers that a token becomes."""
NEAR: Final = (0, 1, 2, 3, 4)
AROUND: Final = (0, 2, 4)
"""Where the layers look: five tokens, then three of what was seen in five."""
AT_ONCE: Final = 32
"""Tokens in a product of matrices: so few that BLAS does not share it among threads, which wait for one another."""
REACH: Final = 4
"""Tokens that are seen to either side."""
_LENGTHS: Final = (3, 6, 12, 24)
"""Rows of tokens of much the same length are gone through together."""
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_OF_THE_TRADE: Final = frozenset(
    (
        "dob ssn dni nie nif nino nhs nah nope yeah yep yup uh huh okay hi hey bye thx pls "
        "visa mastercard maestro amex american express paypal apple google samsung pay atm atms pin pins cvv iban "
        "bic swift sepa sms id ids euro euros dollar dollars pound pounds usd eur gbp aud cad chf jpy card cards "
        "account accounts bank wifi app faq asap and or the a vpn wi fi wlan lan usb outlook teams excel powerpoint "
        "windows office chrome firefox x ray mri ct ruble rubles transaction medicare medicaid tylenol advil covid"
    ).split()
)
"""Nothing but these words is nobody, and no firm that says anything of somebody."""
_TITLES: Final = frozenset(TITLE_WORDS)
COMMON_FROM: Final = 0.995
"""A name in small letters that is nothing but words of the dictionary must be so sure."""
SHORT_FROM: Final = 0.6
"""So sure must one of three letters be, or with a word of the dictionary in it."""
ALONE_FROM: Final = 0.97
"""So sure must a word of the dictionary be that is nobody's name and stands alone, or a few capitals."""
UNHEARD_FROM: Final = 0.95
"""So sure must one be of which no word is a name that many have: it may be a word mistyped, or a medicine."""


@dataclass(frozen=True, slots=True)
class Named:
    """Half-open character range; `score` in 0..1."""

    start: int
    end: int
    kind: str
    score: float


@dataclass(frozen=True, slots=True)
class Network:
    """Features of a token are added up; then two layers that look to either side, and what each tag is worth."""

    table: NDArray[np.int8]
    scale: np.float32
    flags: Floats
    layers: tuple[tuple[Floats, Floats], ...]
    """Weights and what is added, of both layers and the tags."""

    def scores(self, seen: Seen) -> Floats:
        picked = np.take(self.table, seen.buckets, 0, mode="wrap")
        count = len(seen.bits)
        total = np.zeros((count + 2 * REACH, self.table.shape[1]), np.float32)
        inner = total[REACH : REACH + count]
        np.multiply(np.add.reduce(picked, 0, np.int16), self.scale, out=inner)
        for at, rows in enumerate(self.flags):
            inner += np.take(rows, seen.bits >> np.uint32(8 * at) & np.uint32(255), 0, mode="wrap")
        for (weights, added), places in zip(self.layers, (NEAR, AROUND), strict=False):
            total = looked_at(total, weights, places)
            total += added
            np.maximum(total, 0, out=total)
        weights, added = self.layers[-1]
        scores: Floats = looked_at(total, weights, (0,))[:count]
        scores += added
        return scores


def looked_at(rows: Floats, weights: Floats, places: tuple[int, ...]) -> Floats:
    """What stands in the places from every row, times its weights. Beyond the last row is nothing."""
    width = rows.shape[1]
    count = -(-(len(rows) - places[-1]) // AT_ONCE) * AT_ONCE
    if count + places[-1] > len(rows):
        rows = np.concatenate([rows, np.zeros((count + places[-1] - len(rows), width), np.float32)])
    total = np.zeros((count // AT_ONCE, AT_ONCE, weights.shape[1]), np.float32)
    for at, place in enumerate(places):
        stretch = rows[place : place + count].reshape(-1, AT_ONCE, width)
        total += stretch @ weights[at * width : (at + 1) * width]
    return total.reshape(count, -1)


class Tagger:
    """Safe to call from several threads: a call changes nothing."""

    def __init__(self, lists: Lists, network: Network, moves: Floats) -> None:
        """`moves[a, b]` is what tag b after a is worth."""
        self.lists = lists
        self._network, self._moves = network, moves

    @classmethod
    def load(cls, path: Path = ARTEFACT) -> Tagger:
        with np.load(path, allow_pickle=False) as held:
            hashes = np.cumsum(held["steps"], dtype=np.uint32)
            layers = tuple(
                (held[f"weights_{at}"].astype(np.float32), held[f"added_{at}"].astype(np.float32)) for at in range(3)
            )
            network = Network(
                held["table"], np.float32(held["scale"]), by_byte(held["flags"].astype(np.float32)), layers
            )
            return cls(Lists(hashes, held["bits"].astype(np.uint32)), network, held["moves"].astype(np.float32))

    def find(self, text: str) -> list[Named]:
        """In order and apart."""
        return [one for start, end in _parts(text) for one in self._find(text, start, end)]

    def _find(self, text: str, start: int, end: int) -> list[Named]:
        reading = read(text[start:end])
        if not len(reading):
            return []
        seen = look(reading, self.lists)
        scores = self.scores(seen)
        spans = list(_spans(best_tags(scores, self._moves), scores))
        if not spans:
            return []
        begin, finish = (np.array([one[at] for one in spans]) for at in (0, 1))
        known = self.lists.bits(reading.hashed(reading.starts[begin], reading.ends[finish])).tolist()
        # How many of the tokens so far are plain words, names that many have, days or months, numbers, any words.
        sorts = np.zeros((5, len(reading) + 1), np.int64)
        np.cumsum(self._plain(reading, seen), out=sorts[0, 1:])
        for row, flags in enumerate((_HEARD_OF, _MONTH), 1):
            np.cumsum((seen.bits & np.uint32(flags)) > 0, out=sorts[row, 1:])
        np.cumsum(reading.digit, out=sorts[3, 1:])
        np.cumsum(reading.letter, out=sorts[4, 1:])
        found = []
        for (first, last, kind, score), bits in zip(spans, known, strict=True):
            one = Named(start + int(reading.starts[first]), start + int(reading.ends[last]), kind, score)
            plain, heard, days, digits, letters = (sorts[:, last + 1] - sorts[:, first]).tolist()
            about = _About(bits, plain == last - first + 1, plain > 0, heard > 0, days == letters, digits > 0)
            kept = _settled(one, text, about)
            found += [kept] if kept is not None else []
        return found

    def _plain(self, reading: Reading, seen: Seen) -> NDArray[np.bool_]:
        """Which tokens are words of the dictionary, their plurals, or no words at all."""
        plain: NDArray[np.bool_] = (seen.bits & np.uint32(_ORDINARY)) > 0
        plural = ~plain & (reading.codes[reading.ends - 1] == ord("s"))
        one = self.lists.bits(reading.hashed(reading.starts[plural], reading.ends[plural] - 1))
        plain[plural] = (one & np.uint32(_ORDINARY)) > 0
        seen.bits[plural] |= one & np.uint32(_MONTH)  # Sundays are days as a Sunday is
        return plain | ~reading.letter

    def scores(self, seen: Seen) -> Floats:
        """What every tag is worth for every token, neighbours' tags apart."""
        scores = self._network.scores(seen)
        scores[:, 1:] += FORWARD
        return scores


def by_byte(flags: Floats) -> Floats:
    """What every eight flags together are worth: a table for each byte."""
    bits = (np.arange(256)[:, None] >> np.arange(8) & 1).astype(np.float32)
    rows = np.zeros((32, flags.shape[1]), np.float32)
    rows[:WIDTH] = flags
    return np.stack([bits @ rows[at : at + 8] for at in range(0, 32, 8)])


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of a name that was found: what lists say of the whole, and of its words."""

    bits: int
    ordinary: bool
    partly: bool
    heard_of: bool
    days: bool
    numbered: bool


def _settled(named: Named, whole: str, about: _About) -> Named | None:
    """By what is known of the whole: a country is one, and small common words are hardly anybody's name."""
    text = whole[named.start : named.end]
    words = _LETTERS.findall(text.lower())
    if max(map(len, words), default=0) < 2 or _OF_THE_TRADE.issuperset(words) or about.days:
        return None
    if named.kind == "TITLE":
        return named if _TITLES.issuperset(words) else None
    place = named.kind == "ADDRESS"
    person = named.kind == "PERSON" and about.bits & _FIRST
    if about.bits & _COUNTRY and not person and not place:
        return None if text == "us" else replace(named, kind="COUNTRY")
    if about.bits & _NATIONALITY and not place:
        return replace(named, kind="NATIONALITY")
    alone = len(words) == 1 and not about.heard_of and not about.bits & _COMPANY and not about.numbered
    doubtful = alone and not place and (about.ordinary or (text.isupper() and len(text) < len("short")))
    if doubtful and named.score < ALONE_FROM:
        return None
    begins = whole[: named.start].rstrip(" ")[-1:] in ("", ".", "?", "!", "\n", ":")
    if not (text.islower() or (begins and text[1:].islower()) or (text.isupper() and _line(whole, named).isupper())):
        return named
    if about.ordinary:
        least = UNHEARD_FROM if place and about.numbered else COMMON_FROM
    elif about.heard_of or (place and about.numbered):
        least = SHORT_FROM if len(text) < len("long") or about.partly else 0.0
    else:
        least = UNHEARD_FROM
    return named if named.score >= least else None


def _line(text: str, named: Named) -> str:
    end = text.find("\n", named.end)
    return text[text.rfind("\n", 0, named.start) + 1 : end if end >= 0 else len(text)]


_COUNTRY: Final = BIT["country"]
_COMPANY: Final = BIT["company"]
_NATIONALITY: Final = BIT["nationality"]
_FIRST: Final = BIT["first"] | BIT["last"]
_MONTH: Final = BIT["month"]
_ORDINARY: Final = BIT["common"] | BIT["month"]
_HEARD_OF: Final = sum(BIT[name] for name in ("first", "last", "city", "country", "region", "nationality", "place"))


def best_tags(scores: Floats, moves: Floats) -> Integers:
    """A tag for every token by Viterbi's algorithm, over each row of tokens that may be anything together."""
    count = len(scores)
    tags = np.zeros(count, np.int64)
    open_ = scores[:, 1:].max(1) > scores[:, 0] - SURE
    places = np.flatnonzero(open_)
    if not places.size:
        return tags
    cuts = np.flatnonzero(np.diff(places) > 1)
    firsts = places[np.concatenate([[0], cuts + 1])]
    lengths = places[np.concatenate([cuts, [len(places) - 1]])] - firsts + 1
    longest = int(lengths.max())
    for least, most in pairwise((0, *_LENGTHS, longest)):
        some = np.flatnonzero((lengths > least) & (lengths <= most))
        if some.size:
            _best_of(scores, moves, firsts[some], lengths[some], tags)
    return tags


def _best_of(scores: Floats, moves: Floats, firsts: Integers, lengths: Integers, tags: Integers) -> None:
    """Sets `tags` in the rows that begin at `firsts`; before and after each stands a token that is none."""
    longest = int(lengths.max())
    held = np.full((len(firsts), longest + 1, scores.shape[1]), -1e6, np.float32)
    held[:, :, 0] = 0
    rows, columns = np.nonzero(np.arange(longest + 1) < lengths[:, None])
    held[rows, columns] = scores[firsts[rows] + columns]
    totals = np.empty((longest + 1, len(firsts), scores.shape[1]), np.float32)
    totals[0] = held[:, 0] + moves[0]
    for step in range(1, longest + 1):
        np.add((totals[step - 1][:, :, None] + moves).max(1), held[:, step], out=totals[step])
    tag = totals[longest].argmax(1)
    into = np.ascontiguousarray(moves.T)
    for step in range(longest, 0, -1):
        tag = (totals[step - 1] + into[tag]).argmax(1)
        within = step - 1 < lengths
        tags[firsts[within] + step - 1] = tag[within]


def start_moves() -> Floats:
    """Zero where a tag may follow another, never where it may not: an inside goes on with what began."""
    moves = np.zeros((len(TAGS), len(TAGS)), np.float32)
    for at, tag in enumerate(TAGS):
        if tag[0] == "I":
            moves[:, at] = -1e4
            moves[[at - 1, at], at] = 0
    return moves


def _spans(tags: Integers, scores: Floats) -> Iterator[tuple[int, int, str, float]]:
    """First and last token, kind and score."""
    places = np.flatnonzero(tags)
    if not places.size:
        return
    lead = (scores[places, tags[places]] - scores[places, 0]).tolist()
    row, tag = places.tolist(), tags[places].tolist()
    at = 0
    while at < len(row):
        last = at + 1
        while last < len(row) and row[last] == row[last - 1] + 1 and TAGS[tag[last]][0] == "I":
            last += 1
        margin = min(30.0, max(-30.0, sum(lead[at:last]) / (last - at) / STEEP))
        yield row[at], row[last - 1], TAGS[tag[at]][2:], 1 / (1 + 2.718281828459045**-margin)
        at = last


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Pieces of at most `LONGEST` characters, cut at a line's end, else a sentence's, else a space."""
    start = 0
    while len(text) - start > LONGEST:
        end = start + LONGEST
        cuts = (text.rfind(mark, start + LONGEST // 2, end) for mark in ("\n", ". ", "? ", "! ", " "))
        cut = next((cut + 1 for cut in cuts if cut > 0), end)
        yield start, cut
        start = cut
    yield start, len(text)
