"""The box around the phone, as fakes on the real bus: dialogue by script, keys, captures, and speech that is a tone."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from appliance import events as e
from appliance.adapters.nats import Bus, Stop, conversation_subject
from appliance.ports import Hints, SpeechToTextCapabilities, TextToSpeechCapabilities, Transcript
from appliance.privacy.capture import CAPTURE_ANSWER, CAPTURE_KEY, CAPTURE_SENT, CaptureAnswer, CaptureKey
from appliance.privacy.leases import LEASE_ANSWERED, LEASE_ASKED, LeaseAnswered, answer_lease
from appliance.privacy.sealing import ConversationKeys, KeyClass, reply_place
from services.inference.recognition import Recognition
from services.inference.synthesis import Synthesis

RATE = 8000
MS_A_LETTER = 30


def tone(ms: int, hertz: float = 440.0, level: float = 0.25) -> bytes:
    at = np.arange(ms * RATE // 1000) / RATE
    return (np.sin(2 * np.pi * hertz * at) * level * 32767).astype("<i2").tobytes()


@dataclass
class FakeRecogniser:
    """Hears what it is told to, one text an utterance."""

    hears: deque[str] = field(default_factory=deque)
    hints: list[Hints] = field(default_factory=list)
    heard_bytes: list[int] = field(default_factory=list)
    capabilities = SpeechToTextCapabilities("fake", RATE, ("en",), streaming=True, grammar=False)

    def open(self, hints: Hints, language: str) -> _Recognition:
        self.hints.append(hints)
        return _Recognition(self)


class _Recognition:
    def __init__(self, engine: FakeRecogniser) -> None:
        self._engine = engine
        self._size = 0

    def feed(self, pcm: bytes) -> Transcript | None:
        self._size += len(pcm)
        return None

    def finish(self) -> Transcript:
        self._engine.heard_bytes.append(self._size)
        return Transcript(self._engine.hears.popleft() if self._engine.hears else "", final=True, confidence=0.9)

    def close(self) -> None: ...


class FakeVoice:
    """Speaks every text as a tone, 30 ms a letter."""

    capabilities = TextToSpeechCapabilities("fake", RATE, ("one",), ("en",))

    def __init__(self) -> None:
        self.said: list[str] = []

    def speak(self, text: str, voice: str, language: str, speed: float = 1.0) -> Iterator[bytes]:
        self.said.append(text)
        pcm = tone(MS_A_LETTER * len(text))
        for start in range(0, len(pcm), 3200):
            yield pcm[start : start + 3200]


@dataclass(frozen=True)
class Reply:
    text: str
    expectation: e.Expectation = field(default_factory=e.Expectation)
    phrases: tuple[str, ...] = ()


Step = Reply | e.Event
Script = Callable[[e.ChannelInput], Sequence[Step] | e.Refused | None]


def end(reason: str = "goodbye") -> e.ConversationEnded:
    return e.ConversationEnded(reason, "contained")  # type: ignore[arg-type]


class PhoneBox:
    """`script` answers each input: with steps of one batch, a refusal, or None for silence (nothing answers)."""

    def __init__(self, bus: Bus, script: Script) -> None:
        self.bus, self.script = bus, script
        self.inputs: list[e.ChannelInput] = []
        self.digits: list[str] = []
        self.recogniser, self.voice = FakeRecogniser(), FakeVoice()
        self.references: dict[str, e.Reference] = {}
        self.lose_notices = 0
        self._keys: dict[str, dict[KeyClass, dict[int, bytes]]] = {}
        self._numbers: dict[str, int] = {}
        self._capture_key = CaptureKey()
        self._stops: list[Stop] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._replies = 0
        self._arrived = asyncio.Event()
        self._threads = ThreadPoolExecutor(8)

    async def start(self, *, speech: bool = True) -> None:
        for subject, handler in (
            ("b2t.dialogue.accept", self._accept),
            ("b2t.vault.lease.phone", self._lease),
            ("b2t.connectors.key", self._key),
            ("b2t.connectors.capture", self._capture),
        ):
            self._stops.append(await self.bus.serve(subject, handler))
        if speech:
            self.start_speech()

    def start_speech(self) -> None:
        hosts = (
            Recognition(self.recogniser, self._threads).host(self.bus, 64),
            Synthesis(self.voice, "one", self._threads).host(self.bus, 64),
        )
        self._tasks += [asyncio.create_task(host.run()) for host in hosts]

    async def stop_speech(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def close(self) -> None:
        await self.stop_speech()
        for stop in self._stops:
            await stop()
        self._threads.shutdown(wait=False)

    def of(self, kind: type[e.ChannelInput]) -> list[e.ChannelInput]:
        return [given for given in self.inputs if isinstance(given, kind)]

    async def wait_for(self, kind: type, count: int = 1, timeout_s: float = 10.0) -> list[e.ChannelInput]:
        """The inputs of a kind, once there are `count`."""
        async with asyncio.timeout(timeout_s):
            while len(self.of(kind)) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return self.of(kind)

    def keys(self, conversation: str) -> ConversationKeys:
        return ConversationKeys(conversation, self._material(conversation))

    async def append(self, conversation: str, steps: Sequence[Step]) -> None:
        """Write one batch and notify."""
        phrases: tuple[str, ...] = ()
        events: list[e.Event] = []
        for step in steps:
            if isinstance(step, Reply):
                events.append(self._made(conversation, step))
                phrases = step.phrases
            else:
                events.append(step)
        number = self._numbers[conversation] = self._numbers.get(conversation, 0) + 1
        batch = e.Batch(
            conversation=conversation,
            agent="fake",
            version="1",
            number=number,
            taken=number,
            at=datetime.now(UTC).isoformat(),
            events=tuple(events),
        )
        sequence = await self.bus.append(conversation_subject(conversation), e.BATCH.dump_json(batch))
        if self.lose_notices:
            self.lose_notices -= 1
            return
        notice = e.Notice(sequence=sequence, batch=batch, phrases=phrases)
        for _ in range(2):  # doubled notices are normal
            await self.bus.publish(f"b2t.replies.{conversation}", e.NOTICE.dump_json(notice))

    def _made(self, conversation: str, reply: Reply) -> e.ReplyMade:
        self._replies += 1
        name = f"reply-{self._replies}"
        sealed = self.keys(conversation).seal_text(reply_place(name), reply.text)
        return e.ReplyMade(name, "turn", sealed, reply.expectation)

    def _material(self, conversation: str) -> dict[KeyClass, dict[int, bytes]]:
        seed = conversation.encode().ljust(32, b"-")[:32]
        return self._keys.setdefault(conversation, {"redacted": {1: seed}, "raw": {1: seed[::-1]}})

    async def _accept(self, data: bytes) -> bytes:
        given = e.CHANNEL_INPUT.validate_json(data)
        steps = self.script(given)
        if steps is None:
            await asyncio.sleep(3600)
        if isinstance(steps, e.Refused):
            return e.ANSWER.dump_json(replace(steps, input_id=given.input_id))
        if any(known.input_id == given.input_id for known in self.inputs):
            return e.ANSWER.dump_json(e.Accepted(given.input_id, given.conversation))
        self.inputs.append(given)
        self._arrived.set()
        if steps:
            await self.append(given.conversation, steps)
        return e.ANSWER.dump_json(e.Accepted(given.input_id, given.conversation))

    async def _lease(self, data: bytes) -> bytes:
        asked = LEASE_ASKED.validate_json(data)
        if asked.conversation not in self._numbers:
            return LEASE_ANSWERED.dump_json(LeaseAnswered("unknown"))
        return LEASE_ANSWERED.dump_json(answer_lease("phone", asked, self._material(asked.conversation)))

    async def _key(self, _data: bytes) -> bytes:
        return CAPTURE_KEY.dump_json(self._capture_key.public)

    async def _capture(self, data: bytes) -> bytes:
        sent = CAPTURE_SENT.validate_json(data)
        if sent.kid != self._capture_key.public.kid:
            return CAPTURE_ANSWER.dump_json(CaptureAnswer("stale", self._capture_key.public))
        self.digits.append(self._capture_key.decrypt(sent.conversation, sent.capture, sent.box))
        return CAPTURE_ANSWER.dump_json(CaptureAnswer("taken"))

    def restart_connectors(self) -> None:
        """A new key: what is encrypted to the old one is stale."""
        self._capture_key = CaptureKey()
