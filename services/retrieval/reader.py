"""Documents are read in a process of their own, with little memory and time: whatever a file does there ends there.

`python -m services.retrieval.reader NAME < FILE` prints the document as JSON, or `{"problem": "…"}`.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from appliance.adapters.documents.reading import UnreadableDocument, check_name, check_size, read
from appliance.knowledge.document import DOCUMENT, MAX_BYTES, Document

MEMORY: Final = 1 << 30
CPU_S: Final = 120
WITHIN_S: Final = 180.0


async def read_apart(name: str, file: Path) -> Document:
    """Raises UnreadableDocument."""
    check_name(name)
    check_size(name, os.path.getsize(file))  # noqa: ASYNC240 - of a file that was just written
    with file.open("rb") as opened:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.retrieval.reader",
            name,
            stdin=opened,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    except TimeoutError:
        raise UnreadableDocument(f"{name} takes too long to be read.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise UnreadableDocument(f"{name} takes more time or memory to be read than a document may.")
    try:
        return DOCUMENT.validate_json(out)
    except ValidationError:
        raise UnreadableDocument(str(json.loads(out)["problem"])) from None


def read_bytes(file: Path) -> bytes:
    """Raises UnreadableDocument where it is too large, before it is read."""
    check_size(file.name, file.stat().st_size)
    return file.read_bytes()


def main() -> None:
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        out = DOCUMENT.dump_json(read(sys.argv[1], sys.stdin.buffer.read(MAX_BYTES + 1)))
    except UnreadableDocument as error:
        out = json.dumps({"problem": error.title}).encode()
    sys.stdout.buffer.write(out)


if __name__ == "__main__":
    main()
