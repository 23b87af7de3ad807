"""`b2t agents new`, `lint`, `graph`, `diff`, `schema`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appliance.agents.loading import load_agent
from appliance.cli.app import make
from appliance.cli.exit_codes import Exit

app = make(["agents"])


def b2t(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["agents", *arguments])
    return done.exit_code, done.output


def test_a_new_agent_is_a_template_under_another_name(tmp_path: Path) -> None:
    assert b2t("new", "my_bank", "--from", "banking", "--in", str(tmp_path))[0] == Exit.OK
    assert load_agent(tmp_path / "my_bank").name == "my_bank"
    assert (tmp_path / "my_bank" / "scenarios").is_dir()
    assert b2t("lint", str(tmp_path / "my_bank"))[0] == Exit.OK
    status, told = b2t("new", "my_bank", "--from", "banking", "--in", str(tmp_path))
    assert (status, "there already" in told) == (Exit.FAILED, True)
    assert b2t("new", "other", "--from", "nonesuch", "--in", str(tmp_path))[0] == Exit.USAGE
    assert b2t("new", "Not A Name", "--from", "banking", "--in", str(tmp_path))[0] == Exit.USAGE
    status, told = b2t("diff", "banking", str(tmp_path / "my_bank"), "--json")
    assert status == Exit.FAILED
    assert [one["key"] for one in json.loads(told)["differences"]] == ["name"]


def test_a_picture_is_written(tmp_path: Path) -> None:
    b2t("new", "my_bank", "--from", "banking", "--in", str(tmp_path))
    assert b2t("graph", str(tmp_path / "my_bank"), "--out", str(tmp_path / "all.svg"))[0] == Exit.OK
    assert (tmp_path / "all.svg").read_text().startswith("<svg ")
    one = ("graph", str(tmp_path / "my_bank"), "--out", str(tmp_path / "one.svg"), "--flow")
    assert b2t(*one, "balance")[0] == Exit.OK
    assert (tmp_path / "one.svg").stat().st_size < (tmp_path / "all.svg").stat().st_size
    assert b2t(*one, "nonesuch")[0] == Exit.USAGE


def test_mistakes_and_remarks_are_an_exit_status(tmp_path: Path) -> None:
    b2t("new", "my_bank", "--from", "banking", "--in", str(tmp_path))
    file = tmp_path / "my_bank" / "agent.yaml"
    file.write_text(file.read_text().replace("slots:\n", "slots:\n  spare: {entity: account}\n"))
    status, told = b2t("lint", str(tmp_path / "my_bank"))
    assert (status, "slots.spare: is used nowhere" in told) == (Exit.FAILED, True)
    file.write_text(file.read_text().replace("name: my_bank", "nam: my_bank"))
    assert b2t("lint", str(tmp_path / "my_bank"))[0] == Exit.FAILED


def test_schemas_for_editors() -> None:
    assert "intents" in json.loads(b2t("schema")[1])["properties"]
    assert list(json.loads(b2t("schema", "scenarios", "--json")[1])["properties"]) == ["scenarios"]


def test_what_is_wrong_with_a_scenario_is_a_mistake_of_the_agent(tmp_path: Path) -> None:
    b2t("new", "my_bank", "--from", "banking", "--in", str(tmp_path))
    assert b2t("validate", str(tmp_path / "my_bank"))[0] == Exit.OK
    file = tmp_path / "my_bank" / "scenarios" / "everyday.yaml"
    file.write_text(file.read_text().replace("intent: loan", "intent: lone", 1))
    status, told = b2t("validate", str(tmp_path / "my_bank"))
    assert (status, 'did you mean "loan"?' in told) == (Exit.FAILED, True)


def test_a_template_is_named_where_nothing_else_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert b2t("lint", "banking")[0] == Exit.OK
    assert b2t("graph", "sales", "--out", "sales.svg")[0] == Exit.OK
    (tmp_path / "banking").mkdir()
    assert b2t("lint", "banking")[0] == Exit.FAILED
