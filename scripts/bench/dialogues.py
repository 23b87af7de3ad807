"""Two hundred scripted conversations with the house bank: task success, and digressions that came back.

`--understanding given`: as if understanding made no mistakes, so that what fails is the engine's doing. `real`: by what
a box runs, trained on the agent's examples. `--show` names what failed: for the tuning half only, the other is kept
out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from appliance.agents.phrases import examples
from appliance.conversation.parts import answering, combined, parts
from appliance.events import Understanding
from tests.fakes.dialogues import Played, Understander, dialogues, given, play
from tests.fakes.house_bank import HOUSE_BANK

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def real(folder: Path) -> Understander:
    """What a box runs: embeddings with a linear head, and the finder of entities."""
    from models.embedding.ctranslate2 import MiniLM
    from models.understanding.versions import LinearVersions

    agent, version = HOUSE_BANK.agent, HOUSE_BANK.version
    options = {name: entity.options for name, entity in agent.entities.items() if entity.options}
    typed = {name: entity for name, entity in agent.entities.items() if not entity.plain}
    versions = LinearVersions(MiniLM(folder), folder)
    versions.train(version, examples(agent), options, typed)

    def one(text: str, expected: tuple[str, ...]) -> Understanding:
        return answering(versions.understand(version, text, expected, NOW), text, agent, expected)

    def understand(text: str, _intents: list[str], expected: tuple[str, ...]) -> Understanding:
        whole = one(text, expected)
        found = [one(part, expected) for part in parts(text, "en")]
        return combined(whole, found, agent.policies.switch_at, expected) if found else whole

    return understand


def measure(name: str, understand: Understander) -> tuple[dict[str, object], list[Played]]:
    scripts = dialogues(name)
    began = time.process_time()
    played = [play(one, understand) for one in scripts]
    took = time.process_time() - began
    turns = sum(len(one["turns"]) for one in scripts)
    digressions = sum(one.digressions for one in played)
    row: dict[str, object] = {
        "set": name,
        "conversations": len(played),
        "turns": turns,
        "task_success": round(sum(one.succeeded for one in played) / len(played), 4),
        "word_for_word": round(sum(one.succeeded and not one.surprises for one in played) / len(played), 4),
        "digressions": digressions,
        "returned": round(sum(one.returns for one in played) / digressions, 4),
        "cpu_ms_a_turn": round(took * 1000 / turns, 2),
    }
    return row, played


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--understanding", choices=("given", "real"), default="given")
    options.add_argument("--set", choices=("tuning", "kept_out", "both"), default="both")
    options.add_argument("--show", action="store_true", help="name what failed in the tuning half")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chosen: dict[str, Callable[[], Understander]] = {
            "given": lambda: partial(given, HOUSE_BANK.agent),
            "real": lambda: real(Path(folder)),
        }
        understand = chosen[asked.understanding]()
        rows = []
        for name in ("tuning", "kept_out") if asked.set == "both" else (asked.set,):
            row, played = measure(name, understand)
            rows.append({"understanding": asked.understanding, **row})
            for one in played if asked.show and name == "tuning" else ():
                if one.missed or one.surprises:
                    print(one.name, *one.missed, *one.surprises, sep="\n    ")
    if asked.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
