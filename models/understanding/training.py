"""Trains an intent head, as a program of its own: scikit-learn is imported here and nowhere else.

`python -m models.understanding.training CACHE OUT KEY < order.json`, the order being `{"intents": {name: [examples]}}`,
with `"engine": "setfit"` where the body is to be tuned first. Writes the folder OUT, whole or not at all, and exits 0.
A tuned body goes into the folder `bodies` beside that of OUT.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.embedding.ctranslate2 import MiniLM
from models.understanding import bodies
from models.understanding.background import background
from models.understanding.features import Weighting, normalised
from models.understanding.linear import NEIGHBOURS, OUT_OF_SCOPE, Head, LinearIntents

WIDTH: Final = 2.0
"""How fast nearness fades with the squared distance."""
GROUPS_COUNT_FOR: Final = 0.2
"""How much words, and letters, weigh beside nearness, whose weight is 1."""
RIDGE: Final = 0.2
METRIC_WIDTH: Final = 1.0
METRIC_ROUNDS: Final = 3
DENSE: Final = 40
"""Examples an intent from which a metric gains nothing any more."""
METRIC_POWER: Final = 0.25
METRIC_EXAMPLES: Final = 3000
METRIC_POINTS: Final = 400
METRIC_DIRECTIONS: Final = 80
MAX_ANCHORS: Final = 16_000
"""Of more examples, so many are drawn evenly from all intents: memory and time grow with the square."""
TOO_CLOSE: Final = 0.55
"""A background example at least this similar (cosine) to one of the agent's own is left out."""
TOO_CLOSE_ABROAD: Final = 0.9
"""The same in a language that the vectors were not made for: there all sentences are near each other."""
IN_SCOPE_AT_MOST: Final = 5.0
"""How much likelier a text is meant for the agent than not: as its examples outnumber the others, up to this."""
NONE: Final = -1
HELD: Final = 0.1
"""The share of an intent's examples that a body is not tuned to: by these it is known how sure the tuned one may be."""
HELD_OF: Final = 5
"""Of an intent with fewer examples none is held back."""
POLITE: Final = 15
"""Tuning takes minutes and gives way to calls."""


def main() -> None:
    cache, out, key = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    order: dict[str, Any] = json.load(sys.stdin)
    embedding, intents = MiniLM(cache, threads=os.cpu_count() or 1), order["intents"]
    language = order.get("language", "en")
    if order.get("engine") == "setfit":
        head = tune(embedding, intents, out.parent.parent, language)
    else:
        head = train(embedding, intents, language)
    out.parent.mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix=".training-", dir=out.parent))
    try:
        head.save(working, key)
        if out.exists():
            os.replace(out, working / "old")
        os.replace(working, out)
        shutil.rmtree(out / "old", ignore_errors=True)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def trained(embedding: MiniLM, intents: dict[str, list[str]]) -> LinearIntents:
    """Ready to classify, without a version's folder: for measuring."""
    return LinearIntents(embedding, train(embedding, intents))


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a head is fitted on: `owners` [texts] are places of intents in `names`, `NONE` where they are of none.
    `shown` are the examples as they may be told, empty where a text is an intent's name."""

    names: tuple[str, ...]
    shown: tuple[str, ...]
    texts: list[str]
    owners: np.ndarray
    vectors: np.ndarray


def train(embedding: MiniLM, intents: dict[str, list[str]], language: str = "en") -> Head:
    """Fit on all examples; temperature and novelty come from each example's score with itself left out."""
    return fit(lesson(embedding, intents, language))


def tune(embedding: MiniLM, intents: dict[str, list[str]], models: Path, language: str = "en") -> Head:
    """The same on a body that was tuned to the examples, which then lies in `models`; temperature and novelty come from
    those it was not tuned to."""
    learnt = lesson(embedding, intents, language)
    held = _held(learnt)
    body = bodies.find(models, intents)
    if body is None:
        from models.understanding.tuning import tuned

        os.nice(max(0, POLITE - os.nice(0)))
        inside = (learnt.owners >= 0) & ~held
        weights = tuned(
            [learnt.texts[place] for place in np.flatnonzero(inside)],
            learnt.owners[inside],
            [learnt.texts[place] for place in np.flatnonzero((learnt.owners < 0) & ~held)],
            learnt.vectors[inside],
            _tell,
        )
        body = bodies.keep(models, intents, weights)
    beside = bodies.load(models, body, embedding)
    head = fit(replace(learnt, vectors=beside.embed_array(learnt.texts)), held)
    return replace(head, body=body)


