"""All commands of `b2t` together."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Final

import typer

from appliance.cli.exit_codes import Exit

EXIT_CODES = (
    "Exit status: 0 in order, 1 something is not in order or did not work, 2 wrong command line, "
    "3 the box does not answer, 4 no such conversation, number or widget."
)
COMMANDS: Final = (
    "up",
    "status",
    "agents",
    "conversations",
    "insights",
    "knowledge",
    "audit",
    "doctor",
    "call",
    "chat",
    "privacy",
    "understanding",
    "vault",
    "retention",
    "rights",
    "accounts",
)
"""Each is a module of that name here."""


def make(commands: Sequence[str] = COMMANDS) -> typer.Typer:
    app = typer.Typer(
        name="b2t",
        help="One box that answers phone calls and chats.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for command in commands:
        import_module(f"appliance.cli.{command}").register(app)
    return app


def run() -> None:
    """What the command line names is all that is imported: the start of a box waits for no caller's machinery."""
    named = sys.argv[1:2]
    known = named and named[0] in COMMANDS
    app = make([command for command in COMMANDS if command in ("up", "status", *named)] if known else COMMANDS)
    answer(app, sys.argv[1:])


def answer(app: Callable[..., Any], arguments: Sequence[str]) -> None:
    """One command, to its exit status. Whatever goes wrong is one sentence that repeats nothing of what was typed, nor
    of what was read: a traceback would, and so would the text of an error that is not ours."""
    if any("\0" in one or not _is_utf8(one) for one in arguments):
        _end("The command line is not UTF-8.", Exit.USAGE)
    try:
        try:
            app(list(arguments), prog_name="b2t")
        finally:
            _flush()
    except EOFError:
        _end("There is nobody to ask, and nothing to read.", Exit.FAILED)
    except OSError as error:
        _end(f"A file cannot be used: {error.strerror or type(error).__name__}.", Exit.FAILED)
    except Exception as error:
        where = [frame for frame in traceback.extract_tb(error.__traceback__) if "/appliance/" in frame.filename]
        place = f"{where[-1].filename.rpartition('/appliance/')[2]}:{where[-1].lineno}" if where else "nowhere of ours"
        _end(f"This is a mistake of b2t itself: {type(error).__name__} at {place}.", Exit.FAILED)


def _flush() -> None:
    """What cannot be written now would be said by the interpreter at its end, in its own words."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def _is_utf8(text: str) -> bool:
    """Bytes that are none come as lone surrogates."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _end(title: str, status: Exit) -> None:
    sys.stderr.write(f"b2t: {title}\n")
    raise SystemExit(int(status)) from None
