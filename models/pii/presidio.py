"""Presidio with recognisers of our own, without a model: what can be found by pattern and context is found.

Names, places and organisations need a statistical model and are not found by this engine. Numbers and addresses on the
net are found by `numbered` and `contacts` in normalised text; Presidio adds its checked patterns (passports, licences,
wallets and the like) and the words around them. Nothing reaches for the network: recognisers that would (domain lists,
model downloads) are not loaded.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, ClassVar, Final

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
from models.pii.contacts import contacts
from models.pii.normalising import plain
from models.pii.numbered import numbered

MAX_CHARACTERS: Final = 8000
AT_LEAST: Final = 0.4
_KINDS: Final = {
    "CRYPTO": "WALLET", "MAC_ADDRESS": "MAC", "US_ITIN": "TAXPAYER_NUMBER", "US_DRIVER_LICENSE": "LICENSE",
    "US_PASSPORT": "PASSPORT",
}  # fmt: skip


class Presidio:
    """`detect` is safe to call from several threads."""

    languages: ClassVar[tuple[str, ...]] = ("en",)

    def __init__(self) -> None:
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
        self.detect("warm up 1234", "en")

    def detect(self, text: str, language: str = "en", *, expecting_secret: bool = False) -> list[PersonalSpan]:
        """Non-overlapping spans in order. `expecting_secret`: a code was asked for, so a bare one is taken as such.

        The rules are English; another language gets them all the same, since numbers are numbers.
        """
        seen = plain(text)
        found = [*numbered(seen.text, expecting_secret), *contacts(seen.text)]
        spans = [_moved(span, *seen.span(span.start, span.end)) for span in found]
        if any(character.isdigit() for character in text):
            spans += self._predefined(text)
        return merged(spans)

    def _predefined(self, text: str) -> list[PersonalSpan]:
        results = self._analyzer.analyze(text, language="en", score_threshold=AT_LEAST)
        return [
            PersonalSpan(result.start, result.end, _KINDS.get(result.entity_type, "ID"), min(result.score, 0.8))
            for result in results
        ]


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


def _moved(span: PersonalSpan, start: int, end: int) -> PersonalSpan:
    return PersonalSpan(start, end, span.kind, span.score, span.secret)
