"""What a command prints is obeyed by no terminal, whoever wrote it."""

from __future__ import annotations

import json

import pytest

from appliance.cli.output import LONGEST, Output
from appliance.errors import Unknown

EVIL = "a\x1b[2J\x07\x9b1m\r\x7f\u202eb\udcff"


def test_nothing_in_a_text_or_a_table_is_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).text(f"one\n{EVIL}")
    Output(as_json=False).table(("head",), [(f"{EVIL}\nnext",)])
    printed = capsys.readouterr().out
    shown = "a\\x1b[2J\\x07\\x9b1m\\x0d\\x7f\\u202eb\\udcff"
    assert printed.splitlines() == ["one", shown, "head", f"{shown}\\x0anext"]


def test_a_document_is_the_same_to_who_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).document({"text": EVIL[:-1], "more": "für 3 €"})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"text": EVIL[:-1], "more": "für 3 €"}
    assert "für 3 €" in printed
    assert not set(printed) & set("\x1b\x07\x9b\r\x7f\u202e")


def test_an_error_is_one_short_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        Output(as_json=False).fail(Unknown("no\n" * 1000))
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) <= LONGEST + len("b2t: …")
