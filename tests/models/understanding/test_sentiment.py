"""How things are said, in the languages that are known."""

from __future__ import annotations

import pytest

from models.embedding.ctranslate2 import MiniLM
from models.understanding.sentiment import Sentiment


@pytest.fixture(scope="module")
def sentiment(tmp_path_factory: pytest.TempPathFactory) -> Sentiment:
    return Sentiment(MiniLM(tmp_path_factory.mktemp("models")))


@pytest.mark.parametrize(
    ("text", "language", "label", "angry"),
    [
        ("thank you so much, you were great", "en", "positive", False),
        ("what is the balance of my savings account", "en", "neutral", False),
        ("I am really disappointed, it is still broken", "en", "negative", False),
        ("THIS IS RIDICULOUS, GIVE ME YOUR MANAGER", "en", "negative", True),
        ("vielen Dank, das war wunderbar", "de-DE", "positive", False),
        ("das ist eine Frechheit, Sie Idioten", "de", "negative", True),
        ("quiero saber mi saldo", "es", "neutral", False),
        ("c'est inacceptable, bande d'idiots", "fr", "negative", True),
        ("<CARD_1>", "en", "neutral", False),
        ("", "en", "neutral", False),
    ],
)
def test_moods(sentiment: Sentiment, text: str, language: str, label: str, angry: bool) -> None:
    mood = sentiment.judge(text, language)
    assert mood.label == label
    assert (mood.anger > 0.5) is angry
    assert -1 <= mood.sentiment <= 1
