"""What people type where a command wants something else: a card for a conversation's id, an address for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.box.conftest import Box
from tests.box.planting import Plants
from tests.commands import Ran, Takes, commands, run

NOT_HERE = frozenset({
    ("up",), ("call",), ("privacy", "detect"), ("privacy", "redact"), ("privacy", "evaluate"), ("agents", "diff"),
    ("understanding", "evaluate"), ("understanding", "detect-language"), ("agents", "new"), ("agents", "test"),
})  # fmt: skip
"""They start, call or measure something, or need no box."""
GIVEN = {"may": "ask", "reason": "T-1", "turn": "1", "base": "faq", "agent": "banking", "public_key": "x", "label": "x"}


def type_all(box: Box, plants: Plants, folder: Path, conversation: str, patch: pytest.MonkeyPatch) -> list[Ran]:
    """Each argument of each command that takes text, with a card or an address in its place."""
    (folder / "file").write_text("{}\n")
    patch.chdir(folder)
    patch.setenv("B2T_DATA_DIR", str(box.folder))
    ran = []
    for command, takes in commands().items():
        for wrong in takes if command not in NOT_HERE else ():
            if wrong.kind == "text":
                name = f"{' '.join(command)}: {wrong.name}"
                value = (plants.error if len(ran) % 2 else plants.error_mail)(f"typed {name}")
                ran.append(run(_typed(command, takes, wrong, value, conversation)))
    return ran


def _typed(command: tuple[str, ...], takes: list[Takes], wrong: Takes, value: str, conversation: str) -> list[str]:
    options, arguments = list(_flags(command)), []
    for one in takes:
        if one is wrong or one.required or (one.name == "reason" and command[:2] != ("agents", "publish")):
            given = value if one is wrong else _given(one, conversation)
            if one.option is None:
                arguments += [given] * one.values
            else:
                options += one.typed(given)
    if command[0] == "rights" and wrong.name == "reason" and "phone" in {one.name for one in takes}:
        options += ["--phone", "+15550100"]
    if wrong.name == "why" or command[-2:] in {("hold", "add"), ("hold", "remove")}:
        options += ["--conversation", conversation] if wrong.name in ("why", "reason") else []
    return [*command, *options, "--", *arguments]


def _flags(command: tuple[str, ...]) -> Iterator[str]:
    if command == ("rights", "erase"):
        yield "--yes"


def _given(one: Takes, conversation: str) -> str:
    if one.name == "conversation":
        return conversation
    if one.name in ("to", "target"):
        return "written"
    return GIVEN.get(one.name, "file" if one.kind == "path" else "1" if one.kind == "integer" else "x")
