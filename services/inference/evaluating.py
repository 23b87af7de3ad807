"""`python -m services.inference.evaluating`: trains on one file, measures on another, prints one JSON document.

What it trains and serves is what a box does at publish. Lines are `{"text", "intent"}`; an intent `out_of_scope`, `oos`
or null is none of the agent's. Its asker is `b2t understanding evaluate`. Nothing is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from appliance.errors import B2TError, Invalid
from models import PREPARED, registry
from models.understanding.evaluation import Judged, drawn, measures
from models.understanding.linear import OUT_OF_SCOPE

NO_INTENT: Final = frozenset({OUT_OF_SCOPE, "oos", ""})
AVERAGED: Final = (
    "accuracy",
    "macro_f1",
    "in_scope_accuracy",
    "in_scope_accuracy_served",
    "in_scope_refused",
    "out_of_scope_recall",
    "out_of_scope_precision",
    "calibration_error",
)


class Line(BaseModel):
    model_config = ConfigDict(frozen=True)  # other keys, as entities, are left unread

    text: Annotated[str, Field(max_length=8000)]
    intent: Annotated[str, Field(max_length=200)] | None


@dataclass(frozen=True, slots=True)
class Labelled:
    texts: tuple[str, ...]
    labels: tuple[str, ...]


def read(path: Path) -> Labelled:
    """Raises Invalid, naming the line."""
    texts, labels = [], []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                one = Line.model_validate_json(line)
            except ValidationError:
                raise Invalid(f'{path}, line {number}: not an object with "text" and "intent".') from None
            texts.append(one.text)
            labels.append(OUT_OF_SCOPE if one.intent is None or one.intent in NO_INTENT else one.intent)
    if not texts:
        raise Invalid(f"{path} has no lines.")
    return Labelled(tuple(texts), tuple(labels))


def once(engine: str, cache: Path, known: Labelled, held: Labelled) -> dict[str, Any]:
    """Train on `known`, then take each text of `held` alone, as a box does turn by turn."""
    intents: dict[str, list[str]] = {}
    for text, label in zip(known.texts, known.labels, strict=True):
        intents.setdefault(label, []).append(text)
    started = time.perf_counter()
    embedding = registry.load("embedding", "minilm", cache=cache, threads=os.cpu_count() or 1, prepared=PREPARED)
    classifier = registry.load("intent_training", engine, embedding=embedding, intents=intents)
    trained_s = time.perf_counter() - started
    took, rows = [], []
    names = tuple(sorted({*intents, OUT_OF_SCOPE}))
    for count, text in enumerate(held.texts, 1):
        started = time.perf_counter()
        scores = classifier.classify(text)
        took.append((time.perf_counter() - started) * 1000)
        found = {score.intent: score.probability for score in scores}
        rows.append([found.get(name, 0.0) for name in names])
        if count % 500 == 0:
            say(f"{count} of {len(held.texts)} measured")
    return {
        **measures(Judged(names, np.array(rows), held.labels)),
        "training_s": round(trained_s, 2),
        "ms_per_utterance": {
            "p50": round(statistics.median(took), 3),
            "p95": round(sorted(took)[min(len(took) - 1, int(len(took) * 0.95))], 3),
        },
    }


def evaluate(engine: str, known: Labelled, held: Labelled, shots: int | None, seeds: int) -> dict[str, Any]:
    runs = []
    with tempfile.TemporaryDirectory(prefix="b2t-evaluate-") as cache:
        for seed in range(seeds if shots else 1):
            chosen = known
            if shots:
                places = drawn(known.labels, shots, seed)
                chosen = Labelled(
                    tuple(known.texts[place] for place in places), tuple(known.labels[place] for place in places)
                )
            say(f"seed {seed}: training on {len(chosen.texts)} examples")
            runs.append(once(engine, Path(cache), chosen, held))
            say(f"seed {seed}: accuracy {runs[-1]['accuracy']}")
    return {
        "engine": engine,
        "train": _described(known),
        "test": _described(held),
        "shots": shots,
        "seeds": len(runs),
        **_mean(runs),
        "confusions": runs[0]["confusions"],
        "out_of_scope_curve": runs[0]["out_of_scope_curve"],
        "runs": [{name: run[name] for name in (*AVERAGED, "training_s", "ms_per_utterance")} for run in runs],
    }


def _described(lines: Labelled) -> dict[str, int]:
    return {
        "lines": len(lines.texts),
        "intents": len(set(lines.labels) - {OUT_OF_SCOPE}),
        "out_of_scope": sum(label == OUT_OF_SCOPE for label in lines.labels),
    }


def _mean(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    averaged: dict[str, Any] = {}
    for name in AVERAGED:
        found = [run[name] for run in runs if run[name] is not None]
        averaged[name] = round(statistics.mean(found), 4) if found else None
    accuracies = [run["accuracy"] for run in runs]
    averaged["accuracy_deviation"] = round(statistics.stdev(accuracies), 4) if len(runs) > 1 else None
    averaged["training_s"] = round(statistics.mean(run["training_s"] for run in runs), 2)
    averaged["ms_per_utterance"] = {
        share: round(statistics.mean(run["ms_per_utterance"][share] for run in runs), 3) for share in ("p50", "p95")
    }
    return averaged


def say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--shots", type=int)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--engine", default="linear", choices=sorted(registry.ENGINES["intent_training"]))
    asked = parser.parse_args()
    try:
        found = evaluate(asked.engine, read(asked.train), read(asked.test), asked.shots, asked.seeds)
    except (B2TError, OSError, UnicodeDecodeError) as error:
        title = error.title if isinstance(error, B2TError) else f"A file cannot be read: {type(error).__name__}."
        sys.stdout.write(json.dumps({"error": {"code": getattr(error, "code", "invalid"), "title": title}}) + "\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(1) from None
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
