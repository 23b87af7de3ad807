"""How well an agent's examples teach: each is left out of training once, and asked.

`python -m models.understanding.cross_validation CACHE < order.json` prints the figures; the order is
`{"draft": {intent: [[phrase, …], …]}, "published": the same or null, "language": "en"}`, where the phrases of one
written example stand together: they are left out together, since one gives the other away.

With `published` both are asked the same: what the published version was taught. So the draft neither gains by giving
its hard examples up nor loses by having new ones. Without it the draft is asked its own. Everything is by vectors of
the embedding model as it comes, whatever engine the agent is trained by, and comes out the same each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.embedding.ctranslate2 import MiniLM
from models.understanding.background import background
from models.understanding.features import normalised
from models.understanding.linear import NEIGHBOURS, OUT_OF_SCOPE, Head
from models.understanding.training import NONE, POLITE, TOO_CLOSE, TOO_CLOSE_ABROAD, Lesson, fit, grouped

FOLDS: Final = 5
WAYS: Final = 3
"""Phrases of one written example that are asked; evenly chosen."""
TAUGHT: Final = 6
"""Phrases of one written example that are learnt from: a placeholder of many options counts no more than that."""
ANCHORS: Final = 2500
"""Texts that are learnt from at a time; of more, so many are drawn evenly from all intents."""
ASKED_AT_ONCE: Final = 500
Taught = Mapping[str, Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Example:
    """A written example and the phrases that it stands for."""

    intent: str
    phrases: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.phrases[0]


def main() -> None:
    os.nice(max(0, POLITE - os.nice(0)))
    order: dict[str, Any] = json.load(sys.stdin)
    embedding = MiniLM(Path(sys.argv[1]), threads=os.cpu_count() or 1)
    found = measured(embedding, order["draft"], order.get("published"), order.get("language", "en"))
    sys.stdout.write(json.dumps(found))


def measured(embedding: MiniLM, draft: Taught, published: Taught | None, language: str = "en") -> dict[str, Any]:
    """`{"examples", "outside", "after", "before", "intents"}`: shares from 0 to 1, `before` and each intent's None
    without a published version. `intents`: name → examples asked, right before and after, and what the others are
    mostly taken for."""
    own = _read(draft)
    theirs = _read(published) if published is not None else None
    general = [Example(OUT_OF_SCOPE, (text,)) for text in dict.fromkeys(map(normalised, background(language))) if text]
    vectors = _Vectors(embedding, [*own, *(theirs or []), *general])
    others = _apart(vectors, general, [*own, *(theirs or [])], TOO_CLOSE if language == "en" else TOO_CLOSE_ABROAD)
    questions = _questions(own, theirs)
    folds = _folds([*questions, *own, *(theirs or []), *others])
    after = _asked(vectors, own, others, questions, folds)
    before = _asked(vectors, theirs, others, questions, folds) if theirs is not None else None
    return _told(questions, after, before)


def _read(taught: Taught) -> list[Example]:
    """Without what says nothing once it is normalised, and every text once."""
    found: list[Example] = []
    seen: set[str] = set()
    for intent in sorted(taught):
        for phrases in taught[intent]:
            said = [text for text in dict.fromkeys(normalised(one) for one in phrases) if text and text not in seen]
            seen.update(said)
            if said:
                found.append(Example(intent, tuple(_evenly(said, TAUGHT))))
    return found


def _apart(vectors: _Vectors, general: Sequence[Example], own: Sequence[Example], close: float) -> list[Example]:
    """What no agent is for, but for what is near the one's examples or the other's: that may be theirs."""
    inside = [one.name for one in own if one.intent != OUT_OF_SCOPE]
    if not inside or not general:
        return list(general)
    near = (vectors.of([one.name for one in general]) @ vectors.of(inside).T).max(axis=1)
    return [one for one, share in zip(general, near, strict=True) if share < close]


class _Vectors:
    def __init__(self, embedding: MiniLM, examples: Sequence[Example]) -> None:
        texts = list(dict.fromkeys(text for one in examples for text in one.phrases))
        names = sorted({one.intent for one in examples})
        texts += [text for text in (_title(name) for name in names) if text not in set(texts)]
        self._places = {text: place for place, text in enumerate(texts)}
        self._rows = embedding.embed_array(texts)

    def of(self, texts: Sequence[str]) -> np.ndarray:
        return np.asarray(self._rows[[self._places[text] for text in texts]])


def _questions(own: Sequence[Example], theirs: Sequence[Example] | None) -> list[Example]:
    """What is asked: of what the published version was taught that which the draft has no other opinion of."""
    if theirs is None:
        return list(own)
    meant = {text: one.intent for one in own for text in one.phrases}
    known = {one.intent for one in own} | {OUT_OF_SCOPE}
    return [one for one in theirs if one.intent in known and meant.get(one.name, one.intent) == one.intent]


def _folds(examples: Sequence[Example]) -> dict[str, int]:
    """Which round an example is left out in: by its text, so that it is the same round in both versions, and evenly
    in each intent."""
    by_intent: dict[str, dict[str, None]] = {}
    taken: set[str] = set()
    for one in examples:
        if one.name not in taken:
            taken.add(one.name)
            by_intent.setdefault(one.intent, {})[one.name] = None
    found: dict[str, int] = {}
    for number, intent in enumerate(sorted(by_intent)):
        shuffled = sorted(by_intent[intent], key=lambda text: hashlib.sha256(text.encode()).digest())
        found |= {text: (number + place) % FOLDS for place, text in enumerate(shuffled)}
    return found


@dataclass(frozen=True, slots=True)
class _Answers:
    """`right` [questions]: the share of its phrases that are understood; `taken_for` what the first of the others
    is."""

    right: np.ndarray
    taken_for: tuple[str, ...]


def _asked(
    vectors: _Vectors,
    taught: Sequence[Example],
    others: Sequence[Example],
    questions: Sequence[Example],
    folds: Mapping[str, int],
) -> _Answers:
    """Every question to what is learnt without it. What is outside counts among the questions as `out_of_scope`."""
    asked = [*questions, *others]
    names = tuple(sorted({one.intent for one in taught} - {OUT_OF_SCOPE}))
    right, taken_for = np.zeros(len(asked)), [""] * len(asked)
    for fold in range(FOLDS):
        places = [place for place, one in enumerate(asked) if folds[one.name] == fold]
        left_out = {text for place in places for text in asked[place].phrases}
        kept = [one for one in [*taught, *others] if folds[one.name] != fold]
        head = _learnt(vectors, names, kept, left_out)
        texts = [(place, text) for place in places for text in _evenly(asked[place].phrases, WAYS)]
        said = _judged(head, vectors.of([text for _, text in texts]), [text for _, text in texts])
        counts = Counter(place for place, _ in texts)
        for (place, _), name in zip(texts, said, strict=True):
            right[place] += (name == asked[place].intent) / counts[place]
            if name != asked[place].intent and not taken_for[place]:
                taken_for[place] = name
    return _Answers(right, tuple(taken_for))


def _learnt(vectors: _Vectors, names: tuple[str, ...], examples: Sequence[Example], left_out: set[str]) -> Head:
    """As `training.lesson` has it, from vectors that are there: every intent at least by its name."""
    places = {name: place for place, name in enumerate(names)}
    pairs = [(text, places.get(one.intent, NONE)) for one in examples for text in one.phrases if text not in left_out]
    pairs = _drawn(pairs, ANCHORS)
    texts = [text for text, _ in pairs] + [_title(name) for name in names]
    owners = np.array([owner for _, owner in pairs] + list(range(len(names))), np.int32)
    shown = tuple(text for text, _ in pairs) + ("",) * len(names)
    return fit(Lesson(names, shown, texts, owners, vectors.of(texts)), rounds=0)


def _judged(head: Head, vectors: np.ndarray, texts: Sequence[str]) -> list[str]:
    """The likeliest answer of each, `out_of_scope` among them: `Head.judge` for many."""
    found: list[str] = []
    for first in range(0, len(texts), ASKED_AT_ONCE):
        here = np.asarray(vectors[first : first + ASKED_AT_ONCE] @ head.metric)
        squared = head.lengths[None, :] + (here**2).sum(axis=1)[:, None] - 2 * (here @ head.anchors.T)
        similar = 1 - np.maximum(squared, 0) / 2
        scores = np.exp(2 * head.width * (similar - 1)) @ head.weights
        scores = scores + grouped(texts[first : first + ASKED_AT_ONCE], head.weighting) @ head.groups
        own = np.where(head.owners[None, :] >= 0, similar, -1.0)
        count = min(NEIGHBOURS, own.shape[1])
        familiar = scores.max(axis=1) - np.partition(-own, count - 1, axis=1)[:, :count].mean(axis=1)
        slope, middle = head.novelty
        outside = 1 / (1 + np.exp(np.clip(slope * (familiar - middle), -60, 60)))
        raised = np.exp((scores - scores.max(axis=1, keepdims=True)) / head.temperature)
        likeliest = (1 / raised.sum(axis=1)) * (1 - outside)
        best = scores.argmax(axis=1)
        found += [
            head.intents[place] if share >= out else OUT_OF_SCOPE
            for place, share, out in zip(best, likeliest, outside, strict=True)
        ]
    return found


def _told(questions: Sequence[Example], after: _Answers, before: _Answers | None) -> dict[str, Any]:
    names = np.array([one.intent for one in questions] + [OUT_OF_SCOPE] * (len(after.right) - len(questions)))
    outside = names == OUT_OF_SCOPE

    def shares(answers: _Answers) -> dict[str, float]:
        return {"accuracy": _mean(answers.right[~outside]), "out_of_scope": _mean(answers.right[outside])}

    intents: dict[str, Any] = {}
    for name in sorted(set(names.tolist())):
        own = np.flatnonzero(names == name)
        wrong = Counter(after.taken_for[place] for place in own if after.taken_for[place])
        intents[name] = {
            "examples": len(own),
            "before": None if before is None else _mean(before.right[own]),
            "after": _mean(after.right[own]),
            "taken_for": min(wrong, key=lambda one: (-wrong[one], one)) if wrong else None,
        }
    return {
        "examples": int((~outside).sum()),
        "outside": int(outside.sum()),
        "after": shares(after),
        "before": None if before is None else shares(before),
        "intents": intents,
    }


def _mean(right: np.ndarray) -> float:
    return round(float(right.mean()), 4) if len(right) else 1.0


def _title(intent: str) -> str:
    return normalised(intent.replace("_", " "))


def _evenly(texts: Sequence[str], at_most: int) -> list[str]:
    if len(texts) <= at_most:
        return list(texts)
    return [texts[place * len(texts) // at_most] for place in range(at_most)]


def _drawn(pairs: list[tuple[str, int]], limit: int) -> list[tuple[str, int]]:
    """In turn from every intent."""
    if len(pairs) <= limit:
        return pairs
    turns: Counter[int] = Counter()
    ranked = []
    for place, (_, owner) in enumerate(pairs):
        ranked.append((turns[owner], place))
        turns[owner] += 1
    return [pairs[place] for place in sorted(place for _, place in sorted(ranked)[:limit])]


if __name__ == "__main__":
    main()
