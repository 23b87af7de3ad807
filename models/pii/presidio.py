"""Presidio with recognisers of our own: by pattern and context, and names by a tagger that comes with the release.

Numbers and addresses on the net are found by `numbered` and `contacts` in normalised text; Presidio adds its checked
patterns (passports, licences, wallets and the like) and the words around them; persons, places and organisations come
from `names`. Nothing reaches for the network: recognisers that would (domain lists, model downloads) are not loaded.
"""

from __future__ import annotations

import logging
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, Protocol

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import (
    CryptoRecognizer,
    MacAddressRecognizer,
    UsItinRecognizer,
    UsLicenseRecognizer,
    UsPassportRecognizer,
)

from appliance.ports import PersonalSpan
from models.pii import number_words
from models.pii.contacts import contacts
from models.pii.dates import dates
from models.pii.landmarks import Landmarks, words_in
from models.pii.names import Named, Tagger
from models.pii.national import national
from models.pii.normalising import Plain, plain
from models.pii.numbered import numbered
from models.pii.other_words import OTHER_WORDS
from models.pii.secrets import secrets

MAX_CHARACTERS: Final = 8000
AT_LEAST: Final = 0.4
SURE_ENOUGH: Final = {"ORGANIZATION": 0.85, "ADDRESS": 0.5, "": 0.3}
"""Of names: the tagger is told to take a word in doubt for one, which firms are too often."""
SURE_ABROAD: Final = {"": 0.9}
"""In languages of which the tagger has learned less."""
_WORD_ON: Final = re.compile(r"\w*")
_SSN: Final = re.compile("[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}")
_IDENTIFIER_FROM: Final = 5
_CONTEXT: Final = re.compile(
    r"licen|driv|permit|\blic\b|identif|c?dls|passport|united|states|\bus\b|travel|document|itin\b|\btin\b|\btax|payer|"
    r"individual|wallet|btc|bitcoin|crypto|(?:bc1|[13])[a-z0-9]{25}|\b9[0-9]{2}[- ]?[5-9][0-9][- ]?[0-9]{4}",
    re.IGNORECASE,
)
"""Without one of these, none of Presidio's patterns that are used is sure enough."""
_CONTEXT_PARTS: Final = (
    "licen", "driv", "permit", "identif", "dls", "passport", "united", "states", "travel", "document", "itin", "tax",
    "payer", "individual", "wallet", "btc", "bitcoin", "crypto",
)  # fmt: skip
_CONTEXT_WORDS: Final = frozenset(("lic", "us", "tin"))
_CONTEXT_SIGNS: Final = re.compile(r"(?:bc1|[13])[a-z0-9]{25}|\b9[0-9]{2}[- ]?[5-9][0-9][- ]?[0-9]{4}", re.IGNORECASE)
"""What is quick to see of `_CONTEXT`."""
_WORDS_BEFORE: Final = 60
_WORDS_AFTER: Final = 20
_APART: Final = " \n \n "
SURE: Final = 0.8
"""As sure as Presidio's patterns are at most."""
_PLACE_WORD: Final = re.compile(r"(?!(?:and|or|und|oder|then)\b)[^\W\d_]{3}|[A-Z]{1,2}[0-9]")
_WORDS: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_NOBODY: Final = frozenset(
    word
    for spoken in map(number_words.words, ("en", "de", "es", "fr"))
    for words in (*spoken.phrases, spoken.times, spoken.fillers, spoken.hesitations, spoken.corrections)
    for word in words
)
"""Of numbers and what is said between them."""
_TITLE_ALONE: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof)\.(?!\w)|\b(?:Mr|Mrs|Ms|Miss)\b(?= ?[A-Z,;)\n]|$)")
_TITLE: Final = re.compile(
    r"(?:mr|mrs|ms|miss|mister|missus|dr|doctor|prof|professor|sir|madam|lady|lord|rev|reverend|herr|frau|se\u00f1or|"
    r"se\u00f1ora|sr|sra|monsieur|madame|mme)\b\.?$",
    re.IGNORECASE,
)
_TITLES: Final = (
    "mr", "mrs", "ms", "miss", "mister", "missus", "dr", "doctor", "prof", "professor", "sir", "madam", "lady", "lord",
    "rev", "reverend", "herr", "frau", "se\u00f1or", "se\u00f1ora", "sr", "sra", "monsieur", "madame", "mme",
)  # fmt: skip
_KINDS: Final = {
    "CRYPTO": "WALLET", "MAC_ADDRESS": "MAC", "US_ITIN": "TAXPAYER_NUMBER", "US_DRIVER_LICENSE": "LICENSE",
    "US_PASSPORT": "PASSPORT",
}  # fmt: skip


