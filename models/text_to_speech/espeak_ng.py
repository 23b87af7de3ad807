"""espeak-ng: small, quick, plainly a machine. The library runs in programs of their own (`espeak_ng_program.py`).

A program speaks one text at a time and is replaced when it dies. The package `espeakng-loader` is looked up without
being imported: its library is GPL-3 and stays out of this process (appliance/decisions/0001).
"""

from __future__ import annotations

import contextlib
import importlib.util
import queue
import re
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from appliance.errors import Invalid, Unavailable
from appliance.ports import TextToSpeechCapabilities
from models.text_to_speech.clear_numbers import clear

READY, AUDIO, DONE, FAILED = range(4)
HEADER: Final = struct.Struct("!BI")
SAMPLE_RATE: Final = 22_050
USUAL: Final = {"en": "en-us", "de": "de", "es": "es", "fr": "fr-fr"}
"""A language's voice, where none is asked for."""
VOICES: Final = (
    *("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us-nyc"), *("de", "es", "es-419", "fr-fr")
)  # fmt: skip
_SPOKEN_AS: Final = {"en-us": "en-us+f2", "en-gb": "en", "de": "de+f2", "es": "es+f2", "fr-fr": "fr+f2"}
"""The default voice with the variant that is understood best over a telephone's band (of f2, f3, f4, m3, klatt4)."""
WORDS_PER_MINUTE: Final = 140
SLOWEST: Final = 80
"""Words a minute; the library takes no fewer."""
START_WITHIN_S: Final = 5.0
PROGRAM_FREE_WITHIN_S: Final = 5.0
_UNSPEAKABLE: Final = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff]+")


class EspeakNg:
    def __init__(self, programs: int = 2, words_per_minute: int = WORDS_PER_MINUTE) -> None:
        """Start `programs` of them; so many texts are made into speech at once, the next one waits."""
        self.capabilities = TextToSpeechCapabilities("espeak-ng", SAMPLE_RATE, VOICES, tuple(USUAL))
        self._speed = words_per_minute
        self._command = _command()
        self._idle: queue.Queue[_Program | None] = queue.Queue()
        for _ in range(programs):
            self._idle.put(_Program(self._command))

    def speak(self, text: str, voice: str = "", language: str = "en", speed: float = 1.0) -> Iterator[bytes]:
        """PCM at 22,050 Hz in chunks of 40 ms or less. Raises Invalid for an unknown voice, Unavailable if it dies."""
        spoken = language.split("-")[0].lower()
        voice = voice or USUAL.get(spoken, "en-us")
        if voice not in VOICES:
            raise Invalid("The speech engine has no such voice.")
        told = _UNSPEAKABLE.sub(" ", text)
        if voice.startswith("en"):
            told = clear(told)
        order = f"{_SPOKEN_AS.get(voice, voice)}\0{max(SLOWEST, round(self._speed * speed))}\0{told}".encode()
        try:
            program = self._idle.get(timeout=PROGRAM_FREE_WITHIN_S)
        except queue.Empty:
            raise Unavailable("The speech engine is busy.") from None
        try:
            if program is None or not program.alive:
                program = _Program(self._command)
            try:
                first = program.begin(order)
            except Unavailable:  # died while idle or on this very text: once more with a fresh one
                program.kill()
                program = _Program(self._command)
                first = program.begin(order)
            yield from program.chunks(first)
        finally:
            if program is not None and not program.settle():
                program.kill()
                program = None
            self._idle.put(program)

    def close(self) -> None:
        """End the programs that are idle; a busy one ends with its standard input, when this process does."""
        with contextlib.suppress(queue.Empty):
            while True:
                program = self._idle.get_nowait()
                if program is not None:
                    program.kill()


class _Program:
    """One running copy, and where it stands: `busy` until its `done` was read."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own script, by its path
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, env={}
        )
        self._busy = False
        watchdog = threading.Timer(START_WITHIN_S, self._process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            kind, payload = self._read()
        finally:
            watchdog.cancel()
        if kind != READY or struct.unpack("!I", payload) != (SAMPLE_RATE,):
            self.kill()
            raise Unavailable("The speech engine did not start.")

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def begin(self, order: bytes) -> bytes:
        """Order a text and wait for its first chunk (empty where there is nothing to say)."""
        self._write(struct.pack("!I", len(order)) + order)
        self._busy = True
        return self._next() or b""

    def chunks(self, first: bytes) -> Iterator[bytes]:
        chunk: bytes | None = first
        while chunk:
            yield chunk
            chunk = self._next() if self._busy else None

    def settle(self) -> bool:
        """Stop what is being spoken and read up to its end; False where the program is of no more use."""
        try:
            if self._busy:
                self._write(struct.pack("!I", 0))
                while self._next():
                    pass
        except (Invalid, Unavailable):
            return False
        return self.alive

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(5)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _next(self) -> bytes | None:
        kind, payload = self._read()
        if kind == AUDIO:
            return payload
        self._busy = False
        if kind == FAILED:
            raise Unavailable("The speech engine could not speak a text.")
        return None

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        try:
            while data:
                data = data[self._process.stdin.write(data) or 0 :]
        except OSError:
            raise Unavailable("The speech engine died.") from None

    def _read(self) -> tuple[int, bytes]:
        kind, length = HEADER.unpack(self._exactly(HEADER.size))
        return kind, self._exactly(length)

    def _exactly(self, size: int) -> bytes:
        assert self._process.stdout is not None
        got = b""
        while len(got) < size:
            more = self._process.stdout.read(size - len(got))
            if not more:
                raise Unavailable("The speech engine died.")
            got += more
        return got


def _command() -> list[str]:
    found = importlib.util.find_spec("espeakng_loader")
    if found is None or found.origin is None:
        raise Unavailable("The package espeakng-loader is not installed.")
    folder = Path(found.origin).parent
    program = Path(__file__).with_name("espeak_ng_program.py")
    return [sys.executable, "-I", "-S", str(program), str(folder / "libespeak-ng.so"), str(folder / "espeak-ng-data")]
