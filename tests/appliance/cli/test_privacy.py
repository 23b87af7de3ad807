"""`b2t privacy` as somebody at a terminal or in a pipe uses it, with the real detector as its child."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

CARD = "4111 1111 1111 1111"


def b2t(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance.cli", "privacy", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, cwd=ROOT, timeout=60)


def test_lines_go_through_one_by_one() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "appliance.cli", "privacy", "detect", "--jsonl"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    for at in range(3):
        process.stdin.write(json.dumps({"text": f"it's {CARD}", "id": at}) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert answer == {
            "text": f"it's {CARD}", "id": at, "spans": [{"start": 5, "end": 24, "type": "CARD", "score": 1.0}]
        }  # fmt: skip
    process.stdin.write("not json\n" + json.dumps({"text": "hello"}) + "\n")
    process.stdin.close()
    rest = [json.loads(line) for line in process.stdout]
    assert rest[0]["error"]["code"] == "invalid"
    assert rest[1] == {"text": "hello", "spans": []}
    assert process.wait(30) == 1
    process.stdout.close()


def test_a_text_is_redacted_and_references_are_counted() -> None:
    done = b2t("redact", given=f"my card is {CARD}\nand cvv 123\nagain 4111-1111-1111-1111\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "my card is <CARD_1>\nand cvv <CVV_1>\nagain <CARD_1>\n"
    masked = b2t("redact", "--how", "mask", f"my card is {CARD}")
    assert masked.stdout == "my card is **** **** **** ****\n"


def test_labelled_texts_are_measured_next_to_a_peer(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    spelled = "four one one one one one one one one one one one one one one one"
    lines = [
        {"text": f"it's {CARD}", "spans": [{"start": 5, "end": 24, "type": "CREDIT_CARD"}]},
        {"text": spelled, "spans": [{"start": 0, "end": len(spelled), "type": "CREDIT_CARD"}]},
    ]
    gold.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = b2t("evaluate", "--gold", str(gold), "--peer", "presidio", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["ours"]["overall"] == {"labelled": 2, "predicted": 2, "recall": 1.0, "precision": 1.0, "f": 1.0}
    assert document["peers"]["presidio"]["overall"]["recall"] == 0.5


def test_a_file_that_is_no_gold_is_refused(tmp_path: Path) -> None:
    done = b2t("evaluate", "--gold", str(tmp_path / "none"))
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
