"""A folder for what a command makes on its way, gone when the command is, however it ended."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from appliance.errors import B2TError, Invalid

FULL: Final = 1 << 16
"""So few bytes are no room: what went wrong then, went wrong for that."""
_WATCH: Final = """cat >/dev/null
for _ in 1 2 3 4 5; do
    [ -e "$1" ] || exit 0
    rm -rf -- "$1"
    sleep 1
done"""
"""Reads to the end of its input, which is the command's own end, also by `kill -9`; the command's children may still
write for a moment."""


@contextmanager
def scratch(prefix: str, where: str | None = None) -> Iterator[Path]:
    """Also for the temporary files of the command's children. Raises Invalid where it cannot be made, or is full."""
    try:
        holding = tempfile.TemporaryDirectory(prefix=prefix, dir=where, ignore_cleanup_errors=True)
    except OSError as error:
        place = where or tempfile.gettempdir()
        raise Invalid(f"No temporary folder can be made in {place}: {error.strerror}.") from None
    with holding as folder:
        watching = subprocess.Popen(  # noqa: S603 - a fixed program, and a folder's name as its argument
            ("/bin/sh", "-c", _WATCH, "watch", folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what ends the command's group does not end this
        )
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = folder
        try:
            yield Path(folder)
        except (OSError, B2TError):
            if shutil.disk_usage(folder).free < FULL:
                raise Invalid(f"There is no room left for temporary files in {Path(folder).parent}.") from None
            raise
        finally:
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before
            holding.cleanup()
            assert watching.stdin is not None
            watching.stdin.close()
            watching.wait()
