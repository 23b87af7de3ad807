"""A file that a command writes for somebody: there under its name once it is whole, and for its owner alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from appliance.errors import Invalid


@contextmanager
def new_file(file: Path) -> Iterator[BinaryIO]:
    """Raises Invalid where there is a file of that name, or it cannot be made or written.

    Until it is whole it has no name, so that nothing of it is left when the command is killed; where the file system
    has no such files, it has another name, and only then may something be left.
    """
    try:
        if file.exists() or file.is_symlink():
            raise FileExistsError(17, "File exists")
        descriptor, partial = _unnamed(file)
    except OSError as error:
        raise Invalid(f"{file} cannot be made: {error.strerror}.") from None
    try:
        with os.fdopen(descriptor, "w+b") as opened:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())
            _name(opened.fileno(), partial, file)
        _sync(file.absolute().parent)
    except OSError as error:
        raise Invalid(f"{file} cannot be written: {error.strerror}.") from None
    finally:
        if partial is not None:
            with suppress(OSError):
                partial.unlink()


def _unnamed(file: Path) -> tuple[int, Path | None]:
    folder = file.absolute().parent
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600), None
    except OSError:
        partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
        return os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), partial


def _name(descriptor: int, partial: Path | None, file: Path) -> None:
    """Never over a file that is there."""
    if partial is not None:
        os.link(partial, file)
        return
    folder = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.link(str(descriptor), file, src_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
