"""Trains an intent head, as a program of its own: scikit-learn is imported here and nowhere else.

`python -m models.understanding.training CACHE OUT KEY < order.json`, the order being `{"intents": {name: [examples]}}`.
Writes the folder OUT, whole or not at all, and exits 0.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.embedding.ctranslate2 import MiniLM
from models.understanding.background import EXAMPLES
from models.understanding.features import Weighting, normalised
from models.understanding.linear import OUT_OF_SCOPE, Head, LinearIntents

STRENGTH: Final = 8.0
"""Inverse of the penalty on large weights (C)."""
GROUPS_COUNT_FOR: Final = 0.7
"""How much the word groups weigh beside the vector, whose weight is 1."""
VECTORS_COUNT_FOR: Final = 2.0
TOO_CLOSE: Final = 0.55
"""A background example at least this similar (cosine) to one of the agent's own is left out."""
FOLDS: Final = 4


def main() -> None:
    cache, out, key = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    order: dict[str, dict[str, list[str]]] = json.load(sys.stdin)
    head = train(MiniLM(cache, threads=os.cpu_count() or 1), order["intents"])
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


def train(embedding: MiniLM, intents: dict[str, list[str]]) -> Head:
    """Fit on all examples; the temperature comes from predictions on held-out ones."""
    texts = [normalised(text) for said in intents.values() for text in said]
    labels = [name for name, said in intents.items() for _ in said]
    vectors = embedding.embed_array(texts)
    if OUT_OF_SCOPE not in intents:
        texts, labels, vectors = _with_background(embedding, texts, labels, vectors)
    names = tuple(sorted(set(labels)))
    targets = np.array([names.index(label) for label in labels])
    weighting = Weighting.learn(texts, at_least=1 if len(texts) < 5000 else 2)
    features = _features(vectors, texts, weighting)
    temperature = _temperature(features, targets, len(names))
    coefficients, bias = _fit(features, targets, len(names))
    split = vectors.shape[1]
    return Head(
        names,
        np.asarray(coefficients[:split] * VECTORS_COUNT_FOR, np.float32),
        np.asarray(coefficients[split:] * GROUPS_COUNT_FOR, np.float32),
        np.asarray(bias, np.float32),
        temperature,
        weighting,
    )


def _with_background(
    embedding: MiniLM, texts: list[str], labels: list[str], vectors: np.ndarray
) -> tuple[list[str], list[str], np.ndarray]:
    general = [normalised(text) for text in EXAMPLES]
    theirs = embedding.embed_array(general)
    apart = np.flatnonzero((theirs @ vectors.T).max(axis=1) < TOO_CLOSE) if len(vectors) else np.arange(len(general))
    kept = [general[place] for place in apart]
    return texts + kept, labels + [OUT_OF_SCOPE] * len(kept), np.concatenate([vectors, theirs[apart]])


def _features(vectors: np.ndarray, texts: list[str], weighting: Weighting) -> Any:
    from scipy import sparse

    rows, columns, values = [], [], []
    for row, text in enumerate(texts):
        places, weights = weighting.features(text)
        rows += [row] * len(places)
        columns += places
        values += weights
    shape = (len(texts), len(weighting.index))
    grouped = sparse.csr_matrix((np.array(values, np.float32) * GROUPS_COUNT_FOR, (rows, columns)), shape)
    return sparse.hstack([sparse.csr_matrix(vectors * VECTORS_COUNT_FOR), grouped]).tocsr()


def _fit(features: Any, targets: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights [features, classes] and bias [classes]."""
    from sklearn.linear_model import LogisticRegression

    if classes == 1:
        return np.zeros((features.shape[1], 1)), np.zeros(1)
    model = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-3, class_weight="balanced").fit(features, targets)
    if classes == 2:  # one row for the second class against the first
        return np.concatenate([-model.coef_ / 2, model.coef_ / 2]).T, np.concatenate(
            [-model.intercept_ / 2, model.intercept_ / 2]
        )
    return model.coef_.T, model.intercept_


def _temperature(features: Any, targets: np.ndarray, classes: int) -> float:
    """What scores are divided by so that probabilities on held-out examples are as honest as can be."""
    from sklearn.model_selection import StratifiedKFold

    if classes < 2 or np.bincount(targets).min() < FOLDS:
        return 1.0
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    scores = np.zeros((len(targets), classes))
    for known, held in folds.split(np.zeros(len(targets)), targets):
        coefficients, bias = _fit(features[known], targets[known], classes)
        scores[held] = features[held] @ coefficients + bias
    candidates = np.geomspace(0.2, 5.0, 60)
    return float(min(candidates, key=lambda value: _surprise(scores / value, targets)))


def _surprise(scores: np.ndarray, targets: np.ndarray) -> float:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(targets)), targets]))


if __name__ == "__main__":
    main()
