"""One call's sound on its way to disk: sealed as it comes, a redacted copy in its place once the call is over.

Nothing of it is ever on disk unsealed, and a recording that cannot be kept up costs the recording, never the call. What
was not finished, because the process was killed, is removed at the next start: without the marks, which are in memory
alone, it may not be kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import shutil
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BufferedWriter
from pathlib import Path
from typing import Final

import structlog

from appliance.adapters.recordings import SUFFIX, place_of
from appliance.errors import B2TError
from appliance.events import Event, ReplyMade, TurnHeard
from appliance.ports import SpokenWord
from appliance.privacy.recording import FRAME, RATE, SIDES, SILENCE, Stretch, redacted_copy, stretches
from appliance.privacy.references import names_in
from appliance.privacy.sealing import TAG_BYTES, ConversationKeys, heard_place, reply_place
from appliance.privacy.streams import CHUNK_BYTES, StreamOpener, StreamSealer
from services.phone.metrics import RECORDINGS

log = structlog.get_logger(__name__)

UNFINISHED: Final = ".unfinished-"
WAITING: Final = 64
"""Pieces that may wait for the disk, a second of sound each."""
PIECE: Final = 50 * FRAME * SIDES
BEHIND: Final = 25 * FRAME
"""Of the party's sound that came in a burst, so much is kept in place; the rest is late and lost."""
TURNS: Final = 32
LONGEST: Final = 4 * 3600 * RATE
"""Samples after which a recording is given up: nobody talks to an agent for four hours."""
RESERVE_BYTES: Final = 1 << 30
"""So much of the disk is for the calls themselves; below it nothing is recorded."""


def remove_unfinished(folder: Path) -> int:
    """What a process before this one left half done."""
    left = list(folder.glob(f"*/{UNFINISHED}*")) if folder.is_dir() else []
    for file in left:
        file.unlink(missing_ok=True)
    if left:
        log.warning("recordings_broken_off", count=len(left))
    return len(left)


@dataclass(slots=True)
class _Turn:
    start: int
    end: int
    text: str = field(repr=False)
    words: Sequence[SpokenWord] = field(repr=False)
    input_id: str | None = None


