"""Exact values of entities, by type, on the half of the development set that was kept out while tuning; and the time.

    python scripts/bench/entities.py [--all] [--wrong] [--json]

An utterance counts where every value of its entity is right and there is none too many. The time is of every utterance
against an agent that has all the entities of the set.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from models.entities.finder import Finder  # noqa: E402
from tests.models.entities.utterance_sets import ENTITIES, utterances, values_found  # noqa: E402


def milliseconds(rounds: int) -> list[float]:
    finder = Finder(ENTITIES)
    took: list[float] = []
    for _ in range(rounds):
        for one in utterances():
            began = time.perf_counter()
            finder.find(one.text, one.setting)
            took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="both halves")
    parser.add_argument("--tuned", action="store_true", help="the half that was tuned on")
    parser.add_argument("--wrong", action="store_true", help="name the wrong ones of the tuned half")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    right: dict[tuple[str, str], int] = defaultdict(int)
    total: dict[tuple[str, str], int] = defaultdict(int)
    for one in utterances():
        if not chosen.all and one.kept_out == chosen.tuned:
            continue
        found = values_found(one)
        for key in ((one.locale[:2], one.of), (one.locale[:2], "all"), ("all", "all")):
            total[key] += 1
            right[key] += found == one.gold
        if chosen.wrong and not one.kept_out and found != one.gold:
            print(f"{one.locale} {one.of}{'?' if one.expects else ''}: {one.text!r}: {found} for {one.gold}")
    took = milliseconds(chosen.rounds)
    p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
    if chosen.json:
        rows = [{"language": key[0], "entity": key[1], "right": right[key], "of": total[key]} for key in sorted(total)]
        print(json.dumps({"rows": rows, "ms": {"p50": round(p50, 3), "p95": round(p95, 3), "max": round(took[-1], 3)}}))
        return
    for key in sorted(total):
        print(f"{key[0]:4} {key[1]:16} {right[key]:4} of {total[key]:4}  {100 * right[key] / total[key]:6.1f} %")
    print(f"{p50:.2f} ms p50, {p95:.2f} ms p95, {took[-1]:.2f} ms at most; {len(took)} utterances")


if __name__ == "__main__":
    main()