_IN_ADDRESSES: Final = frozenset({"NUMBER", "POSTCODE", "CUSTOMER_NUMBER", "SSN", "ID", "LICENSE", "PASSPORT"})
"""What a house number, a post code or a box may look like."""


class Names(Protocol):
    def find(self, text: str) -> list[Named]:
        """In order and apart."""
        ...


class Presidio:
    """`detect` is safe to call from several threads."""

    languages: ClassVar[tuple[str, ...]] = ("en",)

    def __init__(self, names: Names | None = None) -> None:
        """`names`: who finds persons, places and organisations, if not our own tagger."""
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        registry = RecognizerRegistry(supported_languages=["en"])
        for recogniser in (
            CryptoRecognizer(),
            MacAddressRecognizer(),
            UsItinRecognizer(),
            UsLicenseRecognizer(),
            UsPassportRecognizer(),
        ):
            registry.add_recognizer(recogniser)
        self._analyzer = AnalyzerEngine(
            registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"], log_decision_process=False
        )
        self._names: Names = names or Tagger.load()
        self.detect("warm up 1234", "en")

    def detect(self, text: str, language: str = "en", *, expecting_secret: bool = False) -> list[PersonalSpan]:
        """Non-overlapping spans in order. `expecting_secret`: a code was asked for, so a bare one is taken as such.

        The rules are English; another language gets them all the same, since numbers are numbers.
        """
        seen = plain(text)
        marks = Landmarks.of(seen.text)
        found = [*numbered(seen.text, expecting_secret, language, marks), *contacts(seen.text, marks)]
        found += [*dates(seen.text, marks), *national(seen.text, language, marks), *secrets(seen, text)]
        if not isinstance(seen.at, range):
            found = [_moved(span, *seen.span(span.start, span.end)) for span in found]
        structured = merged([*found, *self._predefined(text, seen, marks, found)])
        return beside(text, self._named(text, language), structured)

    def _named(self, text: str, language: str) -> list[PersonalSpan]:
        least = SURE_ENOUGH if language[:2].lower() == "en" else SURE_ABROAD
        found = [
            PersonalSpan(one.start, one.end, one.kind, one.score)
            for one in self._names.find(text)
            if one.score >= least.get(one.kind, least[""])
            and _is_name(text, one)
            and (one.kind != "ADDRESS" or _PLACE_WORD.search(text, one.start, one.end))
        ]
        alone = [PersonalSpan(one.start(), one.end(), "TITLE", 0.8) for one in _TITLE_ALONE.finditer(text)]
        return [*alone, *(title for one in found if one.kind == "PERSON" for title in _titles(text, one)), *found]

    def _predefined(
        self, text: str, seen: Plain, marks: Landmarks, found: Sequence[PersonalSpan]
    ) -> list[PersonalSpan]:
        """By Presidio's patterns and the words before them: where something stands that nothing else has named."""
        sure = merged([span for span in found if span.score >= SURE])
        begins = [span.start for span in sure]
        windows: list[tuple[int, int]] = []
        for start, end in _identifiers(seen, marks):
            at = bisect_right(begins, start) - 1
            if at >= 0 and end <= sure[at].end:
                continue
            start, end = max(0, start - _WORDS_BEFORE), min(len(text), end + _WORDS_AFTER)
            if not _in_context(text, start, end):
                continue
            if windows and start <= windows[-1][1]:
                windows[-1] = windows[-1][0], end
            else:
                windows.append((start, end))
        if not windows:
            return []
        pieces, places, length = [], [], 0
        for start, end in windows:
            places.append((length, start))
            pieces.append(text[start:end])
            length += end - start + len(_APART)
        begins = [place for place, _ in places]
        spans = []
        for one in self._analyzer.analyze(_APART.join(pieces), language="en", score_threshold=AT_LEAST):
            at = bisect_right(begins, one.start) - 1
            by, last = places[at][1] - places[at][0], windows[at][1]
            if one.end + by <= last:
                kind = _KINDS.get(one.entity_type, "ID")
                spans.append(PersonalSpan(one.start + by, one.end + by, kind, min(one.score, SURE)))
        return spans


