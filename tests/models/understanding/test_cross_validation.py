"""What a draft makes of what it is taught, and of what the version before it was taught; with vectors of a fake."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from models.embedding.ctranslate2 import MiniLM
from models.understanding import cross_validation
from models.understanding.cross_validation import measured

BALANCE = [f"how much money is there in account {word}" for word in ("one", "two", "six", "ten", "nine", "now")]
BLOCK = [f"please block my lost card {word}" for word in ("today", "at once", "quickly", "for good", "please", "now")]
OUTSIDE = ("what is the weather", "tell me a joke", "sing a song", "who won the game", "cook some rice", "call a taxi")


class Words:
    """A text is the sum of its words' directions."""

    def embed_array(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.array([sum((self._word(word) for word in text.split()), np.full(64, 1e-3)) for text in texts])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    def _word(self, word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        return np.random.default_rng(seed).normal(size=64)


EMBEDDING = cast(MiniLM, Words())


@pytest.fixture(autouse=True)
def little_background(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_validation, "background", lambda language: OUTSIDE)


def each(examples: Sequence[str]) -> list[list[str]]:
    return [[one] for one in examples]


GOOD = {"balance": each(BALANCE), "block": each(BLOCK)}


def test_a_draft_alone_is_asked_its_own() -> None:
    found = measured(EMBEDDING, GOOD, None)
    assert (found["examples"], found["outside"], found["before"]) == (12, 6, None)
    assert found["after"]["accuracy"] == 1.0
    assert found["intents"]["balance"] == {"examples": 6, "before": None, "after": 1.0, "taken_for": None}


def test_the_same_comes_out_each_time_in_whatever_order() -> None:
    turned = {name: GOOD[name][::-1] for name in reversed(GOOD)}
    assert measured(EMBEDDING, GOOD, GOOD) == measured(EMBEDDING, turned, turned)


def test_what_an_unchanged_version_knows_is_what_it_knew() -> None:
    found = measured(EMBEDDING, GOOD, GOOD)
    assert found["before"] == found["after"]


def test_what_is_not_taught_any_more_is_asked_all_the_same() -> None:
    """Neither examples that were given up nor an intent that takes another's hide what is lost."""
    draft = {"balance": each(BALANCE[:1]), "block": GOOD["block"], "count": each([f"{one} sir" for one in BALANCE])}
    found = measured(EMBEDDING, draft, GOOD)
    assert found["examples"] == 12
    assert found["before"]["accuracy"] == 1.0
    assert found["after"]["accuracy"] < 0.7
    lost = found["intents"]["balance"]
    assert (lost["before"], lost["taken_for"]) == (1.0, "count")
    assert lost["after"] < 0.5


def test_neither_new_hard_examples_nor_what_is_meant_to_move_counts_as_lost() -> None:
    harder = {**GOOD, "other": each(["zork", "blick", "frotz", "gnusto"])}
    found = measured(EMBEDDING, harder, GOOD)
    assert found["after"]["accuracy"] >= found["before"]["accuracy"]
    moved = {"balance": each(BALANCE[1:]), "block": each([*BLOCK, BALANCE[0]])}
    assert measured(EMBEDDING, moved, GOOD)["examples"] == 11
    assert measured(EMBEDDING, {"block": GOOD["block"], "other": each(OUTSIDE[:2])}, GOOD)["examples"] == 6


def test_the_phrases_of_one_example_are_left_out_together(monkeypatch: pytest.MonkeyPatch) -> None:
    learnt: list[set[str]] = []
    real = cross_validation._learnt

    def spied(
        vectors: object, names: object, examples: Sequence[cross_validation.Example], left_out: set[str]
    ) -> object:
        learnt.append({text for one in examples for text in one.phrases if text not in left_out})
        return real(vectors, names, examples, left_out)  # type: ignore[arg-type]

    monkeypatch.setattr(cross_validation, "_learnt", spied)
    both = ["show me savings please", "show me checking please"]
    measured(
        EMBEDDING, {**GOOD, "show": [both, ["display it"], ["let me see it"], ["put it up"], ["i want it shown"]]}, None
    )
    assert all(set(both) <= round_ or not set(both) & round_ for round_ in learnt)
    assert sum(not set(both) & round_ for round_ in learnt) == 1


def test_nothing_to_learn_from_is_borne() -> None:
    found = measured(EMBEDDING, {"balance": [["<NAME_1>"], ["how much"]], "block": [["how much"]]}, None)
    assert found["examples"] == 1
