"""Names, places and organisations: a small tagger of our own, trained by scripts/train/personal_names.py.

A linear model over hashed features of words, their neighbours and lists of names, with the best row of tags found by
Viterbi's algorithm. What a word of the dictionary adds to its own place and to the places beside it is remembered, so
that most of a text is looked up and added; names, numbers and all other words are worked out anew and forgotten.
Weights and lists (hashes of names, no names) are in `names.npz`, 8 bits a weight.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ARTEFACT: Final = Path(__file__).with_name("names.npz")
KINDS: Final = ("PERSON", "LOCATION", "COUNTRY", "ADDRESS", "ORGANIZATION", "NATIONALITY")
TAGS: Final = ("O", *(f"{begin}-{kind}" for kind in KINDS for begin in "BI"))
BUCKETS: Final = 1 << 18
REMEMBERED: Final = 100_000
"""So many words, pairs and threes are kept with what they add; then no more are."""
STEEP: Final = 25.0
"""How far a tag must lead over none for a score of .73; twice that gives .88."""
FORWARD: Final = 0.0
"""What every tag but none has ahead: a name that is missed costs more than a word that is taken for one."""
CHUNK: Final = 400
"""Tokens looked at in one go; texts are cut at line ends or sentence ends near it."""
TOKEN: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|\n|[^\w\s]|_")
FLAGS: Final = (
    "first", "first_rare", "last", "last_rare", "city", "city_rare", "place_part", "country", "region", "state",
    "nationality", "common", "proper", "company_part", "street_part", "month",
)  # fmt: skip
_COMMON: Final = 1 << FLAGS.index("common")
_COUNTRY: Final = 1 << FLAGS.index("country")
_NATIONALITY: Final = 1 << FLAGS.index("nationality")
_FIRST: Final = 1 << FLAGS.index("first") | 1 << FLAGS.index("last")
_MONTH: Final = 1 << FLAGS.index("month")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_OF_THE_TRADE: Final = frozenset(
    (
        "dob ssn dni nie nif nino nhs nah nope yeah yep yup uh huh okay hi hey bye thx pls "
        "visa mastercard maestro amex american express paypal apple google samsung pay atm atms pin pins cvv iban "
        "bic swift sepa sms id ids euro euros dollar dollars pound pounds usd eur gbp aud cad chf jpy card cards "
        "account accounts bank wifi app faq asap and or the a"
    ).split()
)
"""Nothing but these words is nobody, and no firm that says anything of somebody."""
COMMON_FROM: Final = 0.99
"""A name in small letters that is nothing but words of the dictionary must be so sure."""
_STREET_WORDS: Final = frozenset(
    (
        "street st road rd avenue ave lane ln drive dr court ct way place pl boulevard blvd terrace close crescent "
        "square parkway pkwy highway hwy circle trail row walk gardens grove mews loop alley rue calle via straße "
        "strasse str avenida piazza platz weg allee plaza route box apt apartment suite unit flat floor postfach "
        "apartado ul"
    ).split()
)
_COMPANY_WORDS: Final = frozenset(
    (
        "inc llc ltd limited corp corporation co company group holdings plc gmbh ag se kg sa sarl srl spa bv nv "
        "ab as oy oyj pty llp lp sons brothers bros partners associates bank university college hospital "
        "institute foundation ministry council museum school academy union trust society association agency "
        "department airlines"
    ).split()
)
_TITLE_WORDS: Final = frozenset(
    (
        "mr mrs ms miss mister missus dr doctor prof professor sir madam lady lord reverend rev father sister "
        "captain judge herr frau señor señora señorita sr sra monsieur madame mademoiselle mme mlle don doña "
        "officer president uncle aunt nurse detective minister chancellor senator governor coach"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Named:
    """Half-open character range; `score` in 0..1."""

    start: int
    end: int
    kind: str
    score: float


def tokens(text: str) -> list[Token]:
    return [Token(found[0], found.start(), found.end()) for found in TOKEN.finditer(text)]


class Lists:
    """Words by hash, with the lists they are in as bits in the order of `FLAGS`."""

    def __init__(self, hashes: NDArray[np.uint32], bits: NDArray[np.uint16]) -> None:
        self.hashes, self.held = hashes, bits
        self._bits: dict[int, int] = dict(zip(hashes.tolist(), bits.tolist(), strict=True))

    def bits(self, word: str) -> int:
        return self._bits.get(crc32(word.encode()), 0)


def seen(word: str) -> str:
    """The word as features know it: of a number its length alone."""
    return "0" * min(len(word), 6) if word.isdigit() else word


def case_of(text: str) -> str:
    """`m` where capitals mean something, `s` where there are none (as speech comes), `c` where there is little else."""
    letters = [character for character in text if character.isalpha()]
    if not any(map(str.isupper, letters)):
        return "s"
    return "c" if len(letters) > 3 and sum(map(str.islower, letters)) * 8 < len(letters) else "m"


class Features:
    """What is known of a word, of two words beside each other and of three kinds of words, as bucket numbers."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._at_hand: dict[str, list[str]] = {}

    def forget(self) -> None:
        """What was looked up for one text is not kept for the next."""
        self._at_hand.clear()

    def flags(self, word: str) -> list[str]:
        found = self._at_hand.get(word)
        if found is None:
            found = self._at_hand[word] = self._flags(word)
        return found

    def _flags(self, word: str) -> list[str]:
        lower = word.lower().replace("’", "'")
        bits = self._lists.bits(lower) or self._lists.bits(lower.removesuffix("'s"))
        found = [name for place, name in enumerate(FLAGS) if bits >> place & 1]
        bare = lower.removesuffix("'s")
        found += ["street"] if bare in _STREET_WORDS or bare.endswith(("straße", "strasse", "straat")) else []
        found += ["firm"] if bare in _COMPANY_WORDS else []
        return found + (["title"] if bare in _TITLE_WORDS else [])

    def ordinary(self, word: str) -> bool:
        """In the dictionary of common words, or no word at all: nothing of anybody's."""
        return not word.isalpha() or bool(self._lists.bits(word.lower()) & _COMMON)

    def settled(self, named: Named, text: str, case: str) -> Named | None:
        """By what is known of the whole: a country is one, and small common words are hardly anybody's name."""
        whole, text = text, text[named.start : named.end]
        words = _LETTERS.findall(text.lower())
        if max(map(len, words), default=0) < 2 or _OF_THE_TRADE.issuperset(words):
            return None
        bits = self._lists.bits(" ".join(words[1:] if words[0] == "the" else words))
        person = named.kind == "PERSON" and bits & _FIRST
        if bits & _COUNTRY and not person and named.kind != "ADDRESS":
            return None if text == "us" else replace(named, kind="COUNTRY")
        if bits & _NATIONALITY and named.kind != "ADDRESS":
            return replace(named, kind="NATIONALITY")
        begins = whole[: named.start].rstrip(" ")[-1:] in ("", ".", "?", "!", "\n", ":")
        small = case == "c" or text.islower() or (begins and text[1:].islower())
        common = small and named.kind != "ADDRESS" and all(map(self._everyday, words))
        return None if common and named.score < COMMON_FROM else named

    def _everyday(self, word: str) -> bool:
        return bool((self._lists.bits(word) | self._lists.bits(word.removesuffix("s"))) & (_COMMON | _MONTH))

    def kind(self, word: str, case: str) -> str:
        """A word's sort, coarse enough for three in a row to be seen often."""
        flags = self.flags(word)
        if "title" in flags or "street" in flags or "firm" in flags or "month" in flags:
            special = "".join(name[0] for name in ("title", "street", "firm", "month") if name in flags)
        else:
            name = next(
                (flag for flag in ("first", "last", "city", "country", "nationality", "region") if flag in flags), ""
            )
            special = f"{name[:2]}{'+' if 'common' in flags else ''}"
        return f"{shape(word, case)}{special}"

    def word(self, word: str, case: str, offset: int) -> list[int]:
        lower = word.lower()
        form = shape(word, case)
        flags = self.flags(word)
        at = f"{offset}|"
        names = [f"{at}w={lower}" if not word.isdigit() else f"{at}#{min(len(word), 6)}", f"{at}h={form}"]
        if abs(offset) == 2:
            return _buckets(names + [f"{at}g={flag}" for flag in flags[:6]])
        names += [f"{at}g={flag}" for flag in flags] + [f"{at}g={flag}{form}" for flag in flags]
        names += [f"{at}G={'.'.join(flags)}{form}", f"{at}s3={lower[-3:]}"]
        if offset == 0 and word.isalpha():
            names += [
                f"s2={lower[-2:]}{form}",
                f"s4={lower[-4:]}",
                f"p2={lower[:2]}{form}",
                f"p3={lower[:3]}",
                f"n={min(len(word), 9)}{form}",
            ]
        return _buckets(names)

    def pair(self, before: str, after: str, case: str, at: str) -> list[int]:
        """`at` is `<` for the features of the second of both, `>` for the first's."""
        one, two = before.lower(), after.lower()
        first, second = self.kind(before, case), self.kind(after, case)
        names = [f"{at}{one}|{second}", f"{at}{first}|{two}", f"{at}{first}|{second}"]
        if before.isalpha() and after.isalpha():
            names += [f"{at}w={one}|{two}"]
            both = self._lists.bits(f"{one} {two}")
            names += [f"{at}b={name}" for place, name in enumerate(FLAGS) if both >> place & 1]
        return _buckets(names)

    def three(self, before: str, here: str, after: str) -> list[int]:
        return _buckets([f"3{before}|{here}|{after}"])


