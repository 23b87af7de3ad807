"""Whatever is done to a small log, verifying it finds it: every bit, every entry dropped, moved, added, dated back."""

from __future__ import annotations

import itertools
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.audit.checkpoint import Signer
from appliance.audit.events import canonical, read_event
from appliance.audit.merkle import leaf_hash, root_of
from appliance.audit.tiles import Growing, Node
from appliance.audit.verification import Examination, Note, Row, Verified

SIGNER = Signer("b2t-voice/audit", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
ACTIONS = ("signed_in", "signed_out", "conversations_listed")


def entry(number: int, kept: int) -> bytes:
    told = {"action": ACTIONS[number % 3], "account": f"a-{number}", "actor": "gateway", "at": kept - 1}
    return canonical(number, read_event(json.dumps(told).encode(), 1), kept)


ROWS = [Row(number - 1, number, entry(number, 1000 + number)) for number in range(1, 9)]


def note(rows: list[Row], source: str = "its own") -> Note:
    return Note(source, SIGNER.sign(len(rows), root_of([leaf_hash(row.content) for row in rows])))


LAST = note(ROWS)


def examine(rows: list[Row], *notes: Note) -> Verified:
    examination = Examination(SIGNER.verifier, notes)
    examination.take(rows)
    return examination.finish()


def numbered(contents: list[tuple[int, bytes]]) -> list[Row]:
    return [Row(leaf, sequence, content) for leaf, (sequence, content) in enumerate(contents)]


def test_an_untouched_log_is_in_order() -> None:
    found = examine(ROWS, LAST, note(ROWS[:3], "earlier"), note([], "empty"))
    assert (found.ok, found.entries, found.checkpoints, found.last_sequence) == (True, 8, 3, 8)


def test_every_bit_of_every_entry() -> None:
    for at, row in enumerate(ROWS):
        for place, bit in itertools.product(range(len(row.content)), range(8)):
            changed = bytearray(row.content)
            changed[place] ^= 1 << bit
            rows = [*ROWS[:at], Row(row.leaf, row.sequence, bytes(changed)), *ROWS[at + 1 :]]
            assert not examine(rows, LAST).ok, (at, place, bit)


def test_every_bit_of_the_checkpoint() -> None:
    raw = LAST.text.encode()
    for place, bit in itertools.product(range(len(raw)), range(8)):
        changed = bytearray(raw)
        changed[place] ^= 1 << bit
        found = examine(ROWS, Note("its own", bytes(changed).decode("utf-8", "replace")))
        # base64's spare bits may say the same again; then nothing was changed
        assert not found.ok or SIGNER.verifier.open(bytes(changed).decode()) == SIGNER.verifier.open(LAST.text), place


def test_every_entry_dropped_doubled_or_moved() -> None:
    contents = [(row.sequence, row.content) for row in ROWS]
    for at in range(8):
        assert not examine(numbered(contents[:at] + contents[at + 1 :]), LAST).ok
        assert not examine(numbered(contents[: at + 1] + contents[at:]), LAST).ok
        assert not examine([row for row in ROWS if row.leaf != at], LAST).ok
    for one, other in itertools.combinations(range(8), 2):
        moved = list(contents)
        moved[one], moved[other] = moved[other], moved[one]
        assert not examine(numbered(moved), LAST).ok
        renumbered = [(ROWS[at].sequence, content) for at, (_, content) in enumerate(moved)]
        assert not examine(numbered(renumbered), LAST).ok


def test_every_end_cut_off() -> None:
    for size in range(8):
        assert [one.what for one in examine(ROWS[:size], LAST).findings] == [
            "The log has lost entries that were signed for."
        ]


def test_an_entry_of_another_time_is_found_even_in_a_tree_that_is_signed_for_it() -> None:
    """With the key on the box anything can be signed anew; entries that contradict one another are still found."""
    for at in range(1, 8):
        forged = [*ROWS]
        forged[at] = Row(at, at + 1, entry(at + 1, 500))
        found = examine(forged, note(forged))
        assert "An entry was kept before the one in front of it." in {one.what for one in found.findings}


def test_a_whole_history_signed_anew_does_not_agree_with_what_has_left_the_box() -> None:
    """Each entry changed in turn and everything signed again: only a checkpoint elsewhere tells, if it is younger."""
    for at, shipped in itertools.product(range(8), range(1, 9)):
        forged = [*ROWS]
        forged[at] = Row(at, at + 1, ROWS[at].content.replace(b"a-", b"b-"))
        assert examine(forged, note(forged)).ok
        found = examine(forged, note(forged), note(ROWS[:shipped], "shipped"))
        assert found.ok is (shipped <= at)
        if not found.ok:
            assert {one.source for one in found.findings} == {"shipped"}


def test_another_logs_checkpoint_is_none_of_this_one() -> None:
    other = Signer("b2t-voice/audit", Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
    found = examine(ROWS, LAST, Note("other", other.sign(8, root_of([leaf_hash(row.content) for row in ROWS]))))
    assert [one.source for one in found.findings] == ["other"]


def test_what_never_came_is_told_as_a_gap_and_not_as_a_change() -> None:
    rows = numbered([(number, entry(number, number)) for number in (1, 2, 5, 9)])
    found = examine(rows, note(rows))
    assert (found.ok, found.gaps) == (True, ((3, 4), (6, 8)))


@pytest.mark.parametrize("change", ["changed", "missing", "more"])
def test_kept_hashes_must_be_those_of_the_entries(change: str) -> None:
    rows = numbered([(number, entry(number, number)) for number in range(1, 601)])
    nodes: list[Node] = []
    tree = Growing()
    for row in rows:
        tree.add(leaf_hash(row.content), nodes)
    wrong = {
        "changed": [Node(8, 0, b"\0" * 32), nodes[1]],
        "missing": nodes[:1],
        "more": [*nodes, Node(8, 2, b"\0" * 32)],
    }[change]
    for kept, ok in ((nodes, True), (wrong, False)):
        examination = Examination(SIGNER.verifier, [note(rows)], iter(kept))
        examination.take(rows)
        assert examination.finish().ok is ok


def test_rubbish_in_an_entrys_place_is_a_finding() -> None:
    for content in (b"", b"[]", b"7", b"{}", b"\xff", b'{"sequence":1,"at":1,"kept":"x"}'):
        rows = [Row(0, 1, content)]
        assert not examine(rows, note(rows)).ok
