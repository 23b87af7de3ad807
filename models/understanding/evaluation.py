"""How well a classifier does on labelled texts: accuracy, F1, out of scope, confusions, honesty of probabilities.

A set without a text that is out of scope is *closed*: the likeliest intent counts, as in published tables, and how many
would have been refused is told beside it. Otherwise `out_of_scope` is an answer like another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.understanding.linear import OUT_OF_SCOPE

CONFUSIONS: Final = 20
CURVE: Final = 101
BINS: Final = 15


@dataclass(frozen=True, slots=True)
class Judged:
    """`probabilities` [texts, names] with `out_of_scope` among the names; `wanted` may hold names never trained."""

    names: tuple[str, ...]
    probabilities: np.ndarray
    wanted: tuple[str, ...]


def measures(judged: Judged) -> dict[str, Any]:
    """Shares from 0 to 1; None where there is nothing to measure."""
    wanted = np.array(judged.wanted, dtype=object)
    outside = wanted == OUT_OF_SCOPE
    column = judged.names.index(OUT_OF_SCOPE)
    refusing = judged.probabilities[:, column]
    intents = judged.probabilities.copy()
    intents[:, column] = -1.0
    likeliest = np.array([judged.names[place] for place in intents.argmax(axis=1)], dtype=object)
    served = np.array([judged.names[place] for place in judged.probabilities.argmax(axis=1)], dtype=object)
    closed = not outside.any()
    said = likeliest if closed else served
    refused = served == OUT_OF_SCOPE
    return {
        "accuracy": _share(said == wanted),
        "macro_f1": macro_f1(wanted, said),
        "in_scope_accuracy": _share((said == wanted)[~outside]),
        "in_scope_accuracy_served": _share((served == wanted)[~outside]),
        "in_scope_refused": _share(refused[~outside]),
        "out_of_scope_recall": _share(refused[outside]),
        "out_of_scope_precision": _share(outside[refused]) if not closed else None,
        "calibration_error": calibration_error(judged.probabilities.max(axis=1), served == wanted),
        "confusions": _confusions(wanted, said),
        "out_of_scope_curve": [] if closed else curve(refusing, likeliest == wanted, outside),
    }


def macro_f1(wanted: np.ndarray, said: np.ndarray) -> float:
    """The mean over all labels that are wanted or said."""
    right, in_wanted, in_said = Counter(wanted[wanted == said]), Counter(wanted), Counter(said)
    labels = set(in_wanted) | set(in_said)
    return round(float(np.mean([2 * right[name] / (in_wanted[name] + in_said[name]) for name in labels])), 4)


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over 15 equal bins (Guo et al. 2017)."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        (bins == place).mean() * abs(confidence[bins == place].mean() - right[bins == place].mean())
        for place in np.unique(bins)
    ]
    return round(float(sum(gaps)), 4)


def curve(refusing: np.ndarray, right: np.ndarray, outside: np.ndarray) -> list[dict[str, float]]:
    """Recall of what is out of scope against accuracy in scope, from refusing nothing to refusing all."""
    points = []
    for threshold in np.quantile(refusing, np.linspace(1, 0, CURVE)):
        kept = refusing < threshold
        points.append(
            {
                "threshold": round(float(threshold), 5),
                "recall": round(float((~kept)[outside].mean()), 4),
                "in_scope_accuracy": round(float((kept & right)[~outside].mean()), 4),
            }
        )
    return points


def _share(these: np.ndarray) -> float | None:
    return round(float(np.mean(these.astype(float))), 4) if len(these) else None


def _confusions(wanted: np.ndarray, said: np.ndarray) -> list[dict[str, Any]]:
    wrong = Counter((str(one), str(other)) for one, other in zip(wanted, said, strict=True) if one != other)
    found = sorted(wrong.items(), key=lambda pair: (-pair[1], pair[0]))[:CONFUSIONS]
    return [{"intent": one, "taken_for": other, "times": times} for (one, other), times in found]


def drawn(labels: Sequence[str], shots: int, seed: int) -> list[int]:
    """Places of `shots` examples of every label, by chance; all of a label that has fewer."""
    chance = np.random.default_rng(seed)
    places: list[int] = []
    for name in sorted(set(labels)):
        own = np.array([place for place, label in enumerate(labels) if label == name])
        places += chance.permutation(own)[:shots].tolist()
    return places