def shape(word: str, case: str) -> str:
    first = word[0]
    if first.isdigit():
        return "d" if len(word) < 6 else "D"
    if not first.isalpha():
        return word
    if case != "m":
        return "s"
    if word.islower():
        return "x"
    if word.isupper():
        return "X" if len(word) == 1 else "XX"
    return "Xx" if word[1:].islower() else "xX"


def _buckets(names: Sequence[str]) -> list[int]:
    return [crc32(name.encode()) % BUCKETS for name in names]


_NOTHING: Final[Floats] = np.zeros((0, 0), np.float32)


class Tagger:
    """Safe to call from several threads: what is remembered is only ever added to or begun anew."""

    def __init__(self, features: Features, weights: NDArray[Any], moves: Floats, scale: float = 1.0) -> None:
        self._features, self._weights, self._moves, self._scale = features, weights, moves, scale
        self._remembered: dict[Any, Floats] = {}
        self._kinds: dict[tuple[str, str], str] = {}

    @classmethod
    def load(cls, path: Path = ARTEFACT) -> Tagger:
        with np.load(path, allow_pickle=False) as held:
            lists = Lists(held["hashes"], held["bits"])
            return cls(Features(lists), held["weights"], held["moves"].astype(np.float32), float(held["scale"]))

    def find(self, text: str) -> list[Named]:
        """In order and apart."""
        case = case_of(text)
        found: list[Named] = []
        for chunk in _chunks(tokens(text)):
            found += self._find(text, chunk, case)
        self._features.forget()
        return found

    def _find(self, text: str, chunk: Sequence[Token], case: str) -> list[Named]:
        if not chunk:
            return []
        scores = self._scores([seen(token.text) for token in chunk], case)
        found = _spans(chunk, best_row(scores, self._moves), scores)
        settled = (self._features.settled(one, text, case) for one in found)
        return [one for one in settled if one is not None]

    def _scores(self, words: Sequence[str], case: str) -> Floats:
        count = len(words)
        padded = ["\n", "\n", *words, "\n", "\n"]
        kinds = [self._kind(word, case) for word in padded]
        pairs = [(padded[at], padded[at + 1], case) for at in range(1, count + 2)]
        threes = [(kinds[at], kinds[at + 1], kinds[at + 2]) for at in range(1, count + 1)]
        known = self._known([(word, case) for word in padded], pairs, threes)
        by_word = np.array([known[word, case] for word in padded])
        by_pair = np.array([known[pair] for pair in pairs])
        scores: Floats = by_pair[:count, 0] + by_pair[1:, 1] + np.array([known["3", three][0] for three in threes])
        for offset in range(-2, 3):
            scores += by_word[2 + offset : 2 + offset + count, offset + 2]
        scores *= np.float32(self._scale)
        scores[:, 0] -= FORWARD
        return scores

    def _known(
        self,
        words: Sequence[tuple[str, str]],
        pairs: Sequence[tuple[str, str, str]],
        threes: Sequence[tuple[str, str, str]],
    ) -> dict[Any, Floats]:
        """What each adds: remembered, or worked out for all of them at once. Rows by tags; five for a word, at the
        places from two before to two after; two for a pair; one for three kinds of words."""
        found: dict[Any, Floats] = {}
        new: list[tuple[Any, list[list[int]]]] = []

        def want(key: Any, make: Callable[[], list[list[int]]]) -> None:
            if key not in found:
                held = self._remembered.get(key)
                if held is None:
                    new.append((key, make()))
                    held = _NOTHING
                found[key] = held

        features = self._features
        for word, case in words:
            want((word, case), lambda: [features.word(word, case, offset) for offset in range(-2, 3)])  # noqa: B023
        for before, after, case in pairs:
            want((before, after, case), lambda: [features.pair(before, after, case, at) for at in "<>"])  # noqa: B023
        for three in threes:
            want(("3", three), lambda: [features.three(*three)])  # noqa: B023
        self._work_out(new, found)
        return found

    def _work_out(self, new: list[tuple[Any, list[list[int]]]], found: dict[Any, Floats]) -> None:
        if not new:
            return
        rows = [row for _, several in new for row in several]
        cuts = np.cumsum([0, *map(len, rows[:-1])])
        sums = np.add.reduceat(self._weights[np.array([place for row in rows for place in row])], cuts, 0, np.float32)
        at = 0
        for key, several in new:
            made = sums[at : at + len(several)].copy()
            at += len(several)
            found[key] = made
            ordinary = key[0] == "3" or all(map(self._features.ordinary, key[:-1]))
            if ordinary and len(self._remembered) < REMEMBERED:
                self._remembered[key] = made

    def _kind(self, word: str, case: str) -> str:
        known = self._kinds.get((word, case))
        if known is not None:
            return known
        kind = self._features.kind(word, case)
        if self._features.ordinary(word) and len(self._kinds) < REMEMBERED:
            self._kinds[word, case] = kind
        return kind


