"""Whisper through faster-whisper, from a folder on this machine; nothing is ever fetched.

Hints bias it (as hotwords) but do not bind. It hears an utterance as a whole when that ends, so there are no partials.
The folder is one as CTranslate2 wants it: `model.bin`, `config.json`, `tokenizer.json`, a vocabulary.
"""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np

from appliance.errors import Full, Invalid, Unavailable
from appliance.ports import Hints, SpeechToTextCapabilities, SpokenWord, Transcript

SAMPLE_RATE: Final = 16_000
MAX_SECONDS: Final = 60
HOTWORDS_CHARACTERS: Final = 600
_NEEDED: Final = ("model.bin", "config.json", "tokenizer.json")
"""Without the last the library would ask the network for it."""


class FasterWhisper:
    def __init__(
        self, folder: Path, sessions: int = 8, device: str = "auto", compute_type: str = "default", beam: int = 5
    ) -> None:
        """`compute_type` is CTranslate2's (`int8`, `float16`, …). Raises Unavailable where weights are missing."""
        missing = [name for name in _NEEDED if not (folder / name).is_file()]
        if missing:
            raise Unavailable(f"The Whisper model in {folder} is not whole: {', '.join(missing)} is missing.")
        from faster_whisper import WhisperModel

        try:
            self._model: Any = WhisperModel(
                str(folder), device=device, compute_type=compute_type, local_files_only=True, num_workers=1
            )
        except (RuntimeError, ValueError) as error:
            raise Unavailable(f"The Whisper model in {folder} does not load.") from error
        languages = tuple(self._model.supported_languages)
        self.capabilities = SpeechToTextCapabilities(
            "faster-whisper", SAMPLE_RATE, languages, streaming=False, grammar=False
        )
        self._beam = beam
        self._places = threading.BoundedSemaphore(sessions)

    def open(self, hints: Hints, language: str = "en") -> Utterance:
        """Begin an utterance of PCM at 16 kHz. Raises Full, or Invalid for a language the model does not know."""
        spoken = language.split("-")[0].lower()
        if spoken not in self.capabilities.languages:
            raise Invalid("The model does not know that language.")
        if not self._places.acquire(blocking=False):
            raise Full("Every recogniser is taken.")
        return Utterance(self, hints, spoken)

    def _recognise(self, samples: np.ndarray, hints: Hints, language: str) -> Transcript:
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            beam_size=self._beam,
            condition_on_previous_text=False,
            word_timestamps=True,
            temperature=0.0,
            hotwords=", ".join(hints.phrases)[:HOTWORDS_CHARACTERS] or None,
        )
        parts = list(segments)
        text = " ".join(part.text.strip() for part in parts).strip()
        tokens = sum(len(part.tokens) for part in parts)
        surprise = sum(part.avg_logprob * len(part.tokens) for part in parts)
        confidence = math.exp(surprise / tokens) if tokens else 0.0
        words = tuple(
            SpokenWord(word.word.strip(), round(word.start * 1000), round(word.end * 1000))
            for part in parts
            for word in part.words or ()
        )
        return Transcript(text, final=True, confidence=round(min(1.0, confidence), 4) if text else 0.0, words=words)


class Utterance:
    def __init__(self, engine: FasterWhisper, hints: Hints, language: str) -> None:
        self._engine, self._hints, self._language = engine, hints, language
        self._heard = bytearray()
        self._open = True

    def feed(self, pcm: bytes) -> None:
        """Keep it; what is beyond a minute is not heard."""
        self._check()
        room = MAX_SECONDS * SAMPLE_RATE * 2 - len(self._heard)
        self._heard += pcm[:room]

    def finish(self) -> Transcript:
        self._check()
        try:
            samples = np.frombuffer(bytes(self._heard), np.int16).astype(np.float32) / 32768
            if not len(samples):
                return Transcript("", final=True, confidence=0.0)
            return self._engine._recognise(samples, self._hints, self._language)
        finally:
            self.close()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._heard.clear()
            self._engine._places.release()

    def _check(self) -> None:
        if not self._open:
            raise ValueError("the utterance is over")
