"""Every command of `b2t` against a running box: what it prints, its JSON, its exit status."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from appliance.adapters.chat_client import open_chat
from appliance.agents.loading import TEMPLATES
from tests.box.conftest import Box, Customer
from tests.conftest import free_port

pytestmark = pytest.mark.box


def document(box: Box, *arguments: str, status: int = 0) -> Any:
    """What the command prints with `--json`."""
    done = box.cli(*arguments, "--json")
    assert done.returncode == status, done.stderr + done.stdout
    return json.loads(done.stdout)


def test_status_names_every_unit(box: Box) -> None:
    found = document(box, "status")
    assert found["ready"] is True
    assert {row["name"] for row in found["units"]} == {
        *("bus-1", "vault-1", "inference-text", "inference-speech-1", "dialogue-1", "connectors-1"),
        *("scribe-1", "insights-1", "retrieval-1", "phone-1", "gateway-1"),
    }
    done = box.cli("status")
    assert done.returncode == 0
    assert done.stdout.count("ready") == 11


def test_doctor_finds_a_running_box_in_order(box: Box) -> None:
    found = {one["part"]: one for one in document(box, "doctor")}
    assert {one["part"]: one for one in found.values() if one["state"] == "fail"} == {}
    for part in (
        "configuration",
        "disk",
        "clock",
        "nats-server",
        "secrets",
        "certificates",
        "message bus",
        "unit vault-1",
    ):
        assert part in found
    assert all(one["mend"] for one in found.values() if one["state"] != "ok")


def test_doctor_names_a_secret_that_others_may_read(box: Box) -> None:
    file = box.paths.bus_seed("phone")
    file.chmod(0o644)
    try:
        found = {one["part"]: one for one in document(box, "doctor", status=1)}
    finally:
        file.chmod(0o600)
    assert found["secrets"]["state"] == "fail"
    assert "phone.nk" in found["secrets"]["found"]
    assert "chmod" in found["secrets"]["mend"]


def test_agents(box: Box, tmp_path: Path) -> None:
    listed = document(box, "agents", "list")
    assert [agent["name"] for agent in listed["agents"]] == sorted(path.name for path in TEMPLATES.iterdir())
    assert listed["agents"][0]["deployments"]["numbers"] == ["1000"]
    assert "banking" in box.cli("agents", "list").stdout


def test_a_chat_is_listed_shown_and_counted(box: Box, customer: Customer) -> None:
    """A whole chat in one go; what others see of it names no customer and no amount."""
    held = document(box, "chat", "what is my balance", "checking", customer.number, customer.pin, "goodbye")
    amount = f"{customer.checking_cents // 100:,}.{customer.checking_cents % 100:02}"
    said = [one["text"] for one in held["said"]]
    assert any(amount in text for text in said), said
    assert "(secret digits)" in said
    conversation = held["conversation"]
    deadline = time.monotonic() + 10
    while True:
        rows = {row["conversation"]: row for row in document(box, "conversations", "list")["conversations"]}
        if conversation in rows and rows[conversation]["ended"]:
            break
        assert time.monotonic() < deadline, rows
        time.sleep(0.3)
    assert rows[conversation]["channels"] == ["chat"]
    shown = box.cli("conversations", "show", conversation)
    assert shown.returncode == 0
    assert "intent balance" in shown.stdout
    for stage in ("redacted", "understood", "decided", "recorded"):
        assert f"{stage} " in shown.stdout
    lines = document(box, "conversations", "show", conversation)["lines"]
    assert any(line["stages"] for line in lines)
    for secret in (customer.number, customer.pin, amount, amount.replace(",", "")):
        assert secret not in shown.stdout
        assert secret not in json.dumps(lines)
    summary = document(box, "insights", "summary")
    assert summary["today"]["conversations"] >= 1
    assert summary["today"]["outcomes"]["contained"] >= 1
    assert any(one["intent"] == "balance" for one in summary["today"]["top_intents"])
    assert "containment" in box.cli("insights", "summary").stdout


@pytest.mark.timeout(180)
def test_a_call_is_placed_and_its_transcript_printed(box: Box) -> None:
    done = box.cli("call", "what is my balance", "--json", timeout_s=90)
    found = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert found["greeting_ms"] is not None
    assert [reply["silent"] for reply in found["replies"]] == [False, False]
    assert [line["who"] for line in found["lines"] if line["who"] != "box"][:3] == ["agent", "party", "agent"]
    measured = next(line for line in found["lines"] if line["who"] == "party")["stages"]
    assert {"speech_end", "endpoint", "recognised", "redacted", "understood", "decided", "first_audio"} <= set(measured)


def test_what_is_wrong_has_a_sentence_and_a_status(box: Box, tmp_path: Path) -> None:
    for arguments, status in (
        (("conversations", "show", "nosuchconversation"), 4),
        (("conversations", "show", "b2t.>"), 4),
        (("call", "--number", "4711"), 4),
        (("call", "keys:12x"), 1),
        (("chat", "--widget", "nosuch", "hello"), 4),
        (("insights", "summary", "--days", "0"), 2),
        (("nosuch",), 2),
        (("conversations", "list", "--limit", "abc"), 2),
    ):
        done = box.cli(*arguments)
        assert done.returncode == status, (arguments, done.stdout, done.stderr)
        assert done.stderr.strip()
        assert "Traceback" not in done.stderr
    done = box.cli("conversations", "show", "nosuch", "--json")
    assert json.loads(done.stdout)["error"]["code"] == "unknown"


def test_without_a_box_each_command_says_so(box: Box, tmp_path: Path) -> None:
    other = Box.make(tmp_path / "none")
    for arguments in (("status",), ("agents", "list"), ("conversations", "list"), ("insights", "summary"), ("call",)):
        done = other.cli(*arguments)
        assert done.returncode == 3, done.stderr
        assert "There is no box" in done.stderr


async def test_a_chat_client_sees_the_box_go_away(box: Box) -> None:
    from appliance.errors import Unavailable

    with pytest.raises(Unavailable):
        async with open_chat(f"http://127.0.0.1:{free_port()}", "demo"):
            pass


def test_a_killed_unit_is_back_and_doctor_tells(box: Box) -> None:
    box.kill("scribe-1")
    box.wait_ready()
    found = {one["part"]: one for one in document(box, "doctor")}
    assert found["unit scribe-1"]["state"] == "warn"
    assert "started again 1 times" in found["unit scribe-1"]["found"]


def test_ctrl_c_leaves_no_process(box: Box) -> None:
    """Last in this file: the box is stopped by it and started anew."""
    units = [row["pid"] for row in document(box, "status")["units"]]
    assert box.process is not None
    group = [pid for pid in units if pid]
    programs = [child for pid in group for child in _children(pid)]
    assert programs, "speech synthesis runs programs of its own"
    box.process.send_signal(signal.SIGINT)
    assert box.process.wait(30) == 0
    assert [pid for pid in (*group, *programs) if _alive(pid)] == []
    box.start()
    before = [row["pid"] for row in document(box, "status")["units"]]
    programs = [child for pid in before for child in _children(pid)]
    box.process.kill()
    box.process.wait(5)
    deadline = time.monotonic() + 10
    while any(map(_alive, (*before, *programs))):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    box.start()


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
