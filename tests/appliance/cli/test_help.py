"""Help: every command has one with an example, and the exit codes are documented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from appliance.cli.app import make
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output, exit_of
from appliance.errors import Denied, Invalid, Unavailable, Unknown
from tests.conftest import ROOT

COMMANDS = (
    ("up",),
    ("status",),
    ("doctor",),
    ("agents", "list"),
    ("agents", "validate"),
    *(("agents", name) for name in ("test", "new", "lint", "graph", "diff", "schema")),
    *(("agents", name) for name in ("publish", "versions", "deploy", "canary", "rollback", "replay")),
    ("conversations", "list"),
    ("conversations", "show"),
    ("conversations", "why"),
    ("conversations", "recording"),
    ("insights", "summary"),
    *(("knowledge", name) for name in ("add", "remove", "reindex", "list", "search")),
    ("audit", "verify"),
    ("audit", "list"),
    ("audit", "show"),
    ("audit", "prove"),
    ("audit", "keys"),
    ("audit", "export"),
    ("audit", "controls"),
    ("audit", "review"),
    ("call",),
    ("chat",),
    ("privacy", "detect"),
    ("privacy", "evaluate"),
    ("privacy", "redact"),
    ("understanding", "evaluate"),
    *(("vault", name) for name in ("status", "unseal", "approve", "seal", "split", "rotate", "rewrap", "check")),
    *(("vault", name) for name in ("erase", "erased", "back-up", "root-line")),
    ("understanding", "detect-language"),
    *(("retention", name) for name in ("run", "report")),
    *(("retention", "hold", name) for name in ("add", "remove", "list")),
    *(("accounts", name) for name in ("list", "invite", "role", "lock", "unlock", "reset", "remove")),
    *(("rights", name) for name in ("find", "erase", "export", "verify")),
    *(("rights", "unredact", name) for name in ("key", "enrol", "remove", "persons", "ask", "approve", "deny")),
    *(("rights", "unredact", name) for name in ("list", "show", "read", "break-glass", "acknowledge", "renew")),
)

app = make()


def registered(group: typer.Typer, *before: str) -> Iterator[tuple[str, ...]]:
    for command in group.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        yield (*before, name)
    for sub in group.registered_groups:
        assert sub.typer_instance is not None
        yield from registered(sub.typer_instance, *before, str(sub.name))


def test_these_are_all_commands() -> None:
    assert set(registered(app)) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example_and_json(command: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: b2t {' '.join(command)}" in re.sub(r"\s+", " ", shown.output)
    assert "--json" in shown.output


def test_exit_codes_are_documented() -> None:
    shown = re.sub(r"\s+", " ", CliRunner().invoke(app, ["--help"]).output)
    page = (ROOT / "docs" / "operations.md").read_text()
    for code in Exit:
        assert re.search(rf"\b{int(code)} \w+", shown)
        assert f"| {int(code)} |" in page


def test_errors_have_their_exit_status() -> None:
    assert exit_of(Unavailable("x")) == Exit.NOT_RUNNING
    assert exit_of(Unknown("x")) == Exit.UNKNOWN
    assert exit_of(Invalid("x")) == exit_of(Denied("x")) == Exit.FAILED


def test_a_failure_is_one_sentence_and_with_json_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="4"):
        Output(as_json=True).fail(Unknown("There is no such conversation."))
    printed = capsys.readouterr()
    assert printed.err == "b2t: There is no such conversation.\n"
    assert json.loads(printed.out) == {"error": {"code": "unknown", "title": "There is no such conversation."}}


def test_validate_names_line_key_and_what_is_allowed(tmp_path: Path) -> None:
    template = ROOT / "appliance" / "agents" / "templates" / "banking"
    good = CliRunner().invoke(app, ["agents", "validate", str(template)])
    assert good.exit_code == 0
    assert "banking" in good.output
    bad = tmp_path / "agent.yaml"
    bad.write_text("name: front_desk\ntitel: Front desk\n")
    shown = CliRunner().invoke(app, ["agents", "validate", str(bad), "--json"])
    assert shown.exit_code == 1
    (result,) = json.loads(shown.output)
    assert result["valid"] is False
    mistake = next(one for one in result["mistakes"] if one["key"] == "titel")
    assert (mistake["file"], mistake["line"], mistake["suggestion"]) == ("agent.yaml", 2, "title")