def _held(learnt: Lesson) -> np.ndarray:
    """Some of every intent's examples, and of those of none."""
    chance, held = np.random.default_rng(1), np.zeros(len(learnt.texts), bool)
    said = np.array([bool(text) for text in learnt.shown])
    for name in np.unique(learnt.owners):
        own = np.flatnonzero((learnt.owners == name) & said)
        if len(own) >= HELD_OF:
            held[chance.permutation(own)[: max(1, round(len(own) * HELD))]] = True
    return held


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def lesson(embedding: MiniLM, intents: dict[str, list[str]], language: str = "en") -> Lesson:
    names = tuple(sorted(name for name in intents if name != OUT_OF_SCOPE))
    texts = [normalised(text) for name in names for text in intents[name]]
    owners = np.array([place for place, name in enumerate(names) for _ in intents[name]], np.int32)
    chosen = _evenly(owners, MAX_ANCHORS)
    shown = [texts[place] for place in chosen] + [""] * len(names)
    texts = [texts[place] for place in chosen] + [normalised(name.replace("_", " ")) for name in names]
    owners = np.concatenate([owners[chosen], np.arange(len(names), dtype=np.int32)])
    vectors = embedding.embed_array(texts)
    outside = intents.get(OUT_OF_SCOPE, [])
    others, close = background(language), TOO_CLOSE if language == "en" else TOO_CLOSE_ABROAD
    texts, owners, vectors = _with_background(embedding, texts, owners, vectors, outside, others, close)
    return Lesson(names, tuple(shown + texts[len(shown) :]), texts, owners, vectors)


def fit(learnt: Lesson, honest: np.ndarray | None = None, rounds: int = METRIC_ROUNDS) -> Head:
    """`honest` [texts]: those by whose scores the head is calibrated; all, where none are given. `rounds`: in which a
    metric is learnt, where there are few examples."""
    names, texts, owners, vectors = learnt.names, learnt.texts, learnt.owners, learnt.vectors
    targets = np.zeros((len(texts), len(names)), np.float32)
    targets[owners >= 0, owners[owners >= 0]] = 1
    ridge = _ridge(owners)
    few = len(texts) < DENSE * len(names)
    metric = learnt_metric(vectors, targets, ridge, rounds if few else 0)
    anchors = np.asarray(vectors @ metric, np.float32)
    weighting = Weighting.learn(texts, at_least=1 if len(texts) < 3000 else 2)
    in_groups = grouped(texts, weighting)
    similar = 1 - squared_distances(anchors, anchors) / 2
    weights, left_out = _solve(np.exp(2 * WIDTH * (similar - 1)), in_groups, targets, ridge)
    own = np.where(owners[None, :] >= 0, similar, -1.0)
    np.fill_diagonal(own, -1.0)
    count = min(NEIGHBOURS, len(texts))
    familiar = left_out.max(axis=1) - np.partition(-own, count - 1, axis=1)[:, :count].mean(axis=1)
    judged = honest if honest is not None and (honest & (owners >= 0)).any() else np.ones(len(texts), bool)
    inside = judged & (owners >= 0)
    return Head(
        names,
        learnt.shown,
        metric,
        anchors,
        owners,
        weights,
        np.asarray(in_groups.T @ weights * GROUPS_COUNT_FOR, np.float32),
        WIDTH,
        _temperature(left_out[inside], owners[inside]),
        _novelty(familiar[judged], owners[judged] >= 0),
        weighting,
    )


def _evenly(owners: np.ndarray, limit: int) -> np.ndarray:
    """Places of `limit` examples at most: in turn from every intent."""
    if len(owners) <= limit:
        return np.arange(len(owners))
    chance = np.random.default_rng(0)
    turns = np.empty(len(owners))
    for name in np.unique(owners):
        own = np.flatnonzero(owners == name)
        turns[own] = chance.permutation(len(own))
    return np.sort(np.argsort(turns, kind="stable")[:limit])


