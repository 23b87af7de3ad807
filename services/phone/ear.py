"""Listens to one party: voice activity on every 32 ms, and the recogniser for as long as there is speech.

While muted no audio is kept, looked at or given away. An utterance's audio stays in memory until it is recognised, so
that a recogniser that dies can be replaced without the party noticing more than a pause.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from appliance.adapters.speech import SpeechClient, Utterance
from appliance.errors import B2TError
from appliance.ports import Hints, SpokenWord, VoiceActivity
from appliance.turns.signals import Fact, FrameHeard, RecognitionFailed, WordsHeard
from services.phone.attention import Attention
from services.phone.metrics import FAILURES

log = structlog.get_logger(__name__)

PRE_ROLL_FRAMES: Final = 13
"""Frames kept from before the onset is known: about 300 ms of silence before the first sound."""
MAX_UTTERANCE_BYTES: Final = 25 * 16000
PATIENCE_S: Final = 10.0
PAUSE_S: Final = 0.3


@dataclass(slots=True)
class _Heard:
    hints: Hints
    language: str
    start: int = 0
    audio: bytearray = field(default_factory=bytearray, repr=False)
    session: Utterance | None = None
    partial: str = field(default="", repr=False)
    finishing: asyncio.Task[None] | None = None


class Ear:
    def __init__(
        self,
        speech: SpeechClient,
        activity: VoiceActivity,
        attention: Attention,
        language: str,
        tell: Callable[[Fact], None],
    ) -> None:
        self._speech, self._activity, self._attention = speech, activity, attention
        self.language, self._tell = language, tell
        """Of the next utterance."""
        self.position: Callable[[], int] = lambda: 0
        """Samples of the call so far."""
        self.on_recognised: Callable[[int, str, Sequence[SpokenWord]], None] = lambda _start, _text, _words: None
        """Where an utterance began, what it was, and when each word was said."""
        self._frame_bytes = 2 * activity.frame_samples
        self._rest = b""
        self._before: deque[bytes] = deque(maxlen=PRE_ROLL_FRAMES)
        self._heard: dict[int, _Heard] = {}
        self._open: int | None = None
        self._muted = False

    def hear(self, pcm: bytes) -> None:
        """Take audio, 16-bit at the detector's rate, in pieces of any length."""
        if self._muted:
            return
        audio = self._rest + pcm
        whole = len(audio) - len(audio) % self._frame_bytes
        self._rest = audio[whole:]
        for start in range(0, whole, self._frame_bytes):
            self._attention.ask(self._frame, audio[start : start + self._frame_bytes])

    def start(self, utterance: int, hints: Hints) -> None:
        """Begin recognising, from a little before now."""
        heard = _Heard(hints, self.language, self.position() - len(self._before) * self._activity.frame_samples)
        self._heard[utterance] = heard
        self._open = utterance
        heard.session = self._speech.transcribe(hints, heard.language, self._activity.sample_rate)
        self._feed(utterance, heard, b"".join(self._before))

    def finish(self, utterance: int) -> None:
        """The utterance is over; its words follow as `WordsHeard`, or `RecognitionFailed`."""
        if self._open == utterance:
            self._open = None
        heard = self._heard.get(utterance)
        if heard is not None and heard.finishing is None:
            work = self._recognise(utterance, heard)
            heard.finishing = asyncio.create_task(work, name=f"recognise {utterance}")

    def drop(self, utterance: int) -> None:
        if self._open == utterance:
            self._open = None
        heard = self._heard.pop(utterance, None)
        if heard is None:
            return
        heard.audio.clear()
        if heard.finishing is not None:
            heard.finishing.cancel()
        if heard.session is not None:
            asyncio.get_running_loop().create_task(heard.session.close(), name="drop recognition")

    def mute(self) -> None:
        self._muted = True
        self._rest = b""
        self._before.clear()

    def unmute(self) -> None:
        self._muted = False
        self._activity.reset()

    def close(self) -> None:
        self.mute()
        for utterance in list(self._heard):
            self.drop(utterance)

    def _frame(self, frame: bytes) -> None:
        if self._muted:
            return
        self._before.append(frame)
        if self._open is not None:
            self._feed(self._open, self._heard[self._open], frame)
        self._tell(FrameHeard(self._activity.probability(frame)))
        if self._muted:  # the fact may have led to that
            self._before.clear()

    def _feed(self, utterance: int, heard: _Heard, pcm: bytes) -> None:
        if len(heard.audio) < MAX_UTTERANCE_BYTES:
            heard.audio += pcm
        if heard.session is None:
            return
        try:
            heard.session.feed(pcm)
        except B2TError:
            heard.session = None  # recognised from what is kept, once the utterance is over
            FAILURES.labels("recognition").inc()
            return
        partial = heard.session.partial
        if partial is not None and partial.text != heard.partial:
            heard.partial = partial.text
            self._tell(WordsHeard(utterance, partial.text, partial.confidence))

    async def _recognise(self, utterance: int, heard: _Heard) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_S
        while True:
            try:
                session = heard.session or self._again(heard)
                transcript = await session.finish()
            except B2TError:
                FAILURES.labels("recognition").inc()
                heard.session = None
                if loop.time() + PAUSE_S > deadline:
                    log.warning("recognition_failed")
                    self._over(utterance, RecognitionFailed(utterance))
                    return
                await asyncio.sleep(PAUSE_S)
            else:
                self.on_recognised(heard.start, transcript.text, transcript.words)
                self._over(utterance, WordsHeard(utterance, transcript.text, transcript.confidence, final=True))
                return

    def _again(self, heard: _Heard) -> Utterance:
        session = self._speech.transcribe(heard.hints, heard.language, self._activity.sample_rate)
        session.feed(bytes(heard.audio))
        heard.session = session
        return session

    def _over(self, utterance: int, fact: Fact) -> None:
        known = self._heard.pop(utterance, None)
        if known is not None:
            known.audio.clear()
            self._tell(fact)