def best_row(scores: Floats, moves: Floats) -> list[int]:
    """Tags by Viterbi's algorithm. `moves[a, b]` is what b after a is worth; the last row is for the beginning."""
    total = scores[0] + moves[-1]
    came: list[NDArray[np.intp]] = []
    within = moves[:-1].T
    for row in scores[1:]:
        ways = within + total
        back = ways.argmax(1)
        came.append(back)
        total = ways.max(1) + row
    tags = [int(total.argmax())]
    for back in reversed(came):
        tags.append(int(back[tags[-1]]))
    return tags[::-1]


def start_moves() -> Floats:
    """Zero where a tag may follow another, never where it may not: an inside goes on with what began."""
    moves = np.zeros((len(TAGS) + 1, len(TAGS)), np.float32)
    for at, tag in enumerate(TAGS):
        if tag[0] == "I":
            moves[:, at] = -1e4
            moves[[at - 1, at], at] = 0
    return moves


def _spans(chunk: Sequence[Token], tags: Sequence[int], scores: Floats) -> list[Named]:
    found: list[Named] = []
    at = 0
    while at < len(chunk):
        if tags[at] == 0:
            at += 1
            continue
        last = at + 1
        while last < len(chunk) and TAGS[tags[last]][0] == "I":
            last += 1
        margin = float(np.mean([scores[place, tags[place]] - scores[place, 0] for place in range(at, last)]))
        score = 1 / (1 + np.exp(-np.clip(margin / STEEP, -30, 30)))
        end = chunk[last - 1].end - (2 if chunk[last - 1].text.lower().endswith(("'s", "’s")) else 0)
        found.append(Named(chunk[at].start, end, TAGS[tags[at]][2:], float(score)))
        at = last
    return found


def _chunks(all_tokens: list[Token]) -> list[list[Token]]:
    chunks: list[list[Token]] = []
    begin = 0
    while len(all_tokens) - begin > CHUNK:
        cut = begin + CHUNK
        ends = (at + 1 for at in range(cut - 1, begin + CHUNK // 2, -1) if all_tokens[at].text in "\n.!?")
        cut = next(ends, cut)
        chunks.append(all_tokens[begin:cut])
        begin = cut
    return [*chunks, all_tokens[begin:]]
