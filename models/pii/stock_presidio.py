"""Presidio as it comes, all its English recognisers, without a spaCy model: what ours is compared with in one run.

Its counterpart is `presidio`. Names, places and dates that only a downloaded model would find are not found; nothing
reaches for the network. It takes no part in a box.
"""

from __future__ import annotations

import logging
from typing import ClassVar

import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

from appliance.ports import PersonalSpan
from models.pii.presidio import BlankEngine, merged


class StockPresidio:
    """Kinds are Presidio's own names (`CREDIT_CARD`, `US_SSN`, …)."""

    languages: ClassVar[tuple[str, ...]] = ("en",)

    def __init__(self) -> None:
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
        registry = RecognizerRegistry(supported_languages=["en"])
        registry.load_predefined_recognizers(languages=["en"])
        self._analyzer = AnalyzerEngine(
            registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"], log_decision_process=False
        )
        self.detect("warm up 1234", "en")

    def detect(self, text: str, language: str = "en", *, expecting_secret: bool = False) -> list[PersonalSpan]:
        results = self._analyzer.analyze(text, language="en")
        return merged([PersonalSpan(one.start, one.end, one.entity_type, one.score) for one in results])
