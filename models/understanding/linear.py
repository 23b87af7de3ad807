"""Intents by kernel regression over MiniLM's vectors and weighted word groups, with numpy; `training.py` makes it.

An intent's score is a weighted sum of how near the text is to each example, in a metric learnt from the examples, and
of the text's word groups. What is far from all examples is out of scope. Probabilities are calibrated on examples left
out. What is trained for one version of an agent lies in a folder named after that version: `head.npz` and `head.json`,
never a pickle.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from appliance.errors import Tampered
from appliance.events import Near
from appliance.ports import IntentScore
from models.embedding.ctranslate2 import MiniLM
from models.understanding.bodies import Beside
from models.understanding.features import Weighting, normalised
from models.understanding.spelling import Spelling

REVISION: Final = 3
"""Of features and training: a head of another revision is trained anew."""
OUT_OF_SCOPE: Final = "out_of_scope"
NEIGHBOURS: Final = 5
"""So many of the nearest examples say how near a text is to what the agent knows."""
NEAREST: Final = 3
_ARRAYS: Final = ("metric", "anchors", "owners", "weights", "groups")
"""What is kept of a head; the anchors' lengths are found anew."""


@dataclass(frozen=True, slots=True)
class Judgement:
    scores: tuple[IntentScore, ...]
    """Likeliest first, `out_of_scope` among them; they sum to 1."""
    nearest: tuple[Near, ...]
    vector: np.ndarray | None = None
    """The text's, for what else is judged by it; None where nothing was said."""


@dataclass(frozen=True, slots=True)
class Head:
    """`metric` [dimensions, dimensions] turns a vector to where nearness counts.

    `anchors` [examples, dimensions] lie there; `owners` [examples] are places of their intents, -1 where they are of
    none. An intent's own name is an anchor too, one without text. `weights` [examples, intents] and `groups` [groups,
    intents] make the scores. `novelty` is slope and middle of how familiarity tells what is in scope.
    """

    intents: tuple[str, ...]
    examples: tuple[str, ...]
    metric: np.ndarray
    anchors: np.ndarray
    owners: np.ndarray
    weights: np.ndarray
    groups: np.ndarray
    width: float
    temperature: float
    novelty: tuple[float, float]
    weighting: Weighting
    body: str | None = None
    """The hash of the tuned body that the anchors' vectors are of; none: MiniLM as it is."""
    lengths: np.ndarray = field(init=False)
    """Of the anchors, squared."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "lengths", np.einsum("ed,ed->e", self.anchors, self.anchors))

    def judge(self, vector: np.ndarray, text: str) -> Judgement:
        similar = self.similarities(vector)
        scores = np.exp(2 * self.width * (similar - 1)) @ self.weights
        places, values = self.weighting.features(text)
        if places:
            scores = scores + np.asarray(values, np.float32) @ self.groups[places]
        own = np.where(self.owners >= 0, similar, -1.0)
        count = min(NEIGHBOURS, len(own))
        near = np.argpartition(-own, count - 1)[:count]
        near = near[np.argsort(-own[near])]
        slope, middle = self.novelty
        familiar = float(scores.max()) + float(own[near].mean())
        outside = 1 / (1 + np.exp(np.clip(slope * (familiar - middle), -60, 60)))
        raised = np.exp((scores - scores.max()) / self.temperature)
        found = [
            *zip(self.intents, (raised / raised.sum() * (1 - outside)).tolist(), strict=True),
            (OUT_OF_SCOPE, float(outside)),
        ]
        return Judgement(
            tuple(IntentScore(name, share) for name, share in sorted(found, key=lambda pair: -pair[1])),
            tuple(
                Near(self.examples[place], self.intents[self.owners[place]], round(float(own[place]), 4))
                for place in [place for place in near if self.owners[place] >= 0 and self.examples[place]][:NEAREST]
            ),
            vector,
        )

    def similarities(self, vector: np.ndarray) -> np.ndarray:
        """1 less half the squared distance: the cosine, were the metric none."""
        here = vector @ self.metric
        squared = self.lengths + here @ here - 2 * (self.anchors @ here)
        return np.asarray(1 - np.maximum(squared, 0) / 2)

    def save(self, folder: Path, key: str) -> None:
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        np.savez(folder / "head.npz", **arrays)
        described = {
            "revision": REVISION,
            "key": key,
            "intents": self.intents,
            "examples": self.examples,
            "width": self.width,
            "temperature": self.temperature,
            "novelty": self.novelty,
            "groups": list(self.weighting.index),
            "weights": self.weighting.weights,
        } | ({"body": self.body} if self.body else {})
        (folder / "head.json").write_text(json.dumps(described), "utf-8")

    @staticmethod
    def load(folder: Path) -> Head:
        """Raises FileNotFoundError where there is none, Tampered where it is damaged."""
        try:
            described: dict[str, Any] = json.loads((folder / "head.json").read_text("utf-8"))
            with np.load(folder / "head.npz", allow_pickle=False) as arrays:
                metric, anchors, owners, weights, groups = (np.asarray(arrays[name]) for name in _ARRAYS)
            intents, named = tuple(described["intents"]), described["groups"]
            examples = tuple(described["examples"])
            shapes = ((len(examples), len(intents)), (len(named), len(intents)), (len(examples), len(metric)))
            if (weights.shape, groups.shape, anchors.shape) != shapes or len(owners) != len(examples):
                raise ValueError("shapes differ")
            weighting = Weighting({group: place for place, group in enumerate(named)}, tuple(described["weights"]))
            slope, middle = (float(value) for value in described["novelty"])
            return Head(
                intents, examples, metric, anchors, owners, weights, groups,
                float(described["width"]), float(described["temperature"]), (slope, middle), weighting,
                described.get("body"),
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise Tampered("A trained head is damaged.") from error


class LinearIntents:
    """The classifier of one version."""

    def __init__(self, embedding: MiniLM | Beside, head: Head) -> None:
        self._embedding, self._head = embedding, head
        self._spelling = Spelling(head.weighting.words)

    @property
    def beside(self) -> Beside:
        """What is served by a tuned body only."""
        assert isinstance(self._embedding, Beside)
        return self._embedding

    def classify(self, text: str) -> list[IntentScore]:
        return list(self.judge(text).scores)

    def judge(self, text: str) -> Judgement:
        seen = normalised(text)
        if not seen:
            return Judgement((IntentScore(OUT_OF_SCOPE, 1.0),), ())
        seen = self._spelling.corrected(seen)
        vector = self._embedding.embed_array([seen])[0]
        judged = self._head.judge(vector, seen)
        if isinstance(self._embedding, Beside):
            judged = replace(judged, vector=self._embedding.plain(vector))
        return judged