class Recorder:
    """Of one leg in one conversation. All but the writing happens in the event loop, and none of it waits."""

    def __init__(self, folder: Path, keys: ConversationKeys, leg: str) -> None:
        self._keys, self._leg = keys, leg
        self._folder = folder / keys.conversation
        self._piece = bytearray()
        self._party: deque[int] = deque(maxlen=FRAME + BEHIND)
        self.at = 0
        """Samples of either side so far."""
        self._slipped = -1
        """Where the party's sound last came too late or too thick to be in its place."""
        self._marks: list[Stretch] = []
        self._turns: deque[_Turn] = deque(maxlen=TURNS)
        self._replies: dict[str, bool] = {}
        """Replies that may be heard or, for False, hold a value."""
        self._sounding: tuple[str, int] | None = None
        self._waiting: queue.Queue[bytes | None] = queue.Queue(WAITING)
        self._failed = threading.Event()
        self._writer = threading.Thread(target=self._write, name=f"record {leg[:8]}", daemon=True)
        self._writer.start()

    # ---- sound ----------------------------------------------------------------------------------------------------

    @property
    def party_at(self) -> int:
        """Where in the recording what is heard of the party next will lie."""
        return self.at + len(self._party)

    def hear(self, mulaw: bytes) -> None:
        """Of the party, in pieces of any length. What comes in too great a burst is lost."""
        if len(self._party) + len(mulaw) > FRAME + BEHIND:
            self._slipped = self.at
        self._party.extend(mulaw)

    def tick(self, mulaw: bytes | None) -> None:
        """20 ms of the agent's side, None for silence; the party's side is as far as it has come."""
        agent = (mulaw or b"").ljust(FRAME, bytes([SILENCE]))[:FRAME]
        count = min(FRAME, len(self._party))
        if 0 < count < FRAME:
            self._slipped = self.at  # from here on the party's words lie later than they were said
        party = bytes(self._party.popleft() for _ in range(count)).ljust(FRAME, bytes([SILENCE]))
        frame = bytearray(FRAME * SIDES)
        frame[0::SIDES], frame[1::SIDES] = party, agent
        self._piece += frame
        self.at += FRAME
        if len(self._piece) >= PIECE:
            self._put(bytes(self._piece))
            self._piece.clear()

    def _put(self, piece: bytes | None) -> None:
        if piece is not None and self.at > LONGEST:
            self._failed.set()
            return
        try:
            self._waiting.put_nowait(piece)
        except queue.Full:
            self._failed.set()

    # ---- marks ----------------------------------------------------------------------------------------------------

    def recognised(self, start: int, text: str, words: Sequence[SpokenWord]) -> None:
        """An utterance that began at the sample `start`; silent until its turn is known to be harmless."""
        start = max(0, start)
        kept = () if self._slipped >= start else words  # no telling any more where each of them lies
        self._turns.append(_Turn(start, self.party_at, text, kept))

    def told(self, input_id: str, text: str) -> None:
        """The utterances with this text are that input."""
        for turn in reversed(self._turns):
            if turn.input_id is None and turn.text == text:
                turn.input_id = input_id
                return

    def note(self, events: Sequence[Event]) -> None:
        try:
            for event in events:
                if isinstance(event, TurnHeard):
                    self._turn(event)
                elif isinstance(event, ReplyMade):
                    text = self._keys.unseal_text(reply_place(event.reply), event.text)
                    self._replies[event.reply] = not names_in(text)
        except B2TError as error:  # it costs the recording, never the call
            log.error("recording_lost", error=type(error).__name__)
            self._failed.set()

    def _turn(self, event: TurnHeard) -> None:
        turn = next((one for one in self._turns if one.input_id == event.input_id), None)
        if turn is None or event.text is None:
            return
        self._turns.remove(turn)
        redacted = self._keys.unseal_text(heard_place(event.input_id), event.text)
        self._marks += stretches(turn.text, redacted, turn.words, turn.start, turn.end)

    def started(self, reply: str) -> None:
        self.ended()
        self._sounding = (reply, self.at)

    def ended(self) -> None:
        """What sounded is over: it is open where nothing in it is a value."""
        if self._sounding is not None:
            reply, start = self._sounding
            self._sounding = None
            self._marks.append(Stretch(1, start, self.at + FRAME, "open" if self._replies.get(reply) else "covered"))

    # ---- the end --------------------------------------------------------------------------------------------------

    async def keep(self) -> Path | None:
        """Put the redacted copy in place of what was recorded; None where nothing could be kept."""
        self.ended()
        if self._piece:
            self._put(bytes(self._piece))
        self._put(None)
        return await asyncio.to_thread(self._finish)

    async def drop(self) -> None:
        self._failed.set()
        await self.keep()

    def _finish(self) -> Path | None:
        self._writer.join()
        kept = self._folder / f"{self._leg}{SUFFIX}"
        fresh = self._folder / f"{UNFINISHED}{self._leg}-copy"
        try:
            if self._failed.is_set():
                raise OSError("not all of it was written")
            self._copy(fresh)
            os.replace(fresh, kept)
            RECORDINGS.labels("kept").inc()
            return kept
        except (OSError, B2TError) as error:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            RECORDINGS.labels("lost").inc()
            log.error("recording_lost", error=type(error).__name__)
            return None
        finally:
            with contextlib.suppress(OSError):
                self._unfinished.unlink(missing_ok=True)
            self._turns.clear()

    @property
    def _unfinished(self) -> Path:
        return self._folder / f"{UNFINISHED}{self._leg}"

    def _write(self) -> None:
        """In its own thread: seal and write what comes, until the end."""
        sealer = StreamSealer(self._keys, place_of(self._leg), "raw")
        try:
            with self._opened(self._unfinished) as out:
                out.write(sealer.header)
                while (piece := self._waiting.get()) is not None and not self._failed.is_set():
                    out.write(sealer.push(piece))
                    if shutil.disk_usage(self._folder).free < RESERVE_BYTES:
                        raise OSError("there is too little room for recordings")
                out.write(sealer.finish())
        except OSError:
            self._failed.set()

    def _copy(self, to: Path) -> None:
        sealer = StreamSealer(self._keys, place_of(self._leg), "redacted")
        with self._opened(to) as out:
            out.write(sealer.header)
            for piece in redacted_copy(self._pieces(), self._marks):
                out.write(sealer.push(piece))
            out.write(sealer.finish())
            out.flush()
            os.fsync(out.fileno())

    def _pieces(self) -> Iterator[bytes]:
        opener = StreamOpener(self._keys, place_of(self._leg))
        rest = b""
        with self._unfinished.open("rb") as source:
            while data := source.read(CHUNK_BYTES + TAG_BYTES):
                whole = rest + opener.push(data)
                cut = len(whole) - len(whole) % SIDES
                rest = whole[cut:]
                if cut:
                    yield whole[:cut]
        if last := rest + opener.finish():
            yield last

    def _opened(self, file: Path) -> BufferedWriter:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
