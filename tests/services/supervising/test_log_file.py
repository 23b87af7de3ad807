"""A program's log stays bounded and never stops the program."""

from __future__ import annotations

import stat
from pathlib import Path

from services.supervising.log_file import LogFile


def test_rotates_by_size_and_keeps_a_few(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "logs" / "vault-1.log", max_bytes=100, keep=2)
    for number in range(30):
        log.write(f"line number {number:03}\n".encode())
    log.close()
    files = sorted(file.name for file in (tmp_path / "logs").iterdir())
    assert files == ["vault-1.log", "vault-1.log.1", "vault-1.log.2"]
    texts = [(tmp_path / "logs" / name).read_text() for name in reversed(files)]
    assert all(len(text) <= 100 for text in texts)
    assert "".join(texts).splitlines() == [f"line number {number:03}" for number in range(12, 30)]
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "logs").iterdir()} == {0o600}


def test_goes_on_where_it_was(tmp_path: Path) -> None:
    for text in (b"one\n", b"two\n"):
        log = LogFile(tmp_path / "a.log")
        log.write(text)
        log.close()
    assert (tmp_path / "a.log").read_bytes() == b"one\ntwo\n"


def test_what_cannot_be_written_is_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("not a folder")
    log = LogFile(tmp_path / "logs" / "a.log")
    log.write(b"lost\n")
    assert log.dropped == 5
    (tmp_path / "logs").unlink()
    log.write(b"kept\n")
    assert (tmp_path / "logs" / "a.log").read_bytes() == b"kept\n"
    assert list(log.tail) == ["lost", "kept"]


def test_bytes_that_are_no_text_are_kept_as_they_are(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "a.log")
    log.write(b"\xff\xfe\n")
    assert (tmp_path / "a.log").read_bytes() == b"\xff\xfe\n"
