"""Every argument and option of every command, given what nobody should type: one sentence, a status, no traceback, and
nothing of it kept. No box runs; tests/box/test_planted_canaries.py does the same beside one."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.agents.loading import TEMPLATES
from appliance.cli.exit_codes import Exit
from tests.commands import Ran, Takes, commands, run
from tests.privacy.sweep import sweep

CARD, PHONE, NAME = "4929718349268854", "+15558217394", "Annabeth Quackenbush"
SECRETS = {"card": CARD, "phone": PHONE, "name": NAME}
HOSTILE = {
    "nothing": "",
    "a card": CARD,
    "a number": PHONE,
    "a name": NAME,
    "lines": f"{CARD}\n\r\n{NAME}",
    "escapes": f"\x1b[31m{CARD}\x1b]0;{NAME}\x07\x9b2J\u202e",
    "an option": f"--{CARD}",
    "up and up": f"../../../../{CARD}/../etc/passwd",
    "a subject": f"b2t.>.{CARD}.*",
    "below": "-1",
    "above": str(2**63),
    "far above": "9" * 400,
    "braces": '{"x": [' * 300,
    "unpaired": "\udcff\udcfe" + CARD,
    "a null": f"a\0{CARD}",
    "as long as a system passes on": f"{CARD} " * ((128 << 10) // 17),
}
CHILDREN = frozenset({("privacy", "detect"), ("privacy", "redact"), ("understanding", "detect-language")})
"""They read texts, with a child of theirs: tests/appliance/cli/test_privacy.py has those."""
ENDLESS = frozenset({("up",)})
"""It starts a box."""
HARMLESS = {
    ("agents", "new", "template"): "banking",
    ("agents", "new", "name"): "my_bank",
    ("agents", "test", "only"): "there is none of this name",
    ("agents", "test", "path"): "file",  # its own is read every time
    ("agents", "publish", "path"): "file",  # its own is played every time
    ("rights", "unredact", "enrol", "may"): "ask",
    ("understanding", "evaluate", "test"): "none",  # there is no such file: else a child would be asked every time
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is typed: an empty folder, beside the data folder."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "file").write_text("{}\n")
    monkeypatch.chdir(here)
    monkeypatch.setenv("B2T_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("B2T_PERSON_KEY", raising=False)
    return here


def typed(command: tuple[str, ...], takes: list[Takes], hostile: Takes, value: str) -> list[str]:
    """The command with that one wrong and the least else that it needs."""
    options: list[str] = []
    arguments: list[str] = []
    for one in takes:
        if one is not hostile and not one.required and (*command, one.name) not in HARMLESS:
            continue
        given = value if one is hostile else _harmless(command, one)
        if one.option is None:
            arguments += [given] * one.values
        else:
            options += one.typed(given)
    return [*command, *options, "--", *arguments]


def _harmless(command: tuple[str, ...], one: Takes) -> str:
    if found := HARMLESS.get((*command, one.name)):
        return found
    if one.kind == "path":
        return str(TEMPLATES / "banking") if one.name in ("path", "paths") else "file"
    return "1" if one.kind == "integer" else "x"


def check(ran: Ran) -> None:
    """What may become of any command, whatever was typed."""
    shown = [one[:80] for one in ran.arguments]
    assert ran.status in set(Exit), (shown, ran)
    assert "Traceback" not in ran.error, shown
    assert "mistake of b2t" not in ran.error, (shown, ran.error[:600])
    for sign in ("\x1b", "\x07", "\x9b", "\u202e", "\r", "\udcff"):
        assert sign not in ran.out + ran.error, (shown, sign)
    if ran.status != Exit.OK:
        said = [line for line in ran.error.splitlines() if line]
        assert said or ran.out, shown
        assert len(said) <= 3 or "mistake" in ran.error or _yaml(said), (shown, said)
        if ran.status != Exit.USAGE:
            assert all(len(line) < 1000 for line in said), (shown, [line[:100] for line in said])


def _yaml(lines: list[str]) -> bool:
    """Mistakes in an agent's files are a line each."""
    return all(":" in line for line in lines)


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_whatever_is_typed_is_one_sentence_and_is_not_kept(command: tuple[str, ...], place: Path) -> None:
    if command in CHILDREN | ENDLESS:
        pytest.skip("it runs on")
    takes = commands()[command]
    for one in takes:
        for value in HOSTILE.values():
            check(run(typed(command, takes, one, value)))
    assert sweep(place.parent, SECRETS, ignore=lambda file: place in file.parents) == []


@pytest.mark.parametrize("content", [b"\xff\xfe\0" * 99, b"", b"{" * 100_000, b"\0" * (10 << 20), b"[1]" * (4 << 20)])
@pytest.mark.parametrize(
    "command",
    [
        *(("vault", name, "--share-file=wrong") for name in ("unseal", "approve")),
        ("vault", "erase", "--list=wrong"),
        ("rights", "erase", "--list=wrong"),
        ("rights", "erase", "--continue=wrong", "--yes"),
        ("rights", "verify", "wrong", "--key=x"),
        ("audit", "verify", "--checkpoint=wrong"),
        ("agents", "validate", "wrong"),
        ("agents", "lint", "wrong"),
        ("agents", "publish", "wrong"),
        ("knowledge", "add", "faq", "wrong"),
    ],
    ids=" ".join,
)
def test_a_file_that_is_no_such_file(command: tuple[str, ...], content: bytes, place: Path) -> None:
    (place / "wrong").write_bytes(content)
    ran = run(command)
    check(ran)
    assert ran.status in (Exit.FAILED, Exit.NOT_RUNNING, Exit.UNKNOWN)


@pytest.mark.parametrize("line", ["", "\0", "\n\n\n", f"{CARD} " * (10 << 16), "x\x1b[31m"])
@pytest.mark.parametrize("option", ["--phone", "--email", "--customer", "--account-id"])
def test_what_standard_input_names_is_not_repeated(option: str, line: str, place: Path) -> None:
    for command in ("find", "erase", "export"):
        more = {"find": [], "erase": ["--yes"], "export": ["--to=theirs.zip"]}[command]
        ran = run(["rights", command, option, "-", *more], stdin=f"{line}\n{CARD}\n")
        check(ran)
        assert CARD not in ran.out + ran.error
    assert sweep(place.parent, SECRETS) == []


def test_whatever_breaks_repeats_nothing(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    for error, said in (
        (KeyError(CARD), "b2t: This is a mistake of b2t itself: KeyError at cli/"),
        (
            FileNotFoundError(2, "No such file or directory", f"/home/{NAME}"),
            "b2t: A file cannot be used: No such file",
        ),
        (EOFError(CARD), "b2t: There is nobody to ask, and nothing to read."),
    ):

        def broken(arguments: list[str], prog_name: str, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr("tests.commands._as_from_shell", broken)
        ran = run(["status", CARD])
        assert (ran.status, ran.out) == (Exit.FAILED, "")
        assert ran.error.startswith(said)
        assert CARD not in ran.error
        assert NAME not in ran.error
