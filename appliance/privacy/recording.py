"""What of a call's sound may be kept: everything is silent until it is known to hold nothing personal.

A recording has two sides of 8000 samples a second each, 8-bit µ-law, side by side as a WAV file has them: the party
left, the agent right. The party's words are opened where the redacted text of their turn has them, a tone stands over
those it has not; where the recogniser's words and the text cannot be matched one to one, the tone stands over the whole
turn. What was not recognised as a word stays silent. The agent's replies are opened, but for those that hold a value.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from appliance.ports import SpokenWord
from appliance.privacy.references import IN_TEXT, LITERAL

RATE: Final = 8000
FRAME: Final = 160
SIDES: Final = 2
SILENCE: Final = 0xFF
"""Of µ-law (ITU-T G.711): +0."""
AROUND_MS: Final = 250
"""Before and after a word that is covered: the recogniser's bounds are not exact."""
BESIDE_MS: Final = 120
"""Before and after a word that is opened."""
LONGEST_MS, LETTER_MS = 400, 150
"""A word takes no more than this and that for each of its letters."""
MULAW: Final = 7
_WORD: Final = re.compile(r"\S+")

Mark = Literal["open", "covered"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples `start` to `end` of one side."""

    side: int
    start: int
    end: int
    mark: Mark


def taken_out(raw: str, redacted: str) -> tuple[tuple[int, int], ...] | None:
    """Where in the raw text the redacted one has references; None where one does not fit the other."""
    pieces: list[str] = [""]
    at = 0
    for found in IN_TEXT.finditer(redacted):
        pieces[-1] += redacted[at : found.start()]
        at = found.end()
        if found[1] == LITERAL:
            pieces[-1] += "<"
        else:
            pieces.append("")
    pieces[-1] += redacted[at:]
    if not raw.startswith(pieces[0]):
        return None
    spans: list[tuple[int, int]] = []
    at = len(pieces[0])
    for number, piece in enumerate(pieces[1:], 2):
        end = len(raw) - len(piece) if number == len(pieces) else raw.find(piece, at + 1)
        if end <= at or not raw.startswith(piece, end):
            return None
        spans.append((at, end))
        at = end + len(piece)
    return tuple(spans) if at == len(raw) else None


def stretches(
    raw: str, redacted: str, words: Sequence[SpokenWord], start: int, end: int, side: int = 0
) -> tuple[Stretch, ...]:
    """What becomes of a turn that lies between two samples: its words are opened one by one, those taken out are
    covered. The whole turn is covered where the texts do not fit and where the words recognised are not those of the
    text, and a word that lasts longer than it can is something else: it is covered."""
    spans = taken_out(raw, redacted)
    places = [found.span() for found in _WORD.finditer(raw)]
    if spans is None or [_bare(raw[a:b]) for a, b in places] != [_bare(word.text) for word in words]:
        return (Stretch(side, start, end, "covered"),)
    found: list[Stretch] = []
    for number, word in enumerate(words):
        hidden = bool(spans) and any(places[number][0] < until and begin < places[number][1] for begin, until in spans)
        covered = hidden or word.end_ms - word.start_ms > LONGEST_MS + LETTER_MS * len(word.text)
        around = AROUND_MS if covered else BESIDE_MS
        first = max(start, start + (word.start_ms - around) * RATE // 1000)
        last = min(end, start + (word.end_ms + around) * RATE // 1000)
        found.append(Stretch(side, first, last, "covered" if covered else "open"))
    return tuple(found)


def _bare(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def redacted_copy(chunks: Iterable[bytes], marks: Sequence[Stretch]) -> Iterator[bytes]:
    """The two sides as they may be kept, piece by piece. What is open nowhere is silent; covered wins over open."""
    at = 0
    for chunk in chunks:
        sound = np.frombuffer(chunk, np.uint8).reshape(-1, SIDES)
        kept = np.full_like(sound, SILENCE)
        for mark in ("open", "covered"):
            for one in marks:
                first, last = max(one.start - at, 0), min(one.end - at, len(sound))
                if one.mark != mark or first >= last:
                    continue
                kept[first:last, one.side] = (
                    sound[first:last, one.side] if mark == "open" else _tone(at + first, last - first)
                )
        at += len(sound)
        yield kept.tobytes()


def wav_header(size: int) -> bytes:
    """RIFF with two channels of µ-law; `size` bytes of sound follow it."""
    form = struct.pack("<HHIIHHH", MULAW, SIDES, RATE, RATE * SIDES, SIDES, 8, 0)
    parts = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form
    parts += b"fact" + struct.pack("<II", 4, size // SIDES) + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", len(parts) + size) + parts


def _tone(start: int, count: int) -> np.ndarray:
    return _TONE[(np.arange(start, start + count)) % len(_TONE)]


_TONE: Final = np.array([0x3E, 0x2B, 0x2B, 0x3E, 0xBE, 0xAB, 0xAB, 0xBE], np.uint8)
"""1 kHz as ITU-T G.711 has it (table 6), 12 dB softer: two segments of the code less."""
