"""pocketsphinx with the English model its wheel carries: with hints a grammar binds, without any a language model.

With a grammar of what is expected next it is a fair recogniser of telephone speech; with its open language model it is
a poor one. It holds the GIL while it decodes, so a process serves few sessions. Making a decoder takes 0.1 s, so they
are kept and reused, and so are the grammars in them. What was recognised of one caller is gone when the next begins.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Final

from pocketsphinx import Decoder

from appliance.errors import Full, Invalid
from appliance.ports import Hints, SpeechToTextCapabilities, SpokenWord, Transcript
from models.speech_to_text.grammar import PHONES, Grammar, Weights, compile_grammar, phone_word, spoken
from models.speech_to_text.pronunciation import phones
from models.speech_to_text.telephone_band import Array, FrontEnd

SAMPLE_RATE: Final = 8000
FRAME_MS: Final = 10
STEP_FRAMES: Final = 10
"""Decoded at one go: 100 ms, so that the GIL is let go in between."""
PARTIAL_EVERY_FRAMES: Final = 20
GRAMMARS_KEPT: Final = 16
HIDDEN: Final = frozenset({"um", "uh"})
CEPSTRAL_MEAN: Final = "54,-3,5,20,-8,1,-10,-4,-3,1,4,-5,5"
"""Where the running mean starts in every utterance: between people's, flite's and espeak-ng's by `FrontEnd`."""
SETTINGS: Final[dict[str, Any]] = {
    "loglevel": "FATAL", "bestpath": False, "beam": 1e-80, "pbeam": 1e-80, "wbeam": 1e-60, "silprob": 0.5, "wip": 0.003,
}  # fmt: skip
"""Beams wider than usual: 29 sentence errors of 156, not 47. No second pass: it cost up to 0.8 s at the end."""
WEIGHTS: Final = Weights(way_out=1.0, phone=0.3)


class PocketSphinx:
    def __init__(self, sessions: int = 8, ready: int = 1) -> None:
        """At most `sessions` at once; decoders for `ready` of them are made now."""
        self.capabilities = SpeechToTextCapabilities("pocketsphinx", SAMPLE_RATE, ("en",), streaming=True, grammar=True)
        self._lock = threading.Lock()
        self._limit, self._open = sessions, 0
        self._idle: dict[bool, list[_Decoder]] = {True: [_Decoder(bound=True) for _ in range(ready)], False: []}

    def open(self, hints: Hints, language: str = "en") -> Utterance:
        """Begin an utterance of PCM at 8000 Hz. Raises Full, or Invalid for a language it does not speak."""
        if language.split("-")[0].lower() != "en":
            raise Invalid("pocketsphinx recognises English only.")
        bound = hints.digits or hints.amounts or any(spoken(phrase) for phrase in hints.phrases)
        with self._lock:
            if self._open >= self._limit:
                raise Full("Every recogniser is taken.")
            self._open += 1
            decoder = self._idle[bound].pop() if self._idle[bound] else None
        try:
            decoder = decoder or _Decoder(bound)
            decoder.begin(hints)
        except BaseException:
            self._free(None)
            raise
        return Utterance(self, decoder)

    def _free(self, decoder: _Decoder | None) -> None:
        with self._lock:
            self._open -= 1
            if decoder is not None:
                self._idle[decoder.bound].append(decoder)


class Utterance:
    """One utterance; decoded as it comes, so that little is left to do at the end."""

    def __init__(self, engine: PocketSphinx, decoder: _Decoder) -> None:
        self._engine = engine
        self._decoder: _Decoder | None = decoder
        self._front_end = FrontEnd()
        self._since_partial = 0
        self._partial = ""

    def feed(self, pcm: bytes) -> Transcript | None:
        """Take whole samples at 8000 Hz; the partial transcript if it changed."""
        decoder = self._taken()
        cepstra = self._front_end.take(pcm)
        for at in range(0, len(cepstra), STEP_FRAMES):
            decoder.process(cepstra[at : at + STEP_FRAMES])
        self._since_partial += len(cepstra)
        if self._since_partial < PARTIAL_EVERY_FRAMES:
            return None
        self._since_partial = 0
        text = decoder.heard()
        if text == self._partial:
            return None
        self._partial = text
        return Transcript(text, final=False)

    def finish(self) -> Transcript:
        decoder = self._taken()
        decoder.process(self._front_end.finish())
        decoder.end()
        text, confidence = decoder.heard(), decoder.confidence()
        words = decoder.words() if text else ()
        self.close()
        return Transcript(text, final=True, confidence=confidence if text else 0.0, words=words)

    def close(self) -> None:
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            decoder.end()
            self._engine._free(decoder)

    def _taken(self) -> _Decoder:
        if self._decoder is None:
            raise ValueError("the utterance is over")
        return self._decoder


class _Decoder:
    """A pocketsphinx decoder with the grammars it has seen of late."""

    def __init__(self, bound: bool) -> None:
        self.bound = bound
        self._decoder = Decoder(lm=None, **SETTINGS) if bound else Decoder(loglevel="FATAL", bestpath=False)
        self._grammars: OrderedDict[Hints, str] = OrderedDict()
        self._made = 0
        self._running = False
        if bound:
            for phone in PHONES:
                self._decoder.add_word(phone_word(phone), phone, False)

    def begin(self, hints: Hints) -> None:
        if self.bound:
            self._select(hints)
        self._decoder.set_cmn(CEPSTRAL_MEAN)
        self._decoder.start_utt()
        self._running = True

    def process(self, cepstra: Array) -> None:
        if len(cepstra):
            self._decoder.process_cep(cepstra.tobytes(), False, False)

    def end(self) -> None:
        if self._running:
            self._running = False
            self._decoder.end_utt()

    def heard(self) -> str:
        """The words so far; empty where the way out was taken."""
        found = self._decoder.hyp()
        words = [word.partition("(")[0] for word in found.hypstr.split()] if found is not None else []
        if any(word.startswith("++") for word in words):
            return ""
        return " ".join(word for word in words if word not in HIDDEN and word[0] not in "<[")

    def words(self) -> tuple[SpokenWord, ...]:
        """Those of `heard`, each with its time."""
        found = [(one.word.partition("(")[0], one) for one in self._decoder.seg()]
        return tuple(
            SpokenWord(word, one.start_frame * FRAME_MS, (one.end_frame + 1) * FRAME_MS)
            for word, one in found
            if word and word not in HIDDEN and word[0] not in "<[+"
        )

    def confidence(self) -> float | None:
        return None

    def _select(self, hints: Hints) -> None:
        name = self._grammars.get(hints)
        if name is not None:
            self._grammars.move_to_end(hints)
            self._decoder.activate_search(name)
            return
        grammar = compile_grammar(hints, WEIGHTS)
        self._learn(grammar)
        arcs = [arc if arc[3] else arc[:3] for arc in grammar.arcs]
        self._made += 1
        name = f"hints{self._made}"
        self._decoder.add_fsg(name, self._decoder.create_fsg(name, 0, grammar.final, arcs))
        self._decoder.activate_search(name)
        self._grammars[hints] = name
        if len(self._grammars) > GRAMMARS_KEPT:
            self._decoder.remove_search(self._grammars.popitem(last=False)[1])

    def _learn(self, grammar: Grammar) -> None:
        for word in grammar.words:
            if self._decoder.lookup_word(word) is None:
                self._decoder.add_word(word, phones(word), False)
