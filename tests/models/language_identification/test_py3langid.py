"""Languages of short utterances, also where only some may be."""

from __future__ import annotations

import pytest

from appliance.errors import Invalid
from models.language_identification.py3langid import USUAL, Py3Langid


@pytest.fixture(scope="module")
def identifier() -> Py3Langid:
    return Py3Langid()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("what is the balance of my savings account", "en"),
        ("wie hoch ist mein Kontostand heute", "de"),
        ("¿cuánto dinero tengo en mi cuenta?", "es"),
        ("je voudrais connaître le solde de mon compte", "fr"),
        ("vorrei sapere il saldo del mio conto", "it"),
        ("wat is het saldo van mijn rekening", "nl"),
        ("qual é o saldo da minha conta poupança", "pt"),
        ("WIE HOCH IST MEIN KONTOSTAND", "de"),
        ("ich habe <CARD_1> verloren, was nun", "de"),
    ],
)
def test_the_usual_languages(identifier: Py3Langid, text: str, language: str) -> None:
    found = identifier.identify(text)
    assert found.language == language
    assert 0.3 < found.confidence <= 1


@pytest.mark.parametrize("text", ["", "  ", "4111 1111", "<CARD_1>", "?!"])
def test_without_words_there_is_no_language(identifier: Py3Langid, text: str) -> None:
    assert (identifier.identify(text).language, identifier.identify(text).confidence) == (None, 0.0)


def test_only_what_may_be_is_found(identifier: Py3Langid) -> None:
    assert identifier.identify("qual é o saldo da minha conta", ["es-MX", "de_AT"]).language == "es"
    assert identifier.identify("jaki jest stan mojego konta", ["pl", "en"]).language == "pl"
    with pytest.raises(Invalid, match="qq"):
        identifier.identify("hello", ["qq"])


def test_there_are_many_and_seven_usual_ones(identifier: Py3Langid) -> None:
    assert len(USUAL) == 7
    assert set(USUAL) < set(identifier.languages)
    assert len(identifier.languages) > 100
