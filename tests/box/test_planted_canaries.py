"""A box takes one canary of each of two hundred kinds and refuses others: none is in any file or answer afterwards, nor
in anything that a command prints or writes."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.adapters.pdf import Report
from appliance.cli.exit_codes import Exit
from tests.box.conftest import Box
from tests.box.leaving import Left, readable, take_out
from tests.box.planting import Plants, grouped, said
from tests.box.typed import type_all
from tests.box.wide_planting import Taken, known_by_now, more_wrong_requests, say_all
from tests.commands import Ran
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
    left: list[Left] = field(default_factory=list)
    typed: list[Ran] = field(default_factory=list)


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
        done.left = take_out(box, done.taken, tmp_path_factory.mktemp("left"))
        with pytest.MonkeyPatch.context() as patch:
            here = tmp_path_factory.mktemp("typed")
            done.typed = type_all(box, done.plants, here, done.taken[0].conversation, patch)
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


# -- what leaves ---------------------------------------------------------------------------------------------------


def test_every_command_did_what_it_was_asked(planted: Planted) -> None:
    assert len(planted.left) > 40
    for left in planted.left:
        assert left.status in (0, 1), (left.command, left.status, left.error)
        assert "Traceback" not in left.error, (left.command, left.error)
        assert left.out, left.command
    by_command = {left.command: left for left in planted.left}
    found = next(left for command, left in by_command.items() if command.startswith("rights find"))
    sought = next(taken for taken in planted.taken if taken.canary.kind == "customer number")
    assert sought.conversation in found.document()["conversations"]  # type: ignore[operator]
    compared = next(left for command, left in by_command.items() if command.startswith("agents diff"))
    assert compared.document()["predictions"]["utterances"] > 50  # type: ignore[index]


def test_exports_hold_what_was_asked_for(planted: Planted) -> None:
    """The sweep of empty files would prove little."""
    files = {
        left.command: {name.rpartition("/")[2]: content for name, content in left.parts()}
        for left in planted.left
        if left.command.startswith(("audit export", "rights export"))
    }
    assert len(files) == 9
    for command, found in files.items():
        words = b"".join(found.values())
        if command.startswith("audit"):
            assert b"Who touched what" in words or b"By whom" in words, command
            assert b'"action":' in words, command
        else:
            assert b"found_by" in words, command
            assert b"<" in words, command


def test_no_canary_leaves(planted: Planted) -> None:
    seen: set[bytes] = set()
    for left in planted.left:
        for name, content in left.parts():
            if content not in seen:
                seen.add(content)
                assert search(content, planted.plants.all, name) == []


def test_the_same_search_finds_what_leaves_on_purpose(planted: Planted, tmp_path: Path) -> None:
    """A card on a page of the PDF, one in a table, one in words, one packed once more."""
    secrets = {where: planted.plants.card(f"left on purpose: {where}") for where in ("page", "table", "word", "packed")}
    report = Report("Audit log", "for a test")
    report.text(f"The card {grouped(secrets['page'], ' ', 4, 4, 4, 4)} was used.")
    report.write(tmp_path / "report.pdf")
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("conversations/1.json", json.dumps({"text": f"my card is {secrets['packed']}"}))
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.write(tmp_path / "report.pdf", "report.pdf")
        pack.writestr("entries.csv", f"1,{secrets['table']},x\n" * 1000)
        pack.writestr("README.txt", said(secrets["word"]))
        pack.writestr("inner.zip", inner.getvalue())
    found = {
        hit.secret: name
        for name, content in readable("x.zip", outer.getvalue())
        for hit in search(content, secrets, name)
    }
    assert found == {
        "page": "x.zip/report.pdf, its words",
        "table": "x.zip/entries.csv",
        "word": "x.zip, its small members",
        "packed": "x.zip/inner.zip, its small members",
    }


# -- what is typed -------------------------------------------------------------------------------------------------


def test_what_is_typed_in_the_wrong_place_is_refused_in_a_sentence(planted: Planted) -> None:
    """That it is in no file afterwards, `test_no_canary_is_in_any_file` has found."""
    assert len(planted.typed) > 60
    for ran in planted.typed:
        assert ran.status in set(Exit), ran
        assert "mistake of b2t" not in ran.error, ran
        assert ran.error or ran.out, ran
    kept = {ran.arguments[:2] for ran in planted.typed if ran.status == Exit.OK}
    assert ("audit", "export") not in kept
    assert ("retention", "hold") not in kept
    assert ("vault", "erase") not in kept
