"""Engines that are scripted or trivial, peers of the real ones: they pass the same contract suites."""

from __future__ import annotations

import hashlib
import json
import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from appliance.errors import Full, Invalid
from appliance.ports import (
    Bounds,
    Hints,
    IntentScore,
    LanguageModelCapabilities,
    PersonalSpan,
    Piece,
    Prompt,
    Shape,
    SpeechToTextCapabilities,
    TextToSpeechCapabilities,
    Transcript,
)


class ScriptedSpeechToText:
    """Hears, one utterance after the other, what it was told to; nothing where no audio came or the script is over."""

    def __init__(self, heard: Iterable[str] = (), sessions: int = 8, sample_rate: int = 8000) -> None:
        self.capabilities = SpeechToTextCapabilities("scripted", sample_rate, ("en",), streaming=True, grammar=False)
        self.hints: list[Hints] = []
        self._heard, self._places = iter(heard), sessions

    def open(self, hints: Hints, language: str = "en") -> ScriptedUtterance:
        if not language.startswith("en"):
            raise Invalid("It hears English only.")
        if not self._places:
            raise Full("It has no place left.")
        self._places -= 1
        self.hints.append(hints)
        return ScriptedUtterance(self)


class ScriptedUtterance:
    def __init__(self, engine: ScriptedSpeechToText) -> None:
        self._engine, self._open, self._bytes = engine, True, 0
        self._text: str | None = None

    def feed(self, pcm: bytes) -> Transcript | None:
        self._check()
        self._bytes += len(pcm)
        if self._text is not None or not self._bytes:
            return None
        self._text = next(self._engine._heard, "")
        first = self._text.partition(" ")[0]
        return Transcript(first, final=False) if first else None

    def finish(self) -> Transcript:
        self._check()
        self.close()
        return Transcript(self._text or "", final=True, confidence=0.9 if self._text else 0.0)

    def close(self) -> None:
        self._engine._places += self._open
        self._open = False

    def _check(self) -> None:
        if not self._open:
            raise ValueError("the utterance is over")


class ToneTextToSpeech:
    """A 440 Hz tone, 50 ms for each character."""

    capabilities = TextToSpeechCapabilities("tone", 16_000, ("tone",), ("en",))

    def speak(self, text: str, voice: str = "", language: str = "en", speed: float = 1.0) -> Iterator[bytes]:
        if voice not in ("", "tone"):
            raise Invalid("It has no such voice.")
        at = np.arange(round(800 / speed))
        chunk = (8000 * np.sin(2 * math.pi * 440 * at / 16_000)).astype(np.int16).tobytes()
        for _ in text:
            yield chunk


class LoudnessVoiceActivity:
    """What is loud is speech."""

    def __init__(self, sample_rate: int = 8000, threshold: float = 500.0) -> None:
        self.sample_rate, self.frame_samples = sample_rate, sample_rate * 32 // 1000
        self._threshold = threshold

    def probability(self, frame: bytes) -> float:
        samples = np.frombuffer(frame, np.int16).astype(np.float64)
        if len(samples) != self.frame_samples:
            raise ValueError("a frame of another size")
        return float(math.sqrt(float(np.mean(samples**2))) > self._threshold)

    def reset(self) -> None:
        pass


class WordsEmbedding:
    """Words hashed into 64 dimensions: texts that share words are alike."""

    dimensions = 64

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> list[float]:
        vector = np.full(self.dimensions, 1e-3)
        for word in text.lower().split():
            vector[hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1
        return [float(value) for value in vector / np.linalg.norm(vector)]


class DigitsDetector:
    """Rows of digits: 13 or more are cards, four after `pin` are secret, eight a customer's number."""

    def detect(self, text: str, language: str = "en") -> list[PersonalSpan]:
        found = []
        for match in re.finditer(r"[0-9](?:[0-9 -]*[0-9])?", text):
            count = sum(map(str.isdigit, match[0]))
            secret = count <= 8 and bool(re.search(r"\bpin\b[^0-9]*$", text[: match.start()].lower()))
            kind = "PIN" if secret else "CARD" if count >= 13 else "CUSTOMER_NUMBER" if count == 8 else None
            if kind:
                found.append(PersonalSpan(match.start(), match.end(), kind, 1.0, secret))
        return found


class WordsIntents:
    """The intent whose words the text shares most of."""

    def __init__(self, intents: dict[str, Sequence[str]]) -> None:
        self._words = {
            name: {word for said in examples for word in said.lower().split()} for name, examples in intents.items()
        }

    def classify(self, text: str) -> list[IntentScore]:
        words = set(text.lower().split())
        shared = {name: float(len(words & known)) for name, known in self._words.items()}
        shared["out_of_scope"] = 0.0 if any(shared.values()) else 1.0
        total = sum(shared.values())
        scores = [IntentScore(name, count / total) for name, count in shared.items()]
        return sorted(scores, key=lambda score: -score.probability)


class ScriptedLanguageModel:
    """Says what it was told to, a character a token; else, in a shape, the first thing that fits, or the prompt's words
    over and over. Of grammars it knows alternatives of literals (`root ::= "a" | "b"`)."""

    CONTEXT = 2000

    def __init__(self, says: Iterable[str] = ()) -> None:
        self.capabilities = LanguageModelCapabilities("scripted", "script", self.CONTEXT, schema=True, grammar=True)
        self.prompts: list[Prompt] = []
        self._says, self._taken = iter(says), False

    def generate(
        self,
        prompt: Prompt,
        shape: Shape = Shape(),  # noqa: B008
        bounds: Bounds = Bounds(),  # noqa: B008
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[Piece]:
        if self._taken:
            raise Full("It answers somebody else.")
        if len((prompt.rules + prompt.given).split()) > self.CONTEXT:
            raise Invalid("The prompt is too long.")
        fitting = _fitting(shape)
        self._taken = True
        try:
            self.prompts.append(prompt)
            said = next(self._says, fitting)
            endless = (prompt.given or "so ") * (bounds.tokens + 1)
            yield from self._spelled(endless if said is None else said, bounds, stopped)
        finally:
            self._taken = False

    def _spelled(self, text: str, bounds: Bounds, stopped: Callable[[], bool]) -> Iterator[Piece]:
        deadline = time.monotonic() + bounds.within_s
        for count, character in enumerate(text):
            if stopped() or time.monotonic() > deadline:
                yield Piece("", "time")
                return
            if count == bounds.tokens:
                yield Piece("", "length")
                return
            yield Piece(character)
        yield Piece("", "stop")


def _fitting(shape: Shape) -> str | None:
    if shape.schema is not None and shape.grammar is not None:
        raise Invalid("A shape is a schema or a grammar, not both.")
    try:
        if shape.schema is not None:
            return json.dumps(_instance(json.loads(shape.schema)))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid("The schema is none.") from None
    if shape.grammar is not None:
        found = re.fullmatch(r'root ::= \(?"([a-z]+)"(?: \| "[a-z]+")*\)?', shape.grammar)
        if found is None:
            raise Invalid("The grammar does not parse.")
        return found[1]
    return None


def _instance(schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        raise KeyError("$ref")
    if "enum" in schema:
        return schema["enum"][0]
    needed = schema.get("required", [])
    made = {"object": {name: _instance(schema["properties"][name]) for name in needed}, "array": [], "string": ""}
    return made[schema["type"]]
