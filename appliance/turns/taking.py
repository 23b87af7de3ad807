"""Turn-taking of one call: facts in, orders out. Counterpart: `services.phone`, which has the sound and the words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.events import Expectation
from appliance.turns import words
from appliance.turns.keys import CaptureCollector, CaptureResult, KeyCollector
from appliance.turns.patience import Waiting
from appliance.turns.settings import Settings
from appliance.turns.signals import (
    DropListening,
    DuckReply,
    Fact,
    FillSilence,
    FinishListening,
    FrameHeard,
    GiveUp,
    KeyPressed,
    MuteListening,
    NothingOwed,
    Order,
    PauseReply,
    RecognitionFailed,
    ReplyEnded,
    ReplyQueued,
    ReplyStarted,
    RestoreReply,
    ResumeReply,
    StartListening,
    StopReply,
    TellCaptured,
    TellKeyed,
    TellSaid,
    TellWaited,
    UnmuteListening,
    WordsHeard,
)
from appliance.turns.speech import SpeechDetector


@dataclass(slots=True)
class _Utterance:
    number: int
    over: str | None
    """The reply that sounded at its onset."""
    protected: bool
    """That reply may not be interrupted."""
    partial: str = ""
    voiced_ms: int = 0
    speech_ms: int = 0
    ended_at: float = 0.0
    endpoint_ms: int = 0
    finished_at: float = 0.0


MAX_PENDING: Final = 4
"""Utterances that wait for their words; beyond it the oldest is given up."""


class TurnTaker:
    def __init__(self, settings: Settings, now: float) -> None:
        self._settings = settings
        self._speech = SpeechDetector()
        self._current: _Utterance | None = None
        self._pending: dict[int, _Utterance] = {}
        self._count = 0
        self._expectations: dict[str, Expectation] = {}
        self._expectation = Expectation()
        self._phrases: tuple[str, ...] = ()
        self._playing: str | None = None
        self._ducked = self._paused = False
        self._keys = KeyCollector(settings.key_gap / 1000)
        self._capture: CaptureCollector | None = None
        self._unmute_at: float | None = None
        self._waiting = Waiting(settings.patience, now)

    @property
    def capturing(self) -> bool:
        return self._capture is not None

    @property
    def phrases(self) -> tuple[str, ...]:
        """What is expected next, for the recogniser."""
        return self._phrases

    @property
    def expects_digits(self) -> bool:
        return self._expectation.digits

    @property
    def expects_amounts(self) -> bool:
        return self._expectation.amounts

    def handle(self, fact: Fact, now: float) -> list[Order]:
        """Take one fact; the orders it leads to, to be carried out in order."""
        orders: list[Order] = []
        match fact:
            case FrameHeard(probability):
                self._frame(probability, now, orders)
            case KeyPressed(key):
                self._key(key, now, orders)
            case WordsHeard() if fact.final:
                self._words(fact, now, orders)
            case WordsHeard():
                if self._current and self._current.number == fact.utterance:
                    self._current.partial = fact.text
            case RecognitionFailed(number):
                self._recognition_failed(number, orders)
            case ReplyQueued():
                self._reply_queued(fact, now, orders)
            case ReplyStarted(reply):
                self._playing = reply
            case ReplyEnded(reply, more):
                self._reply_ended(reply, more, now)
            case NothingOwed():
                self._waiting.settle()
            case _:
                pass
        self._pass_time(now, orders)
        return orders

    # -- speech -----------------------------------------------------------------------------------------------------

    def _frame(self, probability: float, now: float, orders: list[Order]) -> None:
        if self._capture or self._unmute_at is not None:
            return
        if self._speech.frame(probability):
            self._onset(orders)
        elif self._current:
            self._go_on(self._current, now, orders)

    def _onset(self, orders: list[Order]) -> None:
        self._count += 1
        sounding = self._playing is not None and not self._paused
        protected = sounding and not self._interruptible
        self._current = _Utterance(self._count, self._playing, protected)
        self._waiting.party_moved()
        orders.append(StartListening(self._count))
        if sounding and self._interruptible:
            self._ducked = True
            orders.append(DuckReply())

    @property
    def _interruptible(self) -> bool:
        return self._expectations.get(self._playing or "", self._expectation).interruptible

    def _go_on(self, utterance: _Utterance, now: float, orders: list[Order]) -> None:
        speech = self._speech
        if self._playing and not self._paused and not utterance.protected and self._interruptible:
            self._weigh_barge_in(orders)
        limit = self._endpoint_ms(utterance)
        if speech.silence_ms >= limit or speech.total_ms >= self._settings.utterance:
            self._endpoint(utterance, now, orders)

    def _weigh_barge_in(self, orders: list[Order]) -> None:
        speech = self._speech
        if speech.voiced_ms >= self._settings.barge_in and speech.silence_ms == 0:
            self._paused = True
            orders.append(PauseReply())
        elif self._ducked and speech.silence_ms >= self._settings.restore:
            self._ducked = False
            orders.append(RestoreReply())
        elif not self._ducked and speech.silence_ms == 0:
            self._ducked = True
            orders.append(DuckReply())

    def _endpoint_ms(self, utterance: _Utterance) -> int:
        if self._expectation.digits and words.ends_in_digit(utterance.partial):
            return self._settings.endpoint_digits
        if words.is_complete(utterance.partial, self._phrases):
            return min(self._settings.endpoint_complete, self._settings.endpoint)
        return self._settings.endpoint

    def _endpoint(self, utterance: _Utterance, now: float, orders: list[Order]) -> None:
        self._current = None
        utterance.voiced_ms = self._speech.voiced_ms
        utterance.speech_ms = self._speech.total_ms - self._speech.silence_ms
        utterance.endpoint_ms = self._speech.silence_ms
        utterance.ended_at = now - self._speech.silence_ms / 1000
        utterance.finished_at = now
        self._speech.reset()
        if utterance.protected and self._playing == utterance.over:
            orders.append(DropListening(utterance.number))
            return
        if len(self._pending) >= MAX_PENDING:
            oldest = next(iter(self._pending))
            del self._pending[oldest]
            orders.append(DropListening(oldest))
        self._pending[utterance.number] = utterance
        orders.append(FinishListening(utterance.number))

    # -- words ------------------------------------------------------------------------------------------------------

    def _words(self, heard: WordsHeard, now: float, orders: list[Order]) -> None:
        utterance = self._pending.pop(heard.utterance, None)
        if utterance is None:
            return
        text = heard.text.strip()
        if not self._is_turn(utterance, text):
            self._no_turn(now, orders)
            return
        if self._playing is not None:
            self._silence_reply(orders)
        self._waiting.owe(now)
        recognised_ms = (now - utterance.finished_at) * 1000
        spans = (utterance.speech_ms, utterance.endpoint_ms, recognised_ms)
        orders.append(TellSaid(text, heard.confidence, utterance.ended_at, *spans))

    def _is_turn(self, utterance: _Utterance, text: str) -> bool:
        if not text:
            return self._playing is None and utterance.voiced_ms >= self._settings.unintelligible
        if self._playing is None or utterance.over != self._playing:
            return True
        return words.is_expected(text, self._phrases) or not words.is_back_channel(text)

    def _no_turn(self, now: float, orders: list[Order]) -> None:
        """A noise or a back-channel: everything goes on as if it had not been."""
        if self._current is not None or self._pending:
            return
        if self._playing is None:
            self._waiting.wait_for_party(now)
        elif self._paused or self._ducked:
            self._paused = self._ducked = False
            orders.append(ResumeReply())

    def _recognition_failed(self, number: int, orders: list[Order]) -> None:
        known = self._pending.pop(number, None)
        if self._current and self._current.number == number:
            known, self._current = self._current, None
            self._speech.reset()
        if known is not None:
            orders.append(GiveUp())

    # -- replies ----------------------------------------------------------------------------------------------------

    def _reply_queued(self, queued: ReplyQueued, now: float, orders: list[Order]) -> None:
        self._waiting.settle()
        self._waiting.party_moved()
        self._expectations[queued.reply] = self._expectation = queued.expectation
        self._phrases = queued.phrases
        secure = queued.expectation.secure
        if secure is None:
            if self._capture:
                self._end_capture(now)
        elif self._capture is None or self._capture.capture.capture != secure.capture:
            self._start_capture(CaptureCollector(secure, self._settings.key_gap / 1000), now, orders)

    def _reply_ended(self, reply: str, more: bool, now: float) -> None:
        expectation = self._expectations.pop(reply, None)
        if self._playing == reply:
            self._playing = None
            self._ducked = self._paused = False
        if more or expectation is None:
            return
        if self._capture:
            self._capture.wait_until(now + self._expectation.wait_ms / 1000)
        elif self._current is None and not self._pending and not self._keys.collecting:
            self._waiting.wait_for_party(now)

    def _silence_reply(self, orders: list[Order]) -> None:
        self._playing = None
        self._ducked = self._paused = False
        self._expectations.clear()
        orders.append(StopReply())

    # -- keys -------------------------------------------------------------------------------------------------------

    def _key(self, key: str, now: float, orders: list[Order]) -> None:
        self._waiting.party_moved()
        if self._playing is not None and self._interruptible:
            self._silence_reply(orders)
            if self._capture:
                self._capture.wait_until(now + self._expectation.wait_ms / 1000)
        if self._capture:
            result = self._capture.press(key, now)
            if result:
                self._captured(result, now, orders)
            return
        digits = self._keys.press(key, now)
        if digits:
            self._keyed(digits, now, orders)

    def _keyed(self, digits: str, now: float, orders: list[Order]) -> None:
        self._waiting.owe(now)
        orders.append(TellKeyed(digits, now))

    def _start_capture(self, collector: CaptureCollector, now: float, orders: list[Order]) -> None:
        self._capture = collector
        self._unmute_at = None
        for number in (*self._pending, *((self._current.number,) if self._current else ())):
            orders.append(DropListening(number))
        self._pending.clear()
        self._current = None
        self._speech.reset()
        orders.append(MuteListening())
        if self._paused or self._ducked:
            self._paused = self._ducked = False
            orders.append(ResumeReply())
        for key in self._keys.take():  # keyed ahead of the prompt: secret already
            result = collector.press(key, now)
            if result:
                self._captured(result, now, orders)
                return

    def _captured(self, result: CaptureResult, now: float, orders: list[Order]) -> None:
        if self._capture is None:
            return
        capture = self._capture.capture.capture
        self._end_capture(now)
        self._waiting.owe(now)
        orders.append(TellCaptured(capture, result.outcome, result.digits, now))

    def _end_capture(self, now: float) -> None:
        self._capture = None
        self._unmute_at = now + self._settings.unmute / 1000

    # -- time -------------------------------------------------------------------------------------------------------

    def _pass_time(self, now: float, orders: list[Order]) -> None:
        if self._unmute_at is not None and now >= self._unmute_at and self._capture is None:
            self._unmute_at = None
            orders.append(UnmuteListening())
        if self._capture:
            result = self._capture.poll(now)
            if result:
                self._captured(result, now, orders)
        digits = self._keys.poll(now)
        if digits:
            self._keyed(digits, now, orders)
        if self._waiting.party_waited(self._expectation.wait_ms, now):
            self._waiting.owe(now)
            orders.append(TellWaited(self._expectation.wait_ms))
        self._mind_dead_air(now, orders)

    def _mind_dead_air(self, now: float, orders: list[Order]) -> None:
        if self._playing is not None or self._current is not None:
            return
        since = min((utterance.finished_at for utterance in self._pending.values()), default=None)
        if self._waiting.overdue(since, now):
            self._waiting.settle()
            self._pending.clear()
            orders.append(GiveUp())
        elif self._waiting.dead_air(since, now):
            orders.append(FillSilence())
