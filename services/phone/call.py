"""One phone call: ties its media, ear and voice to turn-taking, and turn-taking to the line to dialogue.

prepare (dialogue starts the conversation, the greeting is spoken into memory) → answer → talk → say the last words →
hang up. Whatever fails on the way ends in an apology and a BYE, never in a silent line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, Literal

import structlog

from appliance.errors import B2TError, Full
from appliance.events import Channel, Event, Leave, Played, Start
from appliance.telephony import g711
from appliance.telephony.sdp import Codec, Media
from appliance.telephony.signalling import AnswerCall, CallOffered, EndCall, EndReason, Input, RefuseCall, RingCall
from appliance.turns.playback import Heard
from appliance.turns.settings import Settings
from appliance.turns.signals import Fact, KeyPressed, NothingOwed, ReplyEnded, ReplyQueued, ReplyStarted, TimePassed
from appliance.turns.taking import TurnTaker
from services.faults import point
from services.phone import phrases
from services.phone.desk import Desk
from services.phone.ear import Ear
from services.phone.ending import Ending
from services.phone.following import Follower, Spoken
from services.phone.line import Line, Refusal, new_id
from services.phone.media import MediaPath
from services.phone.metrics import CALLS, observe_stages
from services.phone.orders import Orders
from services.phone.recorder import Recorder
from services.phone.voice import Manner, Voice

log = structlog.get_logger(__name__)

GREETING_S: Final = 4.0
MEDIA_TIMEOUT_S: Final = 20.0
FLUSH_S: Final = 5.0
TICKS_A_LOOK: Final = 5


class Call:
    def __init__(self, offered: CallOffered, desk: Desk, wish: Callable[[Input], None]) -> None:
        """`wish` tells the SIP user agent. Raises Full where no ports are free."""
        self._loop = asyncio.get_running_loop()
        self._offered, self._desk, self._wish = offered, desk, wish
        codec = offered.media.codec if offered.media else Codec.PCMU
        self._media = MediaPath(desk.ports, offered.source.host if desk.config.allow_nat else None, codec)
        self._line = Line(desk.bus, new_id(), new_id())
        self._voice = Voice(desk.speech, self._media.playback, desk.language, codec)
        self._ear = Ear(desk.speech, desk.activity(), desk.attention, desk.language, self._turn)
        self._taker = TurnTaker(Settings(endpoint=desk.config.endpoint_ms), self._loop.time())
        self._orders = Orders(desk, self._line, self._taker, self._media.playback, self._ear, self)
        self._follower = Follower(desk, self._line, self)
        self._ending = Ending(offered.call, desk.config.transfers, wish)
        self._spoken: dict[str, Spoken] = {}
        self._greeting = asyncio.Event()
        self._answered_at: float | None = None
        self._over = asyncio.Event()
        self._reason = EndReason.LOCAL_HANGUP
        self._closing = False
        self._media_lost = False
        self._started_there = False
        """Dialogue knows of the conversation."""
        self._recorder: Recorder | None = None
        self._ticks = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._listen_to_media()

    # -- from the switchboard ---------------------------------------------------------------------------------------

    async def run(self) -> None:
        """The whole call, from its offer until everything is told and closed."""
        try:
            if await self._prepare():
                self._wish(AnswerCall(self._offered.call, self._desk.reachable(self._media.address)))
            await self._over.wait()
        finally:
            await self._leave()

    def answered(self, media: Media | None) -> None:
        self._answered_at = self._loop.time()
        point("phone.answered")
        if media is not None:
            self.media_changed(media)

    def media_changed(self, media: Media) -> None:
        self._media.settle(media)
        self._voice.codec = media.codec
        self._media.begin(self._desk.clock)

    def pressed(self, key: str) -> None:
        self._turn(KeyPressed(key))

    def transfer_progressed(self, status: int) -> None:
        if self._ending.transfer_failed(status):
            self.apologise()

    def ended(self, reason: EndReason) -> None:
        self._reason = reason
        self._over.set()

    def close(self) -> None:
        """The process is to stop: say so and hang up, or refuse what is only offered."""
        if self._answered_at is None:
            self._refuse(503)
        elif not self._closing:
            self.apologise(phrases.CLOSING)

    # -- before the answer ------------------------------------------------------------------------------------------

    async def _prepare(self) -> bool:
        """Start the conversation and have the greeting spoken. False: the call was refused, or given up meanwhile."""
        start = Start(
            input_id=new_id(),
            conversation=self._line.conversation,
            leg=self._line.leg,
            channel=Channel.PHONE,
            number=self._offered.called,
            caller=self._offered.caller or None,
        )
        self._desk.ledger.enter(self._line.conversation, self._line.leg)
        if self._desk.recordings is not None and self._desk.phrases.known(self._desk.notice):
            self._play(self._desk.notice)
        try:
            await self._line.open(start)
        except (Refusal, B2TError) as error:
            log.info("call_not_started", code=error.code)
            self._refuse({"unknown": 404, "full": 486}.get(error.code, 503))
            return False
        self._started_there = True
        await self._record(self._line.conversation)
        point("phone.started")
        self._wish(RingCall(self._offered.call))
        self.spawn(self._line.send(), "send inputs")
        self.spawn(self._follower.follow(), "follow the conversation")
        self.spawn(self._mind_line(), "mind the line")
        try:
            await asyncio.wait_for(self._greeting.wait(), GREETING_S)
        except TimeoutError:
            self._refuse(503)
        return not self._over.is_set()

    def _refuse(self, status: int) -> None:
        CALLS.labels(f"refused_{status}").inc()
        self._wish(RefuseCall(self._offered.call, status, retry_after=10 if status == 503 else None))
        self._over.set()

    # -- during the call: what the follower and the orders need --------------------------------------------------------

    def speak(self, reply: Spoken, queued: ReplyQueued) -> None:
        """A reply was made: from now on its expectation holds; its words follow by `say`."""
        self._spoken[reply.reply] = reply
        self._ear.language = queued.expectation.language or self._desk.language
        self._turn(queued)

    def say(self, reply: str, text: str, manner: Manner) -> None:
        if self._closing or not self._voice.say(reply, text, self._greeting.set, manner):
            self._heard(Heard(reply, 0, 0, interrupted=self._closing))
            self._greeting.set()

    def nothing_owed(self) -> None:
        self._greeting.set()
        self._turn(NothingOwed())

    @property
    def time(self) -> float:
        return self._loop.time()

    def input_ended(self, at: float | None) -> None:
        """The party's input ended then; the reply to it is measured from there."""
        self._follower.turn_ended_at = at

    def finish(self, *, transfer: str | None = None) -> None:
        """Nothing more will be said than what is queued: then hang up, or put through."""
        self._ending.set(transfer)
        self._greeting.set()

    def stop_reply(self) -> None:
        self._voice.stop()
        for heard in self._media.playback.stop():
            self._heard(heard)

    def fill_silence(self) -> None:
        self._play(phrases.MOMENT)

    def apologise(self, phrase: str = phrases.SORRY) -> None:
        """It cannot go on: say so and hang up. A call that is not answered yet is refused."""
        if self._answered_at is None:
            self._refuse(503)
            return
        if self._closing:
            return
        self.stop_reply()
        self._ear.close()
        self._closing = True
        self._play(phrase)
        self._ending.set(None)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run beside the call; if it fails, so does the call."""
        task = asyncio.create_task(work, name=f"{name} {self._line.leg[:8]}")
        self._tasks.add(task)
        task.add_done_callback(self._task_done)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("call_failed", exc_info=error, part=task.get_name())
            self.apologise()

    async def _mind_line(self) -> None:
        error = await self._line.failed
        log.warning("input_not_taken", code=error.code)
        self.apologise()

    def _play(self, phrase: str) -> None:
        playback = self._media.playback
        if playback.queue(phrase, filler=True):
            playback.feed(phrase, self._desk.phrases.payload(phrase, self._media.codec))
            playback.finish(phrase)

    # -- the recording ----------------------------------------------------------------------------------------------

    def happened(self, events: Sequence[Event]) -> None:
        if self._recorder is not None:
            self._recorder.note(events)

    async def moved(self, conversation: str) -> None:
        """What is said from now on is another conversation's, under its own keys."""
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self._media.on_sound = self._media.on_party = None
            self._ear.on_recognised = lambda _start, _text, _words: None
            self._orders.on_said = lambda _input, _text: None
            self.spawn(_kept(recorder), "keep a recording")
            await self._record(conversation)

    async def _record(self, conversation: str) -> None:
        """Where calls are recorded and the party hears that they are. A call goes on without a recording."""
        folder, notice = self._desk.recordings, self._desk.notice
        if folder is None or not self._desk.phrases.known(notice):
            return
        try:
            keys = await self._desk.keys.lease(conversation)
        except B2TError as error:
            log.warning("not_recorded", code=error.code)
            return
        recorder = Recorder(folder, keys, self._line.leg)
        self._recorder = recorder
        media = self._media
        media.on_sound = lambda payload: recorder.tick(_mulaw(media.codec, payload))
        media.on_party = lambda pcm: recorder.hear(g711.encode(Codec.PCMU, pcm))
        self._ear.position = lambda: recorder.party_at
        self._ear.on_recognised, self._orders.on_said = recorder.recognised, recorder.told

    # -- sound ------------------------------------------------------------------------------------------------------

    def _listen_to_media(self) -> None:
        media = self._media
        media.on_audio = self._ear.hear
        media.on_key = self.pressed
        media.on_started = self._started
        media.on_ended = self._heard
        media.on_tick = self._tick

    def _turn(self, fact: Fact) -> None:
        if not self._closing and not self._over.is_set():
            self._orders.carry_out(self._taker.handle(fact, self._loop.time()))

    def _started(self, reply: str, now: float) -> None:
        spoken = self._spoken.get(reply)
        if spoken is not None:
            spoken.started(now)
        if self._recorder is not None:
            self._recorder.started(reply)
        self._turn(ReplyStarted(reply))

    def _heard(self, heard: Heard) -> None:
        """A reply is over: tell dialogue what the party really heard of it."""
        if self._recorder is not None and heard.heard_ms:
            self._recorder.ended()
        spoken = self._spoken.pop(heard.reply, None)
        if spoken is not None:
            stages = spoken.stages(self._loop.time(), self._answered_at) if heard.heard_ms else {}
            observe_stages(stages)
            played = Played(
                input_id=new_id(),
                conversation=spoken.conversation,
                leg=self._line.leg,
                reply=heard.reply,
                heard_ms=heard.heard_ms,
                total_ms=heard.total_ms,
                interrupted=heard.interrupted,
                stages=stages,
            )
            self._line.tell(played)
        self._turn(ReplyEnded(heard.reply, more=bool(self._spoken)))

    def _tick(self, now: float) -> None:
        self._ticks += 1
        if self._ticks % TICKS_A_LOOK:
            return
        if not self._media.held:
            self._turn(TimePassed())
        if now - self._media.heard_at > MEDIA_TIMEOUT_S and not self._media.held:
            self._media_lost = True
            self._wish(EndCall(self._offered.call))
        elif not self._over.is_set():
            self._ending.look(now, silent=self._media.playback.idle and not self._voice.busy)

    # -- after the call ---------------------------------------------------------------------------------------------

    async def _leave(self) -> None:
        """Stop the sound, tell dialogue what is left to tell, and give everything back."""
        self._media.close()
        self._ear.close()
        self.stop_reply()
        if self._answered_at is not None:
            CALLS.labels(self._reason.value).inc()
        if self._started_there and not self._follower.conversation_over:
            self._line.tell(
                Leave(
                    input_id=new_id(),
                    conversation=self._line.conversation,
                    leg=self._line.leg,
                    reason=self._leave_reason(),
                )
            )
        if not self._tasks or await self._line.sent(FLUSH_S):
            self._desk.ledger.strike(self._line.leg)
        for task in list(self._tasks):
            task.cancel()
        await self._line.close()
        if self._recorder is not None:
            await (self._recorder.keep() if self._answered_at is not None else self._recorder.drop())
        self._desk.keys.forget(self._line.conversation)

    def _leave_reason(self) -> Literal["hangup", "media_timeout", "failed", "ended"]:
        if self._media_lost:
            return "media_timeout"
        if self._closing or (self._answered_at is None and self._reason is EndReason.LOCAL_HANGUP):
            return "failed"
        if self._reason in (EndReason.REMOTE_HANGUP, EndReason.CANCELLED):
            return "hangup"
        return "ended" if self._reason in (EndReason.LOCAL_HANGUP, EndReason.TRANSFERRED) else "failed"


def try_call(offered: CallOffered, desk: Desk, wish: Callable[[Input], None]) -> Call | None:
    """The call, or None after it was refused because no ports are free."""
    try:
        return Call(offered, desk, wish)
    except Full:
        CALLS.labels("refused_503").inc()
        wish(RefuseCall(offered.call, 503, retry_after=10))
        return None


def _mulaw(codec: Codec, payload: bytes | None) -> bytes | None:
    if payload is None or codec is Codec.PCMU:
        return payload
    return payload.translate(g711.conversion(codec, Codec.PCMU))


async def _kept(recorder: Recorder) -> None:
    await recorder.keep()
