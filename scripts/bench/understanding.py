#!/usr/bin/env python
"""How well and how fast a box understands: intents, what is out of scope, languages, moods. JSON, or a table.

    B2T_DATA=../shared/data scripts/bench/understanding.py [--only banking77 clinc150 language …] [--engine setfit]
        [--rows full 10-shot] [--seeds 5] [--json]

Test sets are read once, after everything was chosen on training data. `banking77` and `clinc150` go through the very
code of `b2t understanding evaluate`; CLINC150 runs with the agent's own examples alone, and with its 100 out-of-scope
training examples beside them; `--engine setfit` (the extra `train`) with the latter alone. `slips` puts one typing
mistake into texts of the training set that were kept out. `speed` runs on one core.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from appliance.agents.loading import TEMPLATES, load_agent  # noqa: E402
from appliance.agents.phrases import examples  # noqa: E402
from models import PREPARED  # noqa: E402
from models.embedding.ctranslate2 import MiniLM  # noqa: E402
from models.language_identification.py3langid import USUAL, Py3Langid  # noqa: E402
from models.understanding.evaluation import drawn  # noqa: E402
from models.understanding.linear import OUT_OF_SCOPE  # noqa: E402
from models.understanding.sentiment import Sentiment  # noqa: E402
from models.understanding.slips import slipped  # noqa: E402
from models.understanding.training import trained  # noqa: E402
from services.inference.evaluating import Labelled, evaluate  # noqa: E402

DATA = Path(os.environ.get("B2T_DATA", ROOT.parent / "shared" / "data"))
SHOWN = (
    "accuracy",
    "accuracy_deviation",
    "macro_f1",
    "in_scope_accuracy",
    "in_scope_accuracy_served",
    "in_scope_refused",
    "out_of_scope_recall",
    "out_of_scope_precision",
    "calibration_error",
    "training_s",
    "ms_per_utterance",
    "confusions",
    "out_of_scope_curve",
)
SHOTS = {"5-shot": 5, "10-shot": 10, "full": None}
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def labelled(pairs: list[tuple[str, str]]) -> Labelled:
    return Labelled(tuple(text for text, _ in pairs), tuple(label for _, label in pairs))


def shown(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in SHOWN}


def banking(part: str) -> Labelled:
    with (DATA / "banking77" / f"{part}.csv").open(encoding="utf-8", newline="") as file:
        return labelled([(row["text"], row["category"]) for row in csv.DictReader(file)])


def banking77(asked: argparse.Namespace) -> dict[str, Any]:
    train, test = banking("train"), banking("test")
    return {name: shown(evaluate(asked.engine, train, test, SHOTS[name], asked.seeds)) for name in asked.rows}


def slips(_asked: argparse.Namespace) -> dict[str, Any]:
    """BANKING77's training set, ten examples of each intent; 700 others as they are and with one slip each."""
    lines, chance = banking("train"), random.Random(1)  # noqa: S311 - the same every time
    known = drawn(lines.labels, 10, 3)
    held = chance.sample(sorted(set(range(len(lines.texts))) - set(known)), 700)
    intents: dict[str, list[str]] = {}
    for place in known:
        intents.setdefault(lines.labels[place], []).append(lines.texts[place])
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as cache:
        classifier = trained(MiniLM(Path(cache), prepared=PREPARED), intents)
        for name, changed in (("as written", False), ("one slip", True)):
            texts = [slipped(lines.texts[place], chance) if changed else lines.texts[place] for place in held]
            got = [classifier.classify(text)[0].intent for text in texts]
            right = [one == lines.labels[place] for one, place in zip(got, held, strict=True)]
            found[name] = {
                "right": round(statistics.mean(right), 4),
                "refused": round(statistics.mean(one == OUT_OF_SCOPE for one in got), 4),
            }
    return found


def clinc150(asked: argparse.Namespace) -> dict[str, Any]:
    sets = json.loads((DATA / "clinc150" / "data_full.json").read_text("utf-8"))

    def read(part: str) -> list[tuple[str, str]]:
        return [(text, OUT_OF_SCOPE if label == "oos" else label) for text, label in sets[part]]

    test = labelled(read("test") + read("oos_test"))
    rows = {"with its out-of-scope examples": labelled(read("train") + read("oos_train"))}
    if asked.engine == "linear":
        rows["own examples"] = labelled(read("train"))
    return {name: shown(evaluate(asked.engine, train, test, None, 1)) for name, train in rows.items()}


def language(_asked: argparse.Namespace) -> dict[str, Any]:
    """Sentences as they are; utterances: 4 to 8 words running out of each sentence that has them, in lower case and
    without punctuation, drawn with seed 0."""
    identifier = Py3Langid()
    identifier.warm()
    chance = random.Random(0)  # noqa: S311 - the same every time
    sentences, utterances = [], []
    for name in USUAL:
        for line in (DATA / "language-id" / f"{name}.txt").read_text("utf-8").strip().split("\n"):
            sentences.append((line, name))
            words, count = WORD.findall(line), chance.randint(4, 8)
            if len(words) >= count:
                first = chance.randint(0, len(words) - count)
                utterances.append((" ".join(words[first : first + count]).lower(), name))
    return {"sentences": _told(identifier, sentences), "utterances of 4-8 words": _told(identifier, utterances)}


