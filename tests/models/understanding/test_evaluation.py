"""What is measured, on answers made up here."""

from __future__ import annotations

import numpy as np
import pytest

from models.understanding.evaluation import Judged, calibration_error, drawn, measures

NAMES = ("balance", "block", "out_of_scope")


def test_a_closed_set_counts_the_likeliest_intent_and_tells_what_was_refused() -> None:
    found = measures(
        Judged(NAMES, np.array([[0.8, 0.1, 0.1], [0.3, 0.1, 0.6], [0.6, 0.3, 0.1]]), ("balance", "balance", "block"))
    )
    assert found["accuracy"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["in_scope_accuracy_served"] == pytest.approx(1 / 3, abs=1e-3)
    assert found["in_scope_refused"] == pytest.approx(1 / 3, abs=1e-3)
    assert found["out_of_scope_recall"] is None
    assert found["out_of_scope_curve"] == []
    assert found["macro_f1"] == pytest.approx((0.8 + 0) / 2, abs=1e-3)
    assert found["confusions"] == [{"intent": "block", "taken_for": "balance", "times": 1}]


def test_out_of_scope_is_an_answer_where_it_is_wanted() -> None:
    found = measures(
        Judged(
            NAMES, np.array([[0.8, 0.1, 0.1], [0.3, 0.1, 0.6], [0.6, 0.3, 0.1]]), ("balance", "oos_not", "out_of_scope")
        )
    )
    assert found["accuracy"] == pytest.approx(1 / 3, abs=1e-3)
    assert found["out_of_scope_recall"] == 0.0
    curve = found["out_of_scope_curve"]
    assert (curve[0]["recall"], curve[-1]["recall"]) == (0.0, 1.0) or curve[-1]["recall"] == 1.0
    recalls = [point["recall"] for point in curve]
    assert recalls == sorted(recalls)


def test_calibration_is_perfect_where_confidence_is_the_share_that_is_right() -> None:
    confidence = np.full(100, 0.75)
    right = np.arange(100) < 75
    assert calibration_error(confidence, right) == 0.0
    assert calibration_error(confidence, right[::-1] & False) == 0.75


def test_shots_are_drawn_by_seed_and_evenly() -> None:
    labels = ["a"] * 30 + ["b"] * 3
    assert drawn(labels, 5, 1) == drawn(labels, 5, 1) != drawn(labels, 5, 2)
    assert [labels[place] for place in drawn(labels, 5, 1)] == ["a"] * 5 + ["b"] * 3
