"""A version's record: signed by the box, bound to every byte of the definition; and what a publication asks for."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.adapters.publishing_key import open_publisher
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.understood import OfIntent, Shares, Understood
from appliance.agents.versions import (
    RECORD,
    NotPublished,
    Proof,
    Publisher,
    Trial,
    check_publication,
    read_record,
    record_of,
    recorded_version,
)
from appliance.errors import Tampered, Unavailable

VERSION = load_agent(TEMPLATES / "banking")
PUBLISHER = Publisher(Ed25519PrivateKey.from_private_bytes(bytes(32)))
TESTS = Trial(VERSION.version, 100, 0, 20, 10, 10, 10, 10)
RECORDED = PUBLISHER.sign(record_of(VERSION, "operator", "2026-11-02T09:00:00Z", Proof(TESTS)))


def test_what_is_signed_is_read_back() -> None:
    assert read_record(RECORD.dump_json(RECORDED), PUBLISHER) == RECORDED
    assert recorded_version(RECORDED, VERSION.content) == VERSION
    assert RECORDED.key == PUBLISHER.name


@pytest.mark.parametrize(
    "changed",
    [
        {"by": "somebody"},
        {"at": "2027-11-02T09:00:00Z"},
        {"version": "0" * 32},
        {"content": "0" * 64},
        {"agent": "other"},
        {"tests": None},
        {"reason": "because of this"},
        {"key": "0" * 16},
        {"signature": ""},
        {"signature": "nonsense"},
    ],
)
def test_a_change_in_the_record_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Tampered):
        read_record(RECORD.dump_json(replace(RECORDED, **changed)), PUBLISHER)  # type: ignore[arg-type]


def test_a_record_of_a_release_that_measured_nothing_is_read() -> None:
    plain = json.loads(RECORD.dump_json(RECORDED))
    del plain["understanding"]
    assert read_record(json.dumps(plain).encode(), PUBLISHER) == RECORDED


def test_figures_are_signed_too() -> None:
    figures = Understood(10, 5, Shares(0.9, 0.8), None, {"balance": OfIntent(10, 0.9)})
    made = PUBLISHER.sign(replace(RECORDED, understanding={"en-US": figures}))
    assert read_record(RECORD.dump_json(made), PUBLISHER) == made
    for changed in ({}, {"en-US": replace(figures, examples=11)}):
        with pytest.raises(Tampered):
            read_record(RECORD.dump_json(replace(made, understanding=changed)), PUBLISHER)


def test_another_boxs_record_is_refused() -> None:
    other = Publisher(Ed25519PrivateKey.generate())
    with pytest.raises(Tampered):
        read_record(RECORD.dump_json(RECORDED), other)
    with pytest.raises(Tampered):
        read_record(b"nonsense", PUBLISHER)


def test_a_changed_byte_of_the_definition_is_refused() -> None:
    for at in range(0, len(VERSION.content), 997):
        changed = bytearray(VERSION.content)
        changed[at] ^= 1
        with pytest.raises(Tampered, match="not what was published"):
            recorded_version(RECORDED, bytes(changed))


def test_what_a_publication_asks_for() -> None:
    check_publication(VERSION, TESTS, None, None)
    check_publication(VERSION, TESTS, None, TESTS)
    check_publication(VERSION, None, "tried by hand", TESTS)
    check_publication(VERSION, replace(TESTS, ways_gone=99, ways=100), None, TESTS)
    for tests, said in (
        (None, "not played"),
        (replace(TESTS, failed=1), "1 of 101"),
        (replace(TESTS, passed=0), "no scenarios"),
        (replace(TESTS, version="0" * 32), "another version"),
        (replace(TESTS, steps_reached=9), "steps that scenarios reach falls from 100% to 90%"),
        (replace(TESTS, ways_gone=5), "ways that scenarios go"),
    ):
        with pytest.raises(NotPublished, match=said):
            check_publication(VERSION, tests, None, TESTS)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "publishing.key"
    assert open_publisher(file).name == open_publisher(file).name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    os.chmod(file, 0o644)
    with pytest.raises(Unavailable, match="0600"):
        open_publisher(file)
    os.chmod(file, 0o600)
    file.write_text("nonsense")
    with pytest.raises(Unavailable, match="damaged"):
        open_publisher(file)
