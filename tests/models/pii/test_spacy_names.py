"""A spaCy pipeline in place of our own tagger: here one of rules, since none can be fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.errors import Unavailable
from models import registry
from models.pii.presidio import Presidio


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import spacy

    pipeline = spacy.blank("en")
    rules = pipeline.add_pipe("entity_ruler")
    rules.add_patterns(  # type: ignore[attr-defined]
        [
            {"label": "PERSON", "pattern": "Zaphod"},
            {"label": "GPE", "pattern": "Magrathea"},
            {"label": "ORG", "pattern": "Sirius Cybernetics"},
            {"label": "MONEY", "pattern": "altairian dollar"},
        ]
    )
    made = tmp_path_factory.mktemp("models") / "spacy"
    pipeline.to_disk(made)
    return made


def test_names_come_from_the_pipeline_and_numbers_from_us(folder: Path) -> None:
    detector: Presidio = registry.load("personal_data", "spacy", folder=folder)
    text = "Zaphod of Magrathea has an altairian dollar at Sirius Cybernetics, card 4111 1111 1111 1111, pin 4321"
    found = [(text[span.start : span.end], span.kind) for span in detector.detect(text, "en")]
    assert found == [
        ("Zaphod", "PERSON"),
        ("Magrathea", "LOCATION"),
        ("Sirius Cybernetics", "ORGANIZATION"),
        ("4111 1111 1111 1111", "CARD"),
        ("4321", "PIN"),
    ]


def test_our_own_tagger_is_not_asked(folder: Path) -> None:
    detector: Presidio = registry.load("personal_data", "spacy", folder=folder)
    assert detector.detect("my name is Maria Lopez", "en") == []


def test_without_a_pipeline_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no spaCy pipeline"):
        registry.load("personal_data", "spacy", folder=tmp_path / "none")
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(Unavailable, match="cannot be loaded"):
        registry.load("personal_data", "spacy", folder=tmp_path)
