"""A call as a line of time: what happens on it, and what turn-taking orders, each with its second."""

from __future__ import annotations

from dataclasses import fields, replace

from appliance.events import Expectation, SecureCapture
from appliance.turns.settings import Settings
from appliance.turns.signals import (
    FRAME_MS,
    Fact,
    FrameHeard,
    KeyPressed,
    NothingOwed,
    Order,
    RecognitionFailed,
    ReplyEnded,
    ReplyQueued,
    ReplyStarted,
    StartListening,
    StopReply,
    WordsHeard,
)
from appliance.turns.taking import TurnTaker

PIN = Expectation(wait_ms=5000, secure=SecureCapture("pin-1", 4, 8))
SHOWN = {"utterance", "text", "digits", "capture", "outcome", "waited_ms", "endpoint_ms"}


class Trace:
    def __init__(self, settings: Settings | None = None) -> None:
        self.now = 0.0
        self.taker = TurnTaker(settings or Settings(), 0.0)
        self.lines: list[str] = []
        self.orders: list[Order] = []
        self._playing: str | None = None

    # -- what happens -----------------------------------------------------------------------------------------------

    def speech(self, ms: int, probability: float = 0.95) -> Trace:
        for _ in range(ms // FRAME_MS):
            self.now += FRAME_MS / 1000
            self._put(FrameHeard(probability))
        return self

    def silence(self, ms: int) -> Trace:
        return self.speech(ms, 0.02)

    def words(self, utterance: int, text: str) -> Trace:
        return self._put(WordsHeard(utterance, text, 0.9, final=True))

    def partial(self, utterance: int, text: str) -> Trace:
        return self._put(WordsHeard(utterance, text))

    def failed(self, utterance: int) -> Trace:
        return self._put(RecognitionFailed(utterance))

    def keys(self, keys: str, apart_ms: int = 200) -> Trace:
        for key in keys:
            self._put(KeyPressed(key))
            self.silence(apart_ms)
        return self

    def queued(self, reply: str, expectation: Expectation | None = None, *phrases: str) -> Trace:
        return self._put(ReplyQueued(reply, expectation or Expectation(), phrases))

    def playing(self, reply: str, expectation: Expectation | None = None, *phrases: str) -> Trace:
        """Queued and begun."""
        self.queued(reply, expectation, *phrases)
        return self._put(ReplyStarted(reply))

    def played(self, reply: str, *, more: bool = False) -> Trace:
        return self._put(ReplyEnded(reply, more))

    def heard_out(self, reply: str, expectation: Expectation | None = None, *phrases: str) -> Trace:
        """Said to its end."""
        return self.playing(reply, expectation, *phrases).played(reply)

    def nothing_owed(self) -> Trace:
        return self._put(NothingOwed())

    # -- what is ordered ---------------------------------------------------------------------------------------------

    def take(self) -> list[str]:
        """The orders since the last look: `second Name shown fields`."""
        lines, self.lines = self.lines, []
        return lines

    def names(self) -> list[str]:
        """The same without times and fields."""
        return [line.split()[1] for line in self.take()]

    def _put(self, fact: Fact) -> Trace:
        for order in self.taker.handle(fact, self.now):
            self.orders.append(order)
            shown = [str(getattr(order, item.name)) for item in fields(order) if item.name in SHOWN]
            self.lines.append(" ".join([f"{self.now:.2f}", type(order).__name__, *shown]))
            if isinstance(order, StopReply):  # as the phone does
                self.taker.handle(ReplyEnded("stopped"), self.now)
        return self


__all__ = ["PIN", "Expectation", "StartListening", "Trace", "replace"]