def _with_background(
    embedding: MiniLM,
    texts: list[str],
    owners: np.ndarray,
    vectors: np.ndarray,
    given: list[str],
    others: tuple[str, ...],
    close: float,
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Beside the agent's own: what it is said not to be for, and the general background that is not close to it."""
    general = [normalised(text) for text in others]
    theirs = embedding.embed_array(general)
    apart = np.flatnonzero((theirs @ vectors.T).max(axis=1) < close) if len(vectors) else np.arange(len(general))
    outside = [normalised(text) for text in given]
    return (
        texts + outside + [general[place] for place in apart],
        np.concatenate([owners, np.full(len(outside) + len(apart), NONE, np.int32)]),
        np.concatenate([vectors, embedding.embed_array(outside), theirs[apart]]),
    )


def _ridge(owners: np.ndarray) -> np.ndarray:
    """The penalty, by example: less for those of intents with few."""
    _, kinds, counts = np.unique(owners, return_inverse=True, return_counts=True)
    share = counts[kinds] / counts.mean()
    return np.asarray(RIDGE * np.clip(np.sqrt(share), 0.5, 2.0), np.float32)


def learnt_metric(vectors: np.ndarray, targets: np.ndarray, ridge: np.ndarray, rounds: int) -> np.ndarray:
    """[dimensions, dimensions]: directions along which intents change are stretched, the others shrunk.

    A recursive feature machine (Radhakrishnan et al. 2024): kernel regression, then the average outer product of its
    gradients as the next round's metric.
    """
    from scipy.linalg import cho_factor, cho_solve

    chance = np.random.default_rng(0)
    chosen = chance.permutation(len(vectors))[:METRIC_EXAMPLES]
    points, wanted = vectors[chosen], targets[chosen]
    dimensions = vectors.shape[1]
    metric: np.ndarray = np.eye(dimensions, dtype=np.float32)
    for _ in range(rounds):
        there = points @ metric
        kernel = np.exp(-squared_distances(there, there) * METRIC_WIDTH)
        kernel[np.diag_indices_from(kernel)] += ridge[chosen]
        weights = np.asarray(cho_solve(cho_factor(kernel, overwrite_a=True), wanted), np.float32)
        if weights.shape[1] > METRIC_DIRECTIONS:  # as good on average as every intent for itself
            signs = chance.choice(np.array([-1, 1], np.float32), (weights.shape[1], METRIC_DIRECTIONS))
            weights = weights @ signs
        few = chance.permutation(len(points))[:METRIC_POINTS]
        nearness = np.exp(-squared_distances(there[few], there) * METRIC_WIDTH)
        product = np.zeros((dimensions, dimensions), np.float32)
        for column in weights.T:
            pulls = nearness * column
            slopes = pulls.sum(axis=1)[:, None] * there[few] - pulls @ there
            product += slopes.T @ slopes
        product = metric @ product @ metric.T
        values, turned = np.linalg.eigh(product)
        raised = np.maximum(values / max(float(values[-1]), 1e-12), 1e-9) ** (METRIC_POWER / 2)
        metric = np.asarray((turned * raised) @ turned.T, np.float32)
        metric = metric / np.sqrt(((points @ metric) ** 2).sum(axis=1).mean())
    return metric


def squared_distances(these: np.ndarray, those: np.ndarray) -> np.ndarray:
    products: np.ndarray = these @ those.T
    products *= -2
    products += (these**2).sum(axis=1)[:, None]
    products += (those**2).sum(axis=1)[None, :]
    np.maximum(products, 0, out=products)
    return products


def grouped(texts: Sequence[str], weighting: Weighting) -> Any:
    """Sparse [texts, groups]."""
    from scipy import sparse

    rows, columns, values = [], [], []
    for row, text in enumerate(texts):
        places, weights = weighting.features(text)
        rows += [row] * len(places)
        columns += places
        values += weights
    shape = (len(texts), len(weighting.index))
    return sparse.csr_matrix((np.array(values, np.float32), (rows, columns)), shape)


def _solve(kernel: np.ndarray, grouped: Any, targets: np.ndarray, ridge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights [examples, intents], and each example's scores as they would be without it (`kernel` is used up)."""
    from scipy.linalg import cho_factor, cho_solve
    from scipy.linalg.lapack import strtri

    for first in range(0, len(kernel), 1000):
        kernel[first : first + 1000] += (grouped[first : first + 1000] @ grouped.T).toarray() * GROUPS_COUNT_FOR
    kernel[np.diag_indices_from(kernel)] += ridge
    factor, lower = cho_factor(np.asarray(kernel, np.float32, order="F"), lower=True, overwrite_a=True)
    weights = np.asarray(cho_solve((factor, lower), targets), np.float32)
    inverse, _ = strtri(factor, lower=1, overwrite_c=1)
    diagonal = np.array([float(inverse[place:, place] @ inverse[place:, place]) for place in range(len(inverse))])
    return weights, targets - weights / diagonal[:, None]


def _temperature(scores: np.ndarray, owners: np.ndarray) -> float:
    """What scores are divided by so that probabilities of examples left out are as honest as can be."""
    candidates = np.geomspace(0.02, 1.0, 60)
    return float(min(candidates, key=lambda value: _surprise(scores / value, owners)))


def _surprise(scores: np.ndarray, targets: np.ndarray) -> float:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(targets)), targets]))


def _novelty(familiar: np.ndarray, inside: np.ndarray) -> tuple[float, float]:
    """Slope and middle of the probability that a text is in scope, by its familiarity."""
    from sklearn.linear_model import LogisticRegression

    if inside.all() or not inside.any():
        return 10.0, 0.5
    often = float(np.clip(inside.sum() / (~inside).sum(), 1, IN_SCOPE_AT_MOST))
    heavy = {
        kind: weight * len(inside) / (often + 1)
        for kind, weight in ((True, often / inside.sum()), (False, 1 / (~inside).sum()))
    }
    model = LogisticRegression(C=100.0, class_weight=heavy).fit(familiar[:, None], inside)
    slope = max(float(model.coef_[0, 0]), 1e-3)
    return slope, float(-model.intercept_[0] / slope)


if __name__ == "__main__":
    main()
