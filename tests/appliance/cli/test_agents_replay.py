"""`b2t agents replay`: what is said of a draft that cannot be played."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.cli import agents_replay
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output


def test_a_drafts_mistakes_are_told_a_line_each_with_nothing_that_a_terminal_obeys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = tmp_path / "agent.yaml"
    draft.write_text('"a\\e[2J\\nb": 1\nname: 1\n')
    with pytest.raises(SystemExit) as ended:
        agents_replay._draft(Output(as_json=False), draft)
    assert ended.value.code == Exit.FAILED
    said = capsys.readouterr().err
    assert "a\\x1b[2J\\x0ab" in said
    assert all(line.startswith("agent.yaml:") for line in said.splitlines())
