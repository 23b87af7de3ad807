from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import Invalid
from models.text_to_speech.espeak_ng import EspeakNg


@pytest.fixture(scope="module")
def engine() -> Iterator[EspeakNg]:
    made = EspeakNg(programs=1)
    yield made
    made.close()


def spoken(engine: EspeakNg, text: str) -> bytes:
    return b"".join(engine.speak(text))


def alike(first: bytes, second: bytes) -> bool:
    """Its noise is random, so two tellings differ by some samples."""
    return abs(len(first) - len(second)) < 1000


def test_more_words_take_longer(engine: EspeakNg) -> None:
    short, long = spoken(engine, "Hello."), spoken(engine, "Hello, and welcome to the bank.")
    assert 0.3 < len(short) / 44_100 < 1.5
    assert len(long) > 2 * len(short)


def test_slower_takes_longer(engine: EspeakNg) -> None:
    text = "Hello, and welcome to the bank."
    slow = b"".join(engine.speak(text, speed=0.6))
    slowest = b"".join(engine.speak(text, speed=0.5))
    assert len(slowest) * 1.02 > len(slow) > 1.3 * len(spoken(engine, text))


def test_it_comes_in_small_chunks_of_whole_samples(engine: EspeakNg) -> None:
    chunks = list(engine.speak("Your balance is one hundred dollars."))
    assert len(chunks) > 10
    assert all(0 < len(chunk) <= 22_050 * 2 * 0.1 and len(chunk) % 2 == 0 for chunk in chunks)


def test_nothing_to_say_is_nearly_silence(engine: EspeakNg) -> None:
    assert len(spoken(engine, "")) < 4000
    assert spoken(engine, "\x00\x07\u200b") is not None


def test_closing_stops_it_and_the_next_text_is_whole(engine: EspeakNg) -> None:
    whole = spoken(engine, "Hello there.")
    speech = engine.speak("This sentence is never heard to its end. " * 50)
    next(speech)
    speech.close()
    assert alike(spoken(engine, "Hello there."), whole)


def test_text_cannot_break_out_of_the_protocol(engine: EspeakNg) -> None:
    whole = spoken(engine, "Hello there.")
    spoken(engine, "a\0b\0\0\0\0\x00" + "\ud800" + "<speak>[[x]]</speak>" + "\xff" * 100)
    assert alike(spoken(engine, "Hello there."), whole)


def test_a_killed_program_is_replaced(engine: EspeakNg) -> None:
    whole = spoken(engine, "Hello there.")
    os.kill(_pid(engine), signal.SIGKILL)
    assert alike(spoken(engine, "Hello there."), whole)


def test_an_unknown_voice_is_refused_before_anything_is_started(engine: EspeakNg) -> None:
    with pytest.raises(Invalid):
        next(engine.speak("Hello", "nobody"))


def test_the_library_is_mapped_by_the_program_alone(engine: EspeakNg) -> None:
    spoken(engine, "Hello.")
    assert "libespeak" not in Path("/proc/self/maps").read_text()
    assert "libespeak" in Path(f"/proc/{_pid(engine)}/maps").read_text()


def _pid(engine: EspeakNg) -> int:
    program = engine._idle.queue[0]
    assert program is not None
    return program._process.pid