def _identifiers(seen: Plain, marks: Landmarks) -> Iterator[tuple[int, int]]:
    """What Presidio's patterns may be about, in the original; it is asked of nothing else."""
    text, past = seen.text, 0
    for place in marks.digits:
        if place < past:
            continue
        start = place
        while start > past and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        end = _WORD_ON.match(text, place).end()  # type: ignore[union-attr]
        if end - start < _IDENTIFIER_FROM:
            match = _SSN.match(text, place)
            if match is None:
                continue
            start, end = match.span()
        past = end
        yield seen.span(start, end)


def _in_context(text: str, start: int, end: int) -> bool:
    around = text[start:end].lower()
    if any(part in around for part in _CONTEXT_PARTS) or not _CONTEXT_WORDS.isdisjoint(words_in(around)):
        return bool(_CONTEXT.search(text, start, end))
    return bool(_CONTEXT_SIGNS.search(text, start, end))


class BlankEngine(SpacyNlpEngine):  # type: ignore[misc, unused-ignore]
    """spaCy's tokeniser alone, with lower-cased words as lemmas: what Presidio's context words are compared with."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])

    def load(self) -> None:
        import spacy
        from spacy.language import Language

        if not Language.has_factory("b2t_lemmas"):
            Language.component("b2t_lemmas", func=_set_lemmas)
        blank = spacy.blank("en")
        blank.add_pipe("b2t_lemmas")
        self.nlp: Any = {"en": blank}


def _set_lemmas(document: Any) -> Any:
    for token in document:
        token.lemma_ = token.lower_
    return document


def merged(spans: Sequence[PersonalSpan]) -> list[PersonalSpan]:
    """In order and apart: spans that overlap become one over all of them, named by the surest, secret if any is."""
    apart: list[PersonalSpan] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if not apart or span.start >= apart[-1].end:
            apart.append(span)
            continue
        last = apart[-1]
        surest = max(last, span, key=lambda one: (one.secret, one.score, one.end - one.start))
        apart[-1] = PersonalSpan(
            last.start, max(last.end, span.end), surest.kind, surest.score, last.secret or span.secret
        )
    return apart


def _titles(text: str, person: PersonalSpan) -> list[PersonalSpan]:
    """The title right before a person, or at the beginning of the name."""
    begin = max(0, person.start - 12)
    before = text[begin : person.start].rstrip(" ")
    found = _TITLE.search(before) if before.rstrip(".").lower().endswith(_TITLES) else None
    return [PersonalSpan(begin + found.start(), begin + found.end(), "TITLE", person.score)] if found else []


def beside(text: str, names: Sequence[PersonalSpan], structured: Sequence[PersonalSpan]) -> list[PersonalSpan]:
    """Both kinds in order. A name gives way to a number or an e-mail address, a number within an address to that."""
    names = [one for one in names if _says_something(text, one)]
    addresses = [one for one in names if one.kind == "ADDRESS"]
    kept = [
        span
        for span in structured
        if span.secret
        or span.kind not in _IN_ADDRESSES
        or not any(one.start <= span.start and span.end <= one.end for one in addresses)
    ]
    begins, ends = [one.start for one in kept], [one.end for one in kept]
    pieces = [
        piece
        for one in names
        for piece in _without(one, kept[bisect_right(ends, one.start) : bisect_left(begins, one.end)])
        if piece is one or _says_something(text, piece)
    ]
    return merged([*kept, *pieces])


def _is_name(text: str, named: Named) -> bool:
    """Whether it has a word that is not a plain one of another language."""
    first = text[named.start : min(named.end, named.start + 40)].partition(" ")[0].lower()
    if first.isalpha() and first not in OTHER_WORDS:
        return True
    return not OTHER_WORDS.issuperset(_WORDS.findall(text[named.start : named.end].lower().replace("’", "'")))


def _says_something(text: str, span: PersonalSpan) -> bool:
    """Whether it has a word that is neither a number nor said between numbers."""
    first = text[span.start : min(span.end, span.start + 40)].partition(" ")[0].lower()
    if first.isalpha() and first not in _NOBODY:
        return True
    return not _NOBODY.issuperset(_WORDS.findall(text[span.start : span.end].lower()))


def _without(span: PersonalSpan, others: Sequence[PersonalSpan]) -> list[PersonalSpan]:
    pieces = [span]
    for other in others:
        if other.start < span.end and span.start < other.end:
            pieces = [
                replace(piece, start=start, end=end)
                for piece in pieces
                for start, end in ((piece.start, min(piece.end, other.start)), (max(piece.start, other.end), piece.end))
                if start < end
            ]
    return pieces


def _moved(span: PersonalSpan, start: int, end: int) -> PersonalSpan:
    return PersonalSpan(start, end, span.kind, span.score, span.secret)
