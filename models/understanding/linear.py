"""Intents by a linear head on MiniLM's vectors and weighted word groups, served with numpy; `training.py` makes it.

What is trained for one version of an agent lies in a folder named after that version: `head.npz` and `head.json`, never
a pickle. Probabilities are calibrated on held-out examples; `out_of_scope` is one of the classes.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from appliance.errors import Tampered
from appliance.ports import IntentScore
from models.embedding.ctranslate2 import MiniLM
from models.understanding.features import Weighting, normalised

REVISION: Final = 1
"""Of features and training: a head of another revision is trained anew."""
OUT_OF_SCOPE: Final = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Head:
    """`vectors` [dimensions, intents] and `groups` [groups, intents] weigh the two kinds of features."""

    intents: tuple[str, ...]
    vectors: np.ndarray
    groups: np.ndarray
    bias: np.ndarray
    temperature: float
    weighting: Weighting

    def probabilities(self, vector: np.ndarray, text: str) -> np.ndarray:
        places, values = self.weighting.features(text)
        scores = vector @ self.vectors + self.bias
        if places:
            scores = scores + np.asarray(values, np.float32) @ self.groups[places]
        scores = scores / self.temperature
        raised = np.exp(scores - scores.max())
        return np.asarray(raised / raised.sum())

    def save(self, folder: Path, key: str) -> None:
        arrays = {"vectors": self.vectors, "groups": self.groups, "bias": self.bias}
        np.savez(folder / "head.npz", **arrays)  # type: ignore[arg-type]
        described = {
            "revision": REVISION,
            "key": key,
            "intents": self.intents,
            "temperature": self.temperature,
            "groups": list(self.weighting.index),
            "weights": self.weighting.weights,
        }
        (folder / "head.json").write_text(json.dumps(described), "utf-8")

    @staticmethod
    def load(folder: Path) -> Head:
        """Raises FileNotFoundError where there is none, Tampered where it is damaged."""
        try:
            described: dict[str, Any] = json.loads((folder / "head.json").read_text("utf-8"))
            with np.load(folder / "head.npz", allow_pickle=False) as arrays:
                vectors, groups, bias = (np.asarray(arrays[name], np.float32) for name in ("vectors", "groups", "bias"))
            intents, named = tuple(described["intents"]), described["groups"]
            if vectors.shape[1] != len(intents) or groups.shape != (len(named), len(intents)):
                raise ValueError("shapes differ")
            weighting = Weighting({group: place for place, group in enumerate(named)}, tuple(described["weights"]))
            return Head(intents, vectors, groups, bias, float(described["temperature"]), weighting)
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            raise Tampered("A trained head is damaged.") from error


class LinearIntents:
    """The classifier of one version."""

    def __init__(self, embedding: MiniLM, head: Head) -> None:
        self._embedding, self._head = embedding, head

    def classify(self, text: str) -> list[IntentScore]:
        seen = normalised(text)
        if not seen:
            return [IntentScore(OUT_OF_SCOPE, 1.0)]
        found = self._head.probabilities(self._embedding.embed_array([seen])[0], seen)
        order = np.argsort(-found)
        return [IntentScore(self._head.intents[place], float(found[place])) for place in order]
