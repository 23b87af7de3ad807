"""Everything that leaves a box by a command: what is printed, and what is written, unpacked and made text of."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pypdf import PdfReader

from tests.box.conftest import Box
from tests.box.wide_planting import Taken

CALLER = "+15550100"
"""A number that the test's own command line names, and nobody called from."""
AT_ONCE = 3
WITHIN_S = 300.0
SMALL = 1 << 12


@dataclass(frozen=True, slots=True)
class Left:
    """One command, its exit status, what it printed and the folder that it may have written into."""

    command: str
    status: int
    out: str
    error: str
    folder: Path

    def document(self) -> dict[str, object]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @cache  # noqa: B019 - as many as there are commands
    def parts(self) -> list[tuple[str, bytes]]:
        """What it printed, and each file as its members and words."""
        found = [(f"{self.command}: output", self.out.encode()), (f"{self.command}: error", self.error.encode())]
        for file in sorted(self.folder.rglob("*")):
            if file.is_file():
                found += readable(f"{self.command}: {file.name}", file.read_bytes())
        return found


def readable(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A zip's members, small ones together; of a PDF also the words on its pages."""
    if content.startswith(b"PK\x03\x04"):
        yield from _members(name, content)
        return
    yield name, content
    if content.startswith(b"%PDF"):
        yield (
            f"{name}, its words",
            "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).encode(),
        )


def _members(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Small ones line by line: hundreds of proofs share most of their lines."""
    small: dict[bytes, None] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        for member in pack.namelist():
            inside = pack.read(member)
            if len(inside) < SMALL and not member.endswith((".pdf", ".zip")):
                small |= dict.fromkeys([member.encode(), *inside.splitlines()])
            else:
                yield from readable(f"{name}/{member}", inside)
    yield f"{name}, its small members", b"\n".join(small)


def take_out(box: Box, taken: Sequence[Taken], folder: Path) -> list[Left]:
    """Run every command that shows or writes something of what the box holds, on a box that runs."""
    sought = next(one for one in taken if one.canary.kind == "customer number")
    phone = next(one for one in taken if one.canary.kind == "phone us solid")
    person = _ran(box, folder, ("rights", "find", "--phone", CALLER, "--json")).document()["persons"]
    assert isinstance(person, list)
    some = [sought.conversation, *(one.conversation for one in taken[:: max(1, len(taken) // 3)])]
    commands = [*_reading(some), *_exporting(sought.conversation, str(person[0])), *_rights(sought, phone), *_looking()]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda one: _ran(box, folder, one), commands))


def _reading(conversations: Sequence[str]) -> Iterator[tuple[str, ...]]:
    yield ("conversations", "list", "--limit", "500")
    yield ("conversations", "list", "--limit", "500", "--json")
    for at, conversation in enumerate(conversations):
        yield ("conversations", "show", conversation, *(("--json",) if at % 2 else ()))
        yield ("conversations", "why", conversation, "1", *(() if at % 2 else ("--json",)))
    yield ("insights", "summary")
    yield ("insights", "summary", "--json")
    yield ("agents", "diff", "banking", "banking", "--days", "1", "--conversations", "500", "--json")
    yield ("agents", "replay", conversations[0], "--draft", "appliance/agents/templates/banking", "--json")


def _exporting(conversation: str, person: str) -> Iterator[tuple[str, ...]]:
    today = datetime.now(UTC).date().isoformat()
    for chosen in (
        ("--conversation", conversation), ("--person", person), ("--agent", "banking"), ("--control", "gdpr-30"),
        ("--control", "pci-10.2.1.1"), ("--incident", conversation), ("--from", today),
    ):  # fmt: skip
        yield ("audit", "export", *chosen, "--reason", "T-1", "--out", "{}/export.zip")
    yield ("audit", "list", "--limit", "10000", "--json")
    yield ("audit", "list", "--limit", "500")
    yield ("audit", "show", "1")
    yield ("audit", "review", "--day", today)
    yield ("audit", "verify", "--json")


def _rights(customer: Taken, phone: Taken) -> Iterator[tuple[str, ...]]:
    """What they typed is a value that was said: whoever has it is found, and it is written nowhere."""
    yield ("rights", "find", "--customer", customer.canary.traces[0], "--json")
    yield ("rights", "export", "--customer", customer.canary.traces[0], "--to", "{}/theirs.zip")
    yield ("rights", "export", "--phone", phone.canary.traces[0], "--to", "{}/theirs.zip", "--json")


def _looking() -> Iterator[tuple[str, ...]]:
    for command in (
        "status --json", "doctor", "doctor --json", "agents list", "agents versions banking --json",
        "agents canary banking", "knowledge list --json", "vault status --json", "vault check --json",
        "vault erased --json", "retention run --json", "retention report --json",
        "retention hold list --json",
        "rights unredact persons --json", "rights unredact list --json",
    ):  # fmt: skip
        yield tuple(command.split())


def _ran(box: Box, folder: Path, arguments: Sequence[str]) -> Left:
    """In a folder of its own, which `{}` in its arguments names."""
    own = Path(tempfile.mkdtemp(dir=folder))
    done = box.cli(*(argument.replace("{}", str(own)) for argument in arguments), timeout_s=WITHIN_S)
    return Left(" ".join(arguments), done.returncode, done.stdout, done.stderr, own)
