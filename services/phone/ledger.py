"""The calls that are up, as files: a phone that was killed tells dialogue of them when it is back.

Nothing of a call is in it but the ids of its conversation and leg. It need not outlive the machine's power, so nothing
is synced; a disk that takes nothing costs only this.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger(__name__)

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Lost:
    """A call that ended with the process that had it."""

    conversation: str
    leg: str


class Ledger:
    def __init__(self, folder: Path | None = None) -> None:
        """Without a folder nothing is kept."""
        self._folder = folder
        self._lost = list(self._read(folder)) if folder else []

    @property
    def lost(self) -> tuple[Lost, ...]:
        """What an earlier process left here, and nobody has told yet."""
        return tuple(self._lost)

    def enter(self, conversation: str, leg: str) -> None:
        """Before dialogue is told of the call."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / leg).write_text(conversation, "ascii")
        except OSError as error:
            log.warning("call_not_entered", error=type(error).__name__)

    def strike(self, leg: str) -> None:
        """Dialogue knows that the call is over."""
        self._lost = [lost for lost in self._lost if lost.leg != leg]
        if self._folder is not None:
            with contextlib.suppress(OSError):
                (self._folder / leg).unlink(missing_ok=True)

    @staticmethod
    def _read(folder: Path) -> Iterator[Lost]:
        with contextlib.suppress(OSError):
            for file in sorted(folder.iterdir()):
                conversation = file.read_text("ascii", "replace")
                if _ID.fullmatch(conversation) and _ID.fullmatch(file.name):
                    yield Lost(conversation, file.name)
                else:  # killed while it was written: dialogue was not told of the call yet
                    file.unlink()