def _told(identifier: Py3Langid, texts: list[tuple[str, str]]) -> dict[str, Any]:
    right: dict[str, list[bool]] = {}
    took = []
    for text, wanted in texts:
        started = time.perf_counter()
        found = identifier.identify(text)
        took.append((time.perf_counter() - started) * 1000)
        right.setdefault(wanted, []).append(found.language == wanted)
    every = [one for some in right.values() for one in some]
    return {
        "n": len(every),
        "accuracy": round(statistics.mean(every), 4),
        "by_language": {name: round(statistics.mean(some), 4) for name, some in right.items()},
        "ms": spread(took),
    }


def mood(_asked: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as cache:
        sentiment = Sentiment(MiniLM(Path(cache), prepared=PREPARED))
        rows = [
            json.loads(line) for line in Path(__file__).with_name("sentiment.jsonl").read_text("utf-8").splitlines()
        ]
        judged = [(row, sentiment.judge(row["text"], row["language"])) for row in rows]
    found: dict[str, Any] = {}
    for name in sorted({row["language"] for row in rows}):
        own = [(row, one) for row, one in judged if row["language"] == name]
        found[name] = {
            "n": len(own),
            "accuracy": round(statistics.mean(one.label == row["sentiment"] for row, one in own), 3),
            "anger_recall": round(statistics.mean(one.anger > 0.5 for row, one in own if row["angry"]), 3),
            "anger_false": sum(one.anger > 0.5 for row, one in own if not row["angry"]),
        }
    return found


def speed(_asked: argparse.Namespace) -> dict[str, Any]:
    """On one core: a turn of an agent of 100 intents with 50 examples each; training the Banking template."""
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
    sets = json.loads((DATA / "clinc150" / "data_full.json").read_text("utf-8"))
    names = sorted({label for _, label in sets["train"]})[:100]
    intents = {name: [text for text, label in sets["train"] if label == name][:50] for name in names}
    said = [text for text, label in sets["val"] if label in intents][:1000]
    with tempfile.TemporaryDirectory() as cache:
        embedding = MiniLM(Path(cache), prepared=PREPARED)
        started = time.perf_counter()
        classifier = trained(embedding, intents)
        hundred_s = time.perf_counter() - started
        identifier, sentiment = Py3Langid(), Sentiment(embedding)
        took = []
        for text in ["warm up", *said]:
            started = time.perf_counter()
            judged = classifier.judge(text)
            sentiment.judge(text, identifier.identify(text).language or "en", judged.vector)
            took.append((time.perf_counter() - started) * 1000)
        banking = examples(load_agent(TEMPLATES / "banking").agent)
        started = time.perf_counter()
        trained(embedding, {name: list(texts) for name, texts in banking.items()})
        banking_s = time.perf_counter() - started
    return {
        "turn_ms_of_100_intents": spread(took[1:]),
        "training_100_intents_s": round(hundred_s, 2),
        "training_banking_template_s": round(banking_s, 2),
        "banking_template": {"intents": len(banking), "examples": sum(map(len, banking.values()))},
    }


def validation(_asked: argparse.Namespace) -> dict[str, Any]:
    """Loading and checking the Banking template with intents of 20 examples each until there are 500."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "banking"
        shutil.copytree(TEMPLATES / "banking", folder)
        more = 500 - len(load_agent(folder).agent.intents)
        lines = ["intents:"]
        for number in range(more):
            lines += [f"  wish_{number}:", f"    title: Wish {number}", "    does: repeat", "    examples:"]
            lines += [f"      - please do thing number {number} in way {way}" for way in range(20)]
        (folder / "wide.yaml").write_text("\n".join(lines) + "\n", "utf-8")
        started = time.perf_counter()
        loaded = load_agent(folder)
        return {"intents": len(loaded.agent.intents), "seconds": round(time.perf_counter() - started, 2)}


def spread(milliseconds: list[float]) -> dict[str, float]:
    values = sorted(milliseconds)
    return {
        "p50": round(statistics.median(values), 3),
        "p95": round(values[min(len(values) - 1, int(len(values) * 0.95))], 3),
        "n": len(values),
    }


PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "banking77": banking77,
    "clinc150": clinc150,
    "language": language,
    "mood": mood,
    "slips": slips,
    "validation": validation,
    "speed": speed,
}
"""In this order: the last keeps to one core."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--engine", default="linear", choices=("linear", "setfit"), help="of banking77 and clinc150")
    parser.add_argument("--rows", nargs="+", choices=SHOTS, default=list(SHOTS), help="of banking77")
    parser.add_argument("--seeds", type=int, default=5, help="of a row with few examples")
    asked = parser.parse_args()
    found = {name: part(asked) for name, part in PARTS.items() if name in asked.only}
    found["machine"] = {"cores": os.cpu_count(), "load": os.getloadavg()[0]}
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    for name, part in found.items():
        for row, value in part.items():
            if isinstance(value, dict):
                value = {key: one for key, one in value.items() if key not in ("confusions", "out_of_scope_curve")}
            print(f"{name:<11} {row:<32} {value}")


if __name__ == "__main__":
    main()
