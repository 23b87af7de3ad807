"""Carries out what turn-taking orders: on the playback, the ear, and the line to dialogue."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol, TypedDict

import structlog

from appliance.events import Captured, Keyed, Modality, Said, Waited
from appliance.ports import Hints
from appliance.turns import signals as s
from appliance.turns.playback import Playback
from appliance.turns.taking import TurnTaker
from services.faults import point
from services.phone.desk import Desk
from services.phone.ear import Ear
from services.phone.line import Line, new_id
from services.phone.metrics import FAILURES, observe_stages

log = structlog.get_logger(__name__)


class _Whose(TypedDict):
    input_id: str
    conversation: str
    leg: str


class Party(Protocol):
    """The call, as far as orders need it."""

    def stop_reply(self) -> None: ...
    def fill_silence(self) -> None: ...
    def apologise(self) -> None: ...
    def input_ended(self, at: float | None) -> None: ...
    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None: ...


class Orders:
    def __init__(self, desk: Desk, line: Line, taker: TurnTaker, playback: Playback, ear: Ear, party: Party) -> None:
        self._desk, self._line, self._taker = desk, line, taker
        self._ear, self._party = ear, party
        self.on_said: Callable[[str, str], None] = lambda _input, _text: None
        self._simple: dict[type[s.Order], Callable[[], object]] = {
            s.DuckReply: playback.duck,
            s.RestoreReply: playback.restore,
            s.PauseReply: playback.pause,
            s.ResumeReply: playback.resume,
            s.StopReply: party.stop_reply,
            s.MuteListening: ear.mute,
            s.UnmuteListening: ear.unmute,
            s.FillSilence: party.fill_silence,
            s.GiveUp: party.apologise,
        }

    def carry_out(self, orders: Iterable[s.Order]) -> None:
        for order in orders:
            simple = self._simple.get(type(order))
            if simple is not None:
                simple()
            else:
                self._listen_or_tell(order)

    def _listen_or_tell(self, order: s.Order) -> None:
        match order:
            case s.StartListening(utterance):
                self._ear.start(
                    utterance, Hints(self._taker.phrases, self._taker.expects_digits, self._taker.expects_amounts)
                )
            case s.FinishListening(utterance):
                self._ear.finish(utterance)
            case s.DropListening(utterance):
                self._ear.drop(utterance)
            case s.TellSaid():
                self._said(order)
            case s.TellKeyed(digits, ended_at):
                self._party.input_ended(ended_at)
                self._line.tell(Keyed(**self._whose(), digits=digits))
            case s.TellCaptured():
                self._party.input_ended(order.ended_at)
                self._party.spawn(self._captured(order), "send a capture")
            case s.TellWaited(waited_ms):
                self._party.input_ended(None)
                self._line.tell(Waited(**self._whose(), waited_ms=waited_ms))
            case _:
                raise AssertionError(type(order).__name__)

    def _whose(self) -> _Whose:
        return {"input_id": new_id(), "conversation": self._line.conversation, "leg": self._line.leg}

    def _said(self, order: s.TellSaid) -> None:
        self._party.input_ended(order.ended_at)
        stages = {"speech_end": order.speech_ms, "endpoint": order.endpoint_ms, "recognised": order.recognised_ms}
        stages = {name: round(took_ms, 1) for name, took_ms in stages.items()}
        observe_stages(stages)
        said = Said(
            **self._whose(),
            modality=Modality.SPEECH,
            text=order.text,
            confidence=order.confidence,
            stages=stages,
        )
        self.on_said(said.input_id, order.text)
        self._line.tell(said)

    async def _captured(self, order: s.TellCaptured) -> None:
        """First the digits to the connectors, then dialogue is told. A capture the connectors did not get is told as
        valid all the same: the flow then hears that it was lost, and asks again."""
        conversation = self._line.conversation
        if order.outcome == "valid":
            if not await self._desk.captures.send(conversation, order.capture, order.digits):
                FAILURES.labels("capture").inc()
                log.warning("capture_not_delivered", capture=order.capture)
            point("phone.captured")
        captured = Captured(**self._whose(), capture=order.capture, outcome=order.outcome)
        self._line.tell(captured)
