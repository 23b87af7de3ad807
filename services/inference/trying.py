"""`python -m services.inference.trying MODELS`: what the text process answers on the bus, on standard input instead.

A line `{"subject": "b2t.inference.understand", "order": {…}}` in, the answer's line out, in the same words as on the
bus (`appliance.adapters.inference`). MODELS is the folder that trained heads are kept in. Its asker is
`b2t agents test`, so that an agent is tried by what a box runs. Nothing else is kept, logged or sent anywhere.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import IO

import structlog

from appliance.adapters.inference import RESULT, Problem
from models import PREPARED, registry
from services.inference.language import Language, answering


async def answer(line: str, language: Language) -> str:
    """The answer to one line: a problem where it cannot be answered."""
    work = language.requests
    try:
        asked = json.loads(line)
        subject, order = asked["subject"], json.dumps(asked["order"])
        raw = await answering(subject, work[subject])(order.encode())
    except (ValueError, KeyError, TypeError):
        raw = RESULT.dump_json(Problem("invalid", "The request is not understood."))
    return raw.decode()


async def run(lines: IO[str], out: IO[str], language: Language) -> None:
    while line := await asyncio.to_thread(lines.readline):
        out.write(await answer(line, language) + "\n")
        out.flush()


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    models = Path(sys.argv[1])
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    try:
        detector = registry.load("personal_data", "presidio")
        embedding = registry.load("embedding", "minilm", cache=models, prepared=PREPARED)
        languages = registry.load("language", "py3langid")
        versions = registry.load(
            "intents", "linear", embedding=embedding, models=models, prepared=PREPARED, languages=languages
        )
        asyncio.run(run(sys.stdin, sys.stdout, Language(detector, versions)))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stderr.close()
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
