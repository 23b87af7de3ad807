"""`b2t understanding` with its real child."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appliance.cli.app import make
from tests.models.understanding.test_versions import INTENTS

app = make(["understanding", "status"])


def test_languages_of_texts_on_the_command_line() -> None:
    shown = CliRunner().invoke(
        app, ["understanding", "detect-language", "wo ist meine Karte", "where is my card", "12", "--json"]
    )
    assert shown.exit_code == 0
    assert [one["language"] for one in json.loads(shown.stdout)] == ["de", "en", None]


def test_an_evaluation_is_one_document(tmp_path: Path) -> None:
    for name in ("train", "test"):
        lines = [{"text": text, "intent": intent} for intent, said in INTENTS.items() for text in said]
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    files = ["--train", str(tmp_path / "train"), "--test", str(tmp_path / "test")]
    shown = CliRunner().invoke(app, ["understanding", "evaluate", *files, "--json"])
    assert shown.exit_code == 0
    found = json.loads(shown.stdout)
    assert found["accuracy"] > 0.9
    assert {"macro_f1", "out_of_scope_recall", "confusions", "ms_per_utterance"} <= set(found)


@pytest.mark.parametrize(("line", "said"), [("nothing", "line 1"), ("", "has no lines")])
def test_what_cannot_be_read_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(line)
    shown = CliRunner().invoke(app, ["understanding", "evaluate", "--train", str(path), "--test", str(path), "--json"])
    assert shown.exit_code == 1
    assert said in json.loads(shown.stdout)["error"]["title"]
