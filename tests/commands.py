"""Runs `b2t` inside the test's own process, and knows every command with its arguments and options."""

from __future__ import annotations

import contextlib
import getpass
import io
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

import structlog
import typer

from appliance.cli.app import answer, make


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one command."""

    arguments: tuple[str, ...]
    status: int
    out: str
    error: str


@dataclass(frozen=True, slots=True)
class Takes:
    """An argument or option of a command, by how it is typed."""

    name: str
    option: str | None
    """None for an argument."""
    kind: str
    """`text`, `path`, `integer` or `choice`."""
    required: bool
    values: int

    def typed(self, value: str) -> list[str]:
        if self.option is None:
            return ["--", *[value] * self.values]
        return [f"{self.option}={value}"] if self.values == 1 else [self.option, *[value] * self.values]


_KINDS = {"int": "integer", "Path": "path", "Literal": "choice"}


@cache
def command() -> Any:
    return typer.main.get_command(make())


def commands() -> dict[tuple[str, ...], list[Takes]]:
    """Every command with what it takes, flags apart."""
    return dict(_under(command()))


def _under(one: Any, *before: str) -> Iterator[tuple[tuple[str, ...], list[Takes]]]:
    if not hasattr(one, "commands"):
        yield before, [_taken(param) for param in one.params if not getattr(param, "is_flag", False)]
        return
    for name, inner in one.commands.items():
        yield from _under(inner, *before, name)


def _taken(param: Any) -> Takes:
    kind = str(param.type_descriptor.annotation)
    known = next((name for mark, name in _KINDS.items() if mark in kind), "text")
    option = next((option for option in param.opts if option.startswith("--")), None)
    return Takes(str(param.name), option, known, bool(param.required), max(param.nargs, 1))


def run(arguments: Sequence[str], stdin: str = "") -> Ran:
    """As from a shell without a terminal; what commands do to logging is undone."""
    out, error, status = io.StringIO(), io.StringIO(), 0
    kept, disabled, asked = structlog.get_config(), logging.root.manager.disable, getpass.getpass
    stdin_before = sys.stdin
    sys.stdin = io.StringIO(stdin)
    getpass.getpass = _nobody
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            answer(_as_from_shell, arguments)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    finally:
        sys.stdin, getpass.getpass = stdin_before, asked
        structlog.configure(**kept)
        logging.disable(disabled)
    return Ran(tuple(arguments), status, out.getvalue(), error.getvalue())


def _as_from_shell(arguments: list[str], prog_name: str) -> None:
    main: Callable[..., None] = command().main
    main(args=arguments, prog_name=prog_name)


def _nobody(*_: object, **__: object) -> NoReturn:
    raise EOFError
