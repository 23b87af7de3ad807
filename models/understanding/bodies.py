"""Tuned bodies: each kept once, in `bodies/<hash of its content>` of the data folder's `models/`; no pickle.

Two versions of an agent whose examples are the same share one. Which lesson it was made for is written beside it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from appliance.errors import Invalid, Tampered
from models.embedding.ctranslate2 import DIMENSIONS, MiniLM, convert

FOLDER: Final = "bodies"
REVISION: Final = 1
"""Of tuning: a body of another revision is made anew."""
SHARE: Final = 0.7
"""How much the tuned vector weighs beside the plain one."""
_FILES: Final = ("config.json", "model.bin", "vocabulary.json")


class Beside:
    """The plain vector and the tuned one end to end, of unit length together: plain first."""

    def __init__(self, plain: MiniLM, tuned: MiniLM) -> None:
        self._plain, self._tuned = plain, tuned
        self.dimensions = plain.dimensions + tuned.dimensions

    def embed_array(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [texts, 768]."""
        plain, tuned = self._plain.embed_array(texts), self._tuned.embed_array(texts)
        return np.concatenate([plain * (1 - SHARE) ** 0.5, tuned * SHARE**0.5], axis=1)

    def plain(self, vector: np.ndarray) -> np.ndarray:
        """float32 [384]: of `vector`, what the plain one alone makes."""
        return np.asarray(vector[:DIMENSIONS] / (1 - SHARE) ** 0.5)


def needed() -> None:
    """Raises Invalid where what tuning needs is not installed: asking again would not help."""
    if importlib.util.find_spec("torch") is None:
        raise Invalid("The engine setfit needs PyTorch, which is not installed here: install the extra `train`.")


def find(models: Path, intents: Mapping[str, Sequence[str]]) -> str | None:
    """The body that was tuned to these examples."""
    wanted = _lesson(intents)
    for folder in sorted((models / FOLDER).glob("*")):
        try:
            made: dict[str, str] = json.loads((folder / "made.json").read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if made.get("lesson") == wanted:
            return folder.name
    return None


def keep(models: Path, intents: Mapping[str, Sequence[str]], weights: dict[str, np.ndarray]) -> str:
    """Writes the weights as they are served, whole or not at all; their name is returned."""
    (models / FOLDER).mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix=".tuning-", dir=models / FOLDER))
    try:
        made = working / "made"
        made.mkdir()
        convert(weights, made)
        name = _content(made)
        (made / "made.json").write_text(json.dumps({"lesson": _lesson(intents), "revision": REVISION}), "utf-8")
        try:
            os.replace(made, models / FOLDER / name)
        except OSError:  # the same is there
            if not (models / FOLDER / name / "model.bin").exists():
                raise
    finally:
        shutil.rmtree(working, ignore_errors=True)
    return name


def load(models: Path, name: str, plain: MiniLM) -> Beside:
    """Raises FileNotFoundError where it is not there, Tampered where its content is not what its name says."""
    folder = models / FOLDER / name
    if not name.isalnum() or _content(folder) != name:
        raise Tampered("A tuned body is damaged.")
    return Beside(plain, MiniLM.tuned(folder, f"tuned-{name[:8]}", plain.threads))


def _content(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in _FILES:
        digest.update(hashlib.sha256((folder / file).read_bytes()).digest())
    return digest.hexdigest()[:32]


def _lesson(intents: Mapping[str, Sequence[str]]) -> str:
    order = json.dumps({name: list(said) for name, said in intents.items()}, sort_keys=True)
    return hashlib.sha256(f"{REVISION} {order}".encode()).hexdigest()
