"""Which questions a base of five documents answers rightly, and which it says are not answered: by halves of a set.

`nice python scripts/bench/knowledge_answers.py [--json] [--fit]`. Every other question is for tuning, the rest is kept
out. `--fit` prints the weights of `appliance.knowledge.answering` that the tuning half gives (scikit-learn).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from appliance.config import Paths, RetrievalConfig
from appliance.knowledge import questions as q
from appliance.knowledge.answering import Candidate, answer
from services.retrieval.knowledge import Knowledge
from services.retrieval.service import tools
from services.retrieval.shelf import Shelf

FOLDER = Path(__file__).parent / "knowledge"


async def candidates(asked: list[dict[str, Any]]) -> tuple[list[list[Candidate]], list[float], int]:
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths.of(folder)
        ready = tools(paths, RetrievalConfig())
        knowledge = Knowledge(Shelf(paths.folder("retrieval")), lambda: ready, ready.embedding.name)
        for file in sorted(FOLDER.glob("*.*")):
            if file.suffix != ".jsonl":
                incoming = uuid.uuid4().hex
                (paths.folder("retrieval") / "incoming" / incoming).write_bytes(file.read_bytes())
                await knowledge.add(q.AddDocument("bank", file.name, incoming))
        (index,) = knowledge._indexes.values()
        found, took = [], []
        for one in asked:
            started = time.perf_counter()
            found.append(index.candidates(one["question"], ready.embedding, 4))
            took.append((time.perf_counter() - started) * 1000)
        knowledge.close()
        return found, took, len(index.passages)


def judged(asked: list[dict[str, Any]], found: list[list[Candidate]]) -> dict[str, Any]:
    """`right`: answered as expected; `wrong`: with anything else; `known`: unanswerable and said so."""
    count = dict.fromkeys(("answerable", "right", "wrong", "missed", "first", "unanswerable", "known", "invented"), 0)
    for one, passages in zip(asked, found, strict=True):
        said = answer(passages)
        expects = one["expects"]
        if expects is None:
            count["unanswerable"] += 1
            count["known" if said is None else "invented"] += 1
            continue
        count["answerable"] += 1
        count["first"] += any(expects in one.passage.text for one in passages[:1])
        count["missed" if said is None else "right" if expects in said.text else "wrong"] += 1
    return count


def fit(asked: list[dict[str, Any]], found: list[list[Candidate]]) -> None:
    from sklearn.linear_model import LogisticRegression

    rows, labels = [], []
    for one, passages in zip(asked, found, strict=True):
        for number, passage in enumerate(passages):
            right = one["expects"] is not None and one["expects"] in passage.passage.text
            if right or number < 2:
                rows.append((max(passage.sentence_cosines), passage.cosine, passage.covered))
                labels.append(right)
    made = LogisticRegression(C=30.0).fit(rows, labels)
    print("SENTENCE, WHOLE, COVERED", made.coef_[0].round(2), "BIAS", made.intercept_.round(2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--show", choices=("tuning", "kept out"))
    options = parser.parse_args()
    asked = [json.loads(line) for line in (FOLDER / "questions.jsonl").read_text("utf-8").splitlines()]
    found, took, passages = asyncio.run(candidates(asked))
    halves = {"tuning": slice(0, None, 2), "kept out": slice(1, None, 2)}
    if options.fit:
        fit(asked[halves["tuning"]], found[halves["tuning"]])
    if options.show:
        for one, held in zip(asked[halves[options.show]], found[halves[options.show]], strict=True):
            said = answer(held)
            best = max(held, key=lambda one: one.confidence)
            figures = (best.confidence, max(best.sentence_cosines), best.cosine, best.covered)
            print(one, [round(figure, 2) for figure in figures], said.text if said else None)
    result = {name: judged(asked[half], found[half]) for name, half in halves.items()}
    times = {"p50_ms": round(statistics.median(took), 1), "p95_ms": round(sorted(took)[int(len(took) * 0.95)], 1)}
    if options.json:
        print(json.dumps({"halves": result, "passages": passages, **times}))
        return
    for name, count in result.items():
        print(f"{name:9}", *(f"{key} {value}" for key, value in count.items()))
    print(f"{passages} passages, {times['p50_ms']} ms p50, {times['p95_ms']} ms p95 a question")


if __name__ == "__main__":
    main()
