"""`b2t agents test` as a program: the real redaction and understanding, an exit status and a report."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.agents.loading import TEMPLATES
from appliance.cli.exit_codes import Exit
from tests.conftest import ROOT


def b2t(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance.cli", "agents", "test", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def test_a_scenario_passes_and_a_changed_one_fails(tmp_path: Path) -> None:
    agent = tmp_path / "banking"
    shutil.copytree(TEMPLATES / "banking", agent)
    shutil.rmtree(agent / "scenarios")
    (agent / "scenarios").mkdir()
    (agent / "scenarios" / "mine.yaml").write_text(
        "scenarios:\n"
        "  - name: right\n    connectors: {bank.balance: {outcome: ok, balance: 12.34}}\n    vary: []\n    turns:\n"
        "      - {say: what is the balance of my savings account, expect: {intent: balance, step: customer}}\n"
        "      - {say: '12345678', expect: {slots: {customer: '12345678'}, step: pin}}\n"
        "      - {secure: '2468', expect: {reply: '$12.34', calls: {bank.balance: {customer: '12345678'}}}}\n"
        "  - name: wrong\n    vary: []\n    turns:\n"
        "      - say: when are you open\n        expect:\n          reply: from ten to eleven\n"
    )
    junit = tmp_path / "junit.xml"
    done = b2t(str(agent), "--no-understanding", "--json", "--junit", str(junit))
    assert done.returncode == Exit.FAILED, done.stderr
    found = json.loads(done.stdout)
    assert [(one["name"], one["passed"]) for one in found["scenarios"]] == [("right", True), ("wrong", False)]
    (failure,) = found["scenarios"][1]["failures"]
    assert (failure["file"], failure["line"]) == ("banking/scenarios/mine.yaml", 14)
    assert "from ten to eleven" in failure["expected"]
    assert "from nine to five" in failure["got"]
    assert found["coverage"]["flows"]["balance"]["steps_reached"] == 5
    assert 'failures="1"' in junit.read_text()
    assert "understanding" not in found


def test_the_agents_own_documents_answer(tmp_path: Path) -> None:
    agent = tmp_path / "banking"
    shutil.copytree(TEMPLATES / "banking", agent, ignore=shutil.ignore_patterns("scenarios", "knowledge"))
    (agent / "knowledge" / "lockers").mkdir(parents=True)
    (agent / "knowledge" / "lockers" / "lockers.md").write_text(
        "# Lockers\n\n## What a locker costs\n\nA small locker costs 90 dollars a year.\n"
    )
    (agent / "lockers.yaml").write_text(
        "knowledge: {lockers: {title: Lockers}}\n"
        "flows:\n  locker:\n    title: Answer about lockers\n    steps:\n"
        "      - {answer: lockers, name: look_up, otherwise: nothing, next: finish}\n"
        "      - {say: My papers say nothing about that., name: nothing}\n"
        "intents:\n  locker:\n    title: Lockers\n    starts: locker\n    examples:\n"
        "      - what does a small locker cost\n      - can I keep a live snake in my locker\n"
    )
    (agent / "scenarios").mkdir()
    (agent / "scenarios" / "mine.yaml").write_text(
        "scenarios:\n  - name: known_and_unknown\n    vary: []\n    turns:\n"
        "      - say: what does a small locker cost\n"
        "        expect: {intent: locker, reply: {contains: [costs 90 dollars a year, 'This is from: Lockers']}}\n"
        "      - say: can I keep a live snake in my locker\n"
        "        expect: {intent: locker, reply: {contains: My papers say nothing about that, lacks: 90 dollars}}\n"
    )
    done = b2t(str(agent))
    assert done.returncode == Exit.OK, done.stdout + done.stderr


def test_mistakes_and_nothing_to_play_are_told(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES / "banking", tmp_path / "banking")
    done = b2t(str(tmp_path / "banking"), "--filter", "nothing_of_that_name")
    assert (done.returncode, "no such scenario" in done.stderr) == (Exit.FAILED, True)
    (tmp_path / "banking" / "scenarios" / "wrong.yaml").write_text("scenarios:\n  - {name: a, turns: [{sai: hello}]}\n")
    done = b2t(str(tmp_path / "banking"))
    assert done.returncode == Exit.FAILED
    assert "banking/scenarios/wrong.yaml:2:24" in done.stderr
    assert 'did you mean "say"' in done.stderr


@pytest.mark.timeout(330)  # some hundred and fifty conversations, perhaps on a busy machine
@pytest.mark.parametrize("path", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_a_template_holds_every_conversation_it_was_written_for(path: Path) -> None:
    found = json.loads(b2t(str(path), "--no-variants", "--no-understanding", "--json").stdout)
    failed = [one for one in found["scenarios"] if not one["passed"]]
    assert failed == []
    assert found["coverage"]["steps_reached"] == found["coverage"]["steps"]
    assert found["coverage"]["ways_gone"] == found["coverage"]["ways"]
