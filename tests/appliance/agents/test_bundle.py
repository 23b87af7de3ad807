"""An agent as an archive: the same version as its folder, and nothing that harms whoever reads it."""

from __future__ import annotations

import contextlib
import io
import json
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.agents import bundle
from appliance.agents.bundle import NoBundle, read_bundle
from appliance.agents.knowledge_folder import generations_of
from appliance.agents.loading import TEMPLATES, load_agent, read_agent

COVERED = {"steps": 9, "steps_reached": 9, "ways": 8, "ways_gone": 7, "flows": {}}
TESTS = {"version": "0" * 32, "passed": 5, "failed": 0, "written": 5, "coverage": COVERED, "scenarios": []}


def packed(entries: Mapping[str, bytes | str], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return made.getvalue()


def folder(path: Path, inside: str = "") -> dict[str, bytes]:
    files = sorted((file for file in path.rglob("*") if file.is_file()), reverse=True)
    return {inside + file.relative_to(path).as_posix(): file.read_bytes() for file in files}


@pytest.mark.parametrize("inside", ["", "my-agent/"])
@pytest.mark.parametrize("template", sorted(path.parent.name for path in TEMPLATES.glob("*/agent.yaml")))
def test_it_is_the_same_version_as_its_folder(template: str, inside: str) -> None:
    found = read_bundle(packed(folder(TEMPLATES / template, inside)))
    assert found.generations == generations_of(TEMPLATES / template)
    assert read_agent(found.files, found.generations).version == load_agent(TEMPLATES / template).version
    assert not any("scenarios" in name for name in found.files)
    assert found.tests is None


def test_what_lies_beside_it_is_passed_over() -> None:
    found = read_bundle(packed({
        "a/agent.yaml": "name: a", "a/README.md": "x", "a/.DS_Store": b"\0", "a/knowledge/faq/.hidden.md": "x",
        "a/knowledge/faq/fees.md": "# Fees", "a/knowledge/loose.md": "x", "a/knowledge/faq/deep/x.md": "x",
        "a/flows/more.yaml": "{}", "a/scenarios/x.yaml": "{}", "__MACOSX/a/agent.yaml": "x",
    }))  # fmt: skip
    assert list(found.files) == ["agent.yaml", "flows/more.yaml"]
    assert found.documents == {"faq": {"fees.md": b"# Fees"}}


def test_what_the_scenarios_came_to_comes_along() -> None:
    tests = read_bundle(packed({"agent.yaml": "name: a", "tests.json": json.dumps(TESTS)})).tests
    assert tests is not None
    assert (tests.passed, tests.ways_gone, tests.version) == (5, 7, "0" * 32)
    for wrong in (
        "[]",
        "{",
        "[" * 100_000,
        json.dumps({**TESTS, "passed": "5"}),
        json.dumps({**TESTS, "version": "x"}),
    ):
        with pytest.raises(NoBundle, match=r"tests\.json"):
            read_bundle(packed({"agent.yaml": "name: a", "tests.json": wrong}))


@pytest.mark.parametrize(
    "name",
    [
        "../agent.yaml",
        "/agent.yaml",
        "a/../../x.yaml",
        "flows\\x.yaml",
        "C:x.yaml",
        "a//b.yaml",
        "./x.yaml",
        "x\n.yaml",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(NoBundle, match="leads elsewhere"):
        read_bundle(packed({"agent.yaml": "name: a", name: "x"}))


def test_a_link_is_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("agent.yaml", "name: a")
        link = zipfile.ZipInfo("knowledge/faq/passwd")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(NoBundle, match="is no file"):
        read_bundle(made.getvalue())


def test_the_same_name_twice_is_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("agent.yaml", "name: a")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("agent.yaml", "name: b")
    with pytest.raises(NoBundle, match="same name"):
        read_bundle(made.getvalue())


def test_a_bomb_is_refused_whatever_it_says_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "UNPACKED_AT_MOST", 1 << 20)
    one = packed({"agent.yaml": "name: a", "knowledge/faq/zeros.md": b"\0" * (2 << 20)})
    several = packed({"agent.yaml": "x", **{f"knowledge/faq/{n}.md": b"\0" * (1 << 18) for n in range(5)}})
    for raw in (one, several):
        assert len(raw) < 10_000
        with pytest.raises(NoBundle, match="unpacks to more"):
            read_bundle(raw)
    lying = bytearray(one)
    size = struct.pack("<I", 2 << 20)
    while (at := lying.find(size)) >= 0:
        lying[at : at + 4] = struct.pack("<I", 10)
    with pytest.raises(NoBundle):
        read_bundle(bytes(lying))


def test_too_many_too_large_and_packed_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoBundle, match="packed in an unusual way"):
        read_bundle(packed({"agent.yaml": "name: a"}, zipfile.ZIP_LZMA))
    with pytest.raises(NoBundle, match="1200 entries"):
        read_bundle(packed({f"{n}.yaml": "" for n in range(1201)}, zipfile.ZIP_STORED))
    with pytest.raises(NoBundle, match="larger than 1000000 bytes"):
        read_bundle(packed({"agent.yaml": "#" * 1_000_001}))
    with pytest.raises(NoBundle, match="not UTF-8"):
        read_bundle(packed({"agent.yaml": b"\xff"}))
    monkeypatch.setattr(bundle, "PACKED_AT_MOST", 10)
    with pytest.raises(NoBundle, match="larger than"):
        read_bundle(packed({"agent.yaml": "name: a"}))


@pytest.mark.parametrize("entries", [{}, {"readme.txt": "x"}, {"a/b/agent.yaml": "x"}, {"a/x": "", "b/agent.yaml": ""}])
def test_without_a_definition_it_is_none(entries: dict[str, str]) -> None:
    with pytest.raises(NoBundle, match=r"no agent\.yaml"):
        read_bundle(packed(entries))


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_whatever_comes_is_read_or_refused(raw: bytes, at: int, changed: bytes) -> None:
    good = bytearray(packed({"agent.yaml": "name: a", "knowledge/faq/a.md": "x"}))
    good[at : at + len(changed)] = changed
    for one in (raw, bytes(good)):
        with contextlib.suppress(NoBundle):
            read_bundle(one)
