"""Train on a few lines, measure on others: the same path as `b2t understanding evaluate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.errors import Invalid
from services.inference.evaluating import evaluate, read
from tests.models.understanding.test_versions import INTENTS


def written(path: Path, lines: list[tuple[str, str | None]]) -> Path:
    path.write_text("".join(json.dumps({"text": text, "intent": intent}) + "\n" for text, intent in lines))
    return path


def test_measures_come_of_two_files(tmp_path: Path) -> None:
    train = written(tmp_path / "train.jsonl", [(text, name) for name, said in INTENTS.items() for text in said])
    test = written(
        tmp_path / "test.jsonl",
        [
            ("how much money is on my account", "balance"),
            ("please block the card", "card_block"),
            ("will it snow", None),
        ],
    )
    found = evaluate("linear", read(train), read(test), None, 1)
    assert found["train"] == {"lines": 16, "intents": 3, "out_of_scope": 0}
    assert found["test"] == {"lines": 3, "intents": 2, "out_of_scope": 1}
    assert found["in_scope_accuracy"] == found["out_of_scope_recall"] == 1.0
    assert found["ms_per_utterance"]["p95"] > 0
    few = evaluate("linear", read(train), read(test), 3, 2)
    assert (few["shots"], few["seeds"], len(few["runs"])) == (3, 2, 2)


@pytest.mark.parametrize("line", ["nothing", '{"text": "hello"}', '{"intent": "a"}', "[]"])
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"text": "a", "intent": "b"}\n' + line + "\n")
    with pytest.raises(Invalid, match="line 2"):
        read(path)
