"""What the command's exit status says; documented in docs/operations.md and in `b2t --help`."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    OK = 0
    FAILED = 1
    """What was looked at is not in order, or what was asked for did not work."""
    USAGE = 2
    """The command line is wrong."""
    NOT_RUNNING = 3
    """The box, or the part of it that is needed, does not answer."""
    UNKNOWN = 4
    """There is no such conversation, agent or number."""
