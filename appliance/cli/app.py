"""All commands of `b2t` together."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import typer

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
    app(prog_name="b2t")
