"""What every engine keeps to, fakes included: one suite a port, each engine greeted by name."""

from __future__ import annotations

import functools
import importlib.util
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.errors import Full, Invalid
from appliance.ports import Hints
from models import registry
from tests.fakes import engines as fakes
from tests.fakes import tiny_whisper

_made: list[Path] = []
HINTS = Hints(("what is my balance", "goodbye"), digits=True)


@pytest.fixture(scope="module", autouse=True)
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where engines keep what they make; 25 MB, so it does not stay as long as pytest keeps folders."""
    _made.append(tmp_path_factory.mktemp("engines"))
    yield
    shutil.rmtree(_made.pop(), ignore_errors=True)
    minilm.cache_clear()


def folder() -> Path:
    return _made[0]


@functools.cache
def minilm() -> Any:
    return registry.load("embedding", "minilm", cache=folder())


class Trained:
    """The classifier that a version gets by an engine, for a handful of examples."""

    def __init__(self, engine: str, intents: dict[str, list[str]]) -> None:
        self._engine = engine
        self._versions = registry.load("intents", "linear", embedding=minilm(), models=folder())
        self._versions.train(f"contract-{engine}", intents, {}, engine=engine)

    def classify(self, text: str) -> Any:
        loaded = self._versions._get(f"contract-{self._engine}")
        assert loaded is not None
        return loaded.intents.classify(text)


def needs(extra: str, package: str) -> list[pytest.MarkDecorator]:
    absent = importlib.util.find_spec(package) is None
    return [
        pytest.mark.engines,
        pytest.mark.timeout(900),
        pytest.mark.skipif(absent, reason=f"{package} is not installed (the extra `{extra}`)"),
    ]


SPEECH_TO_TEXT: dict[str, Callable[[], Any]] = {
    "scripted": lambda: fakes.ScriptedSpeechToText(["what is my balance"] * 100, sessions=2),
    "pocketsphinx": lambda: registry.load("speech_to_text", "pocketsphinx", sessions=2),
    "faster-whisper": lambda: registry.load(
        "speech_to_text", "faster-whisper", folder=tiny_whisper.make(folder() / "whisper"), sessions=2, beam=1
    ),
}
TEXT_TO_SPEECH: dict[str, Callable[[], Any]] = {
    "tone": fakes.ToneTextToSpeech,
    "espeak-ng": lambda: registry.load("text_to_speech", "espeak-ng", programs=1),
}
VOICE_ACTIVITY: dict[str, Callable[[], Any]] = {
    "loudness": fakes.LoudnessVoiceActivity,
    "silero-8k": lambda: registry.load("voice_activity", "silero", sample_rate=8000),
    "silero-16k": lambda: registry.load("voice_activity", "silero", sample_rate=16000),
}
EMBEDDING: dict[str, Callable[[], Any]] = {"words": fakes.WordsEmbedding, "minilm": minilm}
PERSONAL_DATA: dict[str, Callable[[], Any]] = {
    "digits": fakes.DigitsDetector,
    "presidio": lambda: registry.load("personal_data", "presidio"),
}
INTENTS: dict[str, Callable[[dict[str, list[str]]], Any]] = {
    "words": fakes.WordsIntents,
    "linear": functools.partial(Trained, "linear"),
    "setfit": functools.partial(Trained, "setfit"),
}
EXTRAS = {"setfit": ("train", "torch")}


def engines(named: dict[str, Callable[..., Any]]) -> Any:
    return pytest.mark.parametrize(
        "make",
        [
            pytest.param(make, id=name, marks=needs(*EXTRAS[name]) if name in EXTRAS else ())
            for name, make in named.items()
        ],
    )


@functools.cache
def made(make: Callable[[], Any]) -> Any:
    return make()


@pytest.fixture(scope="module", autouse=True)
def _end_programs() -> Iterator[None]:
    yield
    for make in TEXT_TO_SPEECH.values():
        close = getattr(made(make), "close", None)
        if close is not None:
            close()
    made.cache_clear()


def said(engine: Any, seconds: float = 0.5) -> bytes:
    samples = np.random.default_rng(3).normal(0, 2000, int(engine.capabilities.sample_rate * seconds))
    return bytes(samples.astype(np.int16).tobytes())


@engines(SPEECH_TO_TEXT)
class TestSpeechToText:
    def test_an_utterance_ends_in_one_final_transcript(self, make: Callable[[], Any]) -> None:
        engine = made(make)
        utterance = engine.open(HINTS, "en-US")
        pcm = said(engine)
        for at in range(0, len(pcm), 320):
            partial = utterance.feed(pcm[at : at + 320])
            assert partial is None or not partial.final
        heard = utterance.finish()
        assert heard.final
        assert isinstance(heard.text, str)
        assert heard.confidence is None or 0 <= heard.confidence <= 1
        utterance.close()

    def test_no_audio_is_no_words(self, make: Callable[[], Any]) -> None:
        assert made(make).open(HINTS, "en").finish().text == ""

    def test_an_utterance_that_is_over_takes_nothing(self, make: Callable[[], Any]) -> None:
        utterance = made(make).open(HINTS, "en")
        utterance.close()
        utterance.close()
        with pytest.raises(ValueError, match="over"):
            utterance.feed(bytes(320))
        with pytest.raises(ValueError, match="over"):
            utterance.finish()

    def test_it_says_when_it_is_full_and_has_room_again(self, make: Callable[[], Any]) -> None:
        engine = made(make)
        first, second = engine.open(HINTS, "en"), engine.open(HINTS, "en")
        with pytest.raises(Full):
            engine.open(HINTS, "en")
        first.finish()
        second.close()
        engine.open(HINTS, "en").close()

    def test_a_language_it_does_not_know_takes_no_place(self, make: Callable[[], Any]) -> None:
        engine = made(make)
        for _ in range(3):
            with pytest.raises(Invalid):
                engine.open(HINTS, "tlh")
        engine.open(HINTS, "en").close()

    def test_odd_hints_are_taken(self, make: Callable[[], Any]) -> None:
        engine = made(make)
        for phrases in ((), ("",), ("?!",), ("日本語", "zürich"), ("zorbaflex 24/7 & kyc",), ("a b " * 40,), ("x",)):
            utterance = engine.open(Hints(phrases), "en")
            utterance.feed(said(engine, 0.1))
            utterance.finish()

    def test_the_same_audio_gives_the_same_words(self, make: Callable[[], Any]) -> None:
        engine = made(make)
        texts = set()
        for _ in range(3):
            utterance = engine.open(HINTS, "en")
            utterance.feed(said(engine))
            texts.add(utterance.finish().text)
        assert len(texts) == 1


@engines(TEXT_TO_SPEECH)
class TestTextToSpeech:
    def test_it_speaks_whole_samples_and_longer_for_more(self, make: Callable[[], Any]) -> None:
        engine = made(make)
        short, long = (b"".join(engine.speak(text, "", "en")) for text in ("Yes.", "Yes, that is how it is."))
        assert 0 < len(short) < len(long)
        assert len(short) % 2 == len(long) % 2 == 0

    def test_closing_early_leaves_it_usable(self, make: Callable[[], Any]) -> None:
        engine = made(make)
        speech = engine.speak("This is never heard to its end. " * 20, "", "en")
        assert next(speech)
        speech.close()
        assert b"".join(engine.speak("Hello.", "", "en"))

    def test_every_voice_it_names_speaks(self, make: Callable[[], Any]) -> None:
        engine = made(make)
        assert all(next(engine.speak("Hello.", voice, "en")) for voice in engine.capabilities.voices)
        with pytest.raises(Invalid):
            next(engine.speak("Hello.", "no such voice", "en"))


@engines(VOICE_ACTIVITY)
class TestVoiceActivity:
    def test_silence_is_no_speech(self, make: Callable[[], Any]) -> None:
        detector = make()
        frame = bytes(2 * detector.frame_samples)
        assert all(0 <= detector.probability(frame) < 0.5 for _ in range(10))
        detector.reset()

    def test_frames_have_one_size(self, make: Callable[[], Any]) -> None:
        detector = make()
        with pytest.raises(ValueError, match="frame"):
            detector.probability(bytes(2 * detector.frame_samples + 2))


@engines(EMBEDDING)
class TestEmbedding:
    def test_vectors_of_unit_length(self, make: Callable[[], Any]) -> None:
        engine = made(make)
        rows = engine.embed(["my card", "", "my lost card"])
        assert [len(row) for row in rows] == [engine.dimensions] * 3
        assert all(math.isclose(math.hypot(*row), 1, abs_tol=1e-4) for row in rows)
        assert engine.embed([]) == []


@engines(PERSONAL_DATA)
class TestPersonalData:
    def test_spans_are_in_order_and_apart(self, make: Callable[[], Any]) -> None:
        text = "card 4111 1111 1111 1111, customer 12345678, pin 4321"
        spans = made(make).detect(text, "en")
        assert [span.kind for span in spans] == ["CARD", "CUSTOMER_NUMBER", "PIN"]
        assert [span.secret for span in spans] == [False, False, True]
        assert [text[span.start : span.end] for span in spans] == ["4111 1111 1111 1111", "12345678", "4321"]

    def test_nothing_personal_is_nothing(self, make: Callable[[], Any]) -> None:
        assert made(make).detect("what is my balance", "en") == []
        assert made(make).detect("", "en") == []


@engines(INTENTS)
class TestIntents:
    def test_probabilities_sum_to_one_and_out_of_scope_is_among_them(self, make: Callable[..., Any]) -> None:
        classifier = make({"balance": ["what is my balance", "my balance"], "goodbye": ["goodbye", "bye bye"]})
        for text in ("what is my balance", "", "purple elephants"):
            scores = classifier.classify(text)
            assert math.isclose(sum(score.probability for score in scores), 1, abs_tol=1e-4)
            assert scores == sorted(scores, key=lambda score: -score.probability)
        assert classifier.classify("what is my balance")[0].intent == "balance"
        assert classifier.classify("")[0].intent == "out_of_scope"
