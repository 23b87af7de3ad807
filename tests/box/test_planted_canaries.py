"""A box takes one canary of each of two hundred kinds and refuses others: none is in any file or answer afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.box.conftest import Box
from tests.box.planting import Plants
from tests.box.wide_planting import Taken, known_by_now, more_wrong_requests, say_all
from tests.privacy.sweep import search, sweep

pytestmark = [pytest.mark.box, pytest.mark.timeout(600)]


@dataclass
class Planted:
    """What a box took and refused that has stopped since."""

    box: Box
    plants: Plants = field(default_factory=Plants)
    taken: list[Taken] = field(default_factory=list)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    metrics: bytes = b""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    box = Box.make(tmp_path_factory.mktemp("canaries") / "data")
    box.start()
    done = Planted(box)
    try:
        with box.client() as client:
            for label, request in more_wrong_requests(done.plants, client):
                answer = client.send(request)
                seen = repr(answer.headers.multi_items()).encode() + answer.content
                done.answers[label] = answer.status_code, seen
            done.taken = say_all(client, known_by_now(done.plants))
            done.metrics = client.get("/metrics").content
    finally:
        box.stop()
    return done


def test_two_hundred_kinds_were_taken_and_each_was_taken_out(planted: Planted) -> None:
    assert len({taken.canary.kind for taken in planted.taken}) >= 200
    for taken in planted.taken:
        assert "<" in taken.redacted, taken.canary.kind
        traces = {str(at): trace for at, trace in enumerate(taken.canary.traces)}
        assert search(taken.redacted.encode(), traces, taken.redacted) == []


def test_what_is_refused_is_not_said_back(planted: Planted) -> None:
    assert len(planted.answers) > 40
    for label, (status, seen) in planted.answers.items():
        assert 400 <= status < 500, (label, status)
        assert search(seen, planted.plants.errors, label) == []
    assert b"b2t_gateway_requests" in planted.metrics
    assert search(planted.metrics, planted.plants.all, "metrics") == []


def test_no_canary_is_in_any_file(planted: Planted) -> None:
    """The models apart: written before, of millions of numbers."""
    models: Path = planted.box.folder / "models"
    assert len(planted.plants.all) > 400
    assert sweep(planted.box.folder.parent, planted.plants.all, ignore=lambda file: models in file.parents) == []
