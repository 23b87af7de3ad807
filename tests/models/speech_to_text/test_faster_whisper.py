"""The real engine over a model of random weights: loading, hearing, limits. What it says means nothing."""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np
import pytest

from appliance.errors import Full, Invalid, Unavailable
from appliance.ports import Hints
from models.speech_to_text.faster_whisper import FasterWhisper
from tests.fakes import tiny_whisper


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_whisper.make(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def engine(folder: Path) -> FasterWhisper:
    return FasterWhisper(folder, sessions=2, device="cpu", compute_type="float32", beam=1)


def test_it_hears_something_of_an_utterance(engine: FasterWhisper) -> None:
    utterance = engine.open(Hints(("what is my balance",)), "en-US")
    noise = np.random.default_rng(0).normal(0, 3000, 16_000).astype(np.int16).tobytes()
    for at in range(0, len(noise), 640):
        assert utterance.feed(noise[at : at + 640]) is None
    heard = utterance.finish()
    assert heard.final
    assert heard.confidence is not None
    assert 0 <= heard.confidence <= 1


def test_hints_reach_the_model_as_hotwords(engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = engine._model.transcribe
    monkeypatch.setattr(engine._model, "transcribe", lambda *a, **k: asked.append(k) or real(*a, **k))
    utterance = engine.open(Hints(("check my balance", "goodbye")), "en")
    utterance.feed(bytes(3200))
    utterance.finish()
    assert asked[0]["hotwords"] == "check my balance, goodbye"
    assert asked[0]["language"] == "en"


def test_nothing_said_is_nothing_heard(engine: FasterWhisper) -> None:
    assert engine.open(Hints(), "en").finish().text == ""


def test_more_than_a_minute_is_not_kept(engine: FasterWhisper) -> None:
    utterance = engine.open(Hints(), "en")
    for _ in range(70):
        utterance.feed(bytes(32_000))
    assert len(utterance._heard) == 60 * 32_000
    utterance.close()


def test_limits_and_languages(engine: FasterWhisper) -> None:
    first, second = engine.open(Hints()), engine.open(Hints())
    with pytest.raises(Full):
        engine.open(Hints())
    first.close()
    first.close()
    engine.open(Hints()).close()
    second.close()
    with pytest.raises(Invalid):
        engine.open(Hints(), "xx")


def test_a_folder_that_is_not_whole_is_refused_without_asking_the_network(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("it asked the network"))
    with pytest.raises(Unavailable, match=r"model\.bin"):
        FasterWhisper(tmp_path)
    for name in ("model.bin", "config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(Unavailable, match=r"tokenizer\.json"):
        FasterWhisper(tmp_path)
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    (tmp_path / "model.bin").write_bytes(b"not a model")
    with pytest.raises(Unavailable, match="does not load"):
        FasterWhisper(tmp_path)
