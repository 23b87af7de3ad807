"""A program's log: appended to, bounded by size, and never the reason why the program stops."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path

MAX_BYTES = 10 << 20
KEEP = 5
TAIL = 40


class LogFile:
    """`NAME.log`, then `NAME.log.1` (younger) to `NAME.log.5` (older), each at most 10 MiB and for the owner alone."""

    def __init__(self, file: Path, max_bytes: int = MAX_BYTES, keep: int = KEEP) -> None:
        self.file = file
        self.dropped = 0
        """Bytes that could not be written, on a full disk for one."""
        self.tail: deque[str] = deque(maxlen=TAIL)
        self._max_bytes, self._keep = max_bytes, keep
        self._out: int | None = None
        self._size = 0

    def write(self, data: bytes) -> None:
        self.tail.extend(line for line in data.decode("utf-8", "replace").splitlines() if line)
        try:
            if self._out is None:
                self._open()
            elif self._size and self._size + len(data) > self._max_bytes:
                self._rotate()
            assert self._out is not None
            self._size += os.write(self._out, data)
        except OSError:
            self.dropped += len(data)
            self.close()

    def close(self) -> None:
        if self._out is not None:
            os.close(self._out)
            self._out = None

    def _open(self) -> None:
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._out = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._out).st_size

    def _rotate(self) -> None:
        self.close()
        for number in range(self._keep, 0, -1):
            older = self.file.with_name(f"{self.file.name}.{number}")
            younger = self.file if number == 1 else self.file.with_name(f"{self.file.name}.{number - 1}")
            if younger.exists():
                younger.replace(older)
        self._open()


class LogText:
    """The same, for a library that writes text to a stream."""

    def __init__(self, log_file: LogFile) -> None:
        self._log_file = log_file

    def write(self, text: str) -> int:
        self._log_file.write(text.encode("utf-8", "replace"))
        return len(text)

    def flush(self) -> None:
        """Nothing waits: every write goes to the system at once."""
