"""Recordings of a box's calls, as they are kept: sealed, without what is personal, a file for each leg."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.errors import Unknown
from appliance.privacy.recording import RATE, SIDES, wav_header
from appliance.privacy.sealing import TAG_BYTES, ConversationKeys
from appliance.privacy.streams import CHUNK_BYTES, HEADER_BYTES, StreamOpener

SUFFIX: Final = ".b2ts"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def place_of(leg: str) -> str:
    """What a leg's recording is bound to, besides its conversation."""
    return f"recording/{leg}"


@dataclass(frozen=True, slots=True)
class Recording:
    leg: str
    file: Path
    size: int
    """Bytes of sound."""

    @property
    def seconds(self) -> float:
        return round(self.size / (RATE * SIDES), 2)


def recordings(folder: Path, conversation: str) -> tuple[Recording, ...]:
    """Of each leg that was recorded, the oldest first."""
    own = folder / conversation
    if not _NAME.fullmatch(conversation) or not own.is_dir():
        return ()
    files = sorted(own.glob(f"[!.]*{SUFFIX}"), key=lambda file: file.stat().st_mtime_ns)
    return tuple(Recording(file.name.removesuffix(SUFFIX), file, _size(file)) for file in files)


def recording(folder: Path, conversation: str, leg: str | None = None) -> Recording:
    """That of a leg, or the only one. Raises Unknown."""
    found = [one for one in recordings(folder, conversation) if leg in (None, one.leg)]
    if not found:
        raise Unknown("There is no such recording.")
    if len(found) > 1:
        raise Unknown(f"It has {len(found)} recordings; name one of these legs: {', '.join(one.leg for one in found)}.")
    return found[0]


def wav(keys: ConversationKeys, found: Recording) -> Iterator[bytes]:
    """A WAV file, piece by piece. Raises Tampered where the file is not what was written, before more is given."""
    opener = StreamOpener(keys, place_of(found.leg))
    with found.file.open("rb") as source:
        yield wav_header(found.size)
        while data := source.read(CHUNK_BYTES + TAG_BYTES):
            if opened := opener.push(data):
                yield opened
        if last := opener.finish():
            yield last


def _size(file: Path) -> int:
    sealed = max(0, file.stat().st_size - HEADER_BYTES)
    chunks = max(1, -(-sealed // (CHUNK_BYTES + TAG_BYTES)))
    return max(0, sealed - chunks * TAG_BYTES)
