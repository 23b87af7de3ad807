from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from models.voice_activity.silero import Silero


def frames(detector: Silero, samples: np.ndarray) -> list[float]:
    size = detector.frame_samples
    return [
        detector.probability(samples[at : at + size].astype(np.int16).tobytes())
        for at in range(0, len(samples) - size + 1, size)
    ]


@pytest.mark.parametrize(("rate", "size"), [(8000, 256), (16000, 512)])
def test_silence_noise_and_tones_are_no_speech(rate: int, size: int) -> None:
    detector = Silero(rate)
    assert (detector.sample_rate, detector.frame_samples) == (rate, size)
    time = np.arange(rate) / rate
    for sound in (np.zeros(rate), np.random.default_rng(0).normal(0, 300, rate), 8000 * np.sin(2 * np.pi * 440 * time)):
        detector.reset()
        assert np.mean(frames(detector, sound)) < 0.3


def test_a_telephone_recording_is_speech_with_pauses(real_data: Path) -> None:
    with wave.open(str(next((real_data / "speech").glob("osr-8k*.wav")))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    found = np.array(frames(Silero(8000), samples)) > 0.5
    assert 0.4 < found.mean() < 0.8
    starts = np.flatnonzero(np.diff(found.astype(int)) == 1)
    assert len(starts) >= 10  # ten sentences with pauses between


def test_state_belongs_to_the_stream_and_can_be_reset() -> None:
    sound = np.random.default_rng(1).normal(0, 2000, 4096)
    first, second = Silero(8000), Silero(8000)
    alone = frames(first, sound)
    frames(second, sound[::-1])
    second.reset()
    assert frames(second, sound) == alone


def test_a_frame_of_another_size_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="256"):
        Silero(8000).probability(bytes(320))
    with pytest.raises(ValueError, match="8000 or 16000"):
        Silero(44100)
