"""Collections are filled whole, named by an alias in one step, and searched by cosine."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.adapters.qdrant import Vectors
from appliance.errors import Unavailable
from tests.conftest import free_port


def unit(*rows: tuple[float, ...]) -> np.ndarray:
    made = np.array(rows, np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_the_nearest_come_first_with_their_cosine() -> None:
    vectors = Vectors(None)
    rows = unit((1, 0), (1, 1), (0, 1))
    vectors.fill("a", rows, ["x", "y", "z"])
    assert vectors.holds("a", 3)
    assert not vectors.holds("a", 4)
    assert not vectors.holds("b", 3)
    found = vectors.nearest("a", rows[0], 2)
    assert [place for place, _ in found] == [0, 1]
    assert found[1][1] == pytest.approx(0.7071, abs=1e-3)


def test_an_alias_goes_over_to_another_collection_and_the_old_one_can_be_dropped() -> None:
    vectors = Vectors(None)
    vectors.fill("a", unit((1, 0)), ["x"])
    vectors.name("base", "a")
    vectors.fill("b", unit((0, 1)), ["y"])
    vectors.name("base", "b")
    vectors.drop("a")
    assert vectors.collections() == ["b"]
    assert vectors.nearest("base", unit((0, 1))[0], 1) == [(0, pytest.approx(1.0))]


def test_what_is_half_filled_is_filled_anew() -> None:
    vectors = Vectors(None)
    vectors.fill("a", unit((1, 0)), ["x"])
    vectors.fill("a", unit((1, 0), (0, 1)), ["x", "y"])
    assert vectors.holds("a", 2)


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        Vectors(f"http://127.0.0.1:{free_port()}").collections()
