"""The calls that are up, on disk."""

from __future__ import annotations

from pathlib import Path

from services.phone.ledger import Ledger, Lost


def test_what_a_killed_process_had(tmp_path: Path) -> None:
    before = Ledger(tmp_path / "calls")
    before.enter("c1", "leg1")
    before.enter("c2", "leg2")
    before.strike("leg1")
    after = Ledger(tmp_path / "calls")
    assert before.lost == ()
    assert after.lost == (Lost("c2", "leg2"),)
    after.strike("leg2")
    assert after.lost == ()
    assert Ledger(tmp_path / "calls").lost == ()


def test_killed_while_it_wrote(tmp_path: Path) -> None:
    (tmp_path / "leg1").write_text("")
    assert Ledger(tmp_path).lost == ()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "calls").write_text("a file where the folder should be")
    ledger = Ledger(tmp_path / "calls")
    ledger.enter("c1", "leg1")
    ledger.strike("leg1")
    assert ledger.lost == ()


def test_nowhere() -> None:
    ledger = Ledger()
    ledger.enter("c1", "leg1")
    ledger.strike("leg1")
    assert ledger.lost == ()
