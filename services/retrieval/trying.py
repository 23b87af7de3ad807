"""`python -m services.retrieval.trying FOLDER MODELS`: what an agent's own documents answer, on standard input.

FOLDER is the agent's. A line `{"subject": "b2t.retrieval.ask", "order": {…}}` in, the answer's line out, in the same
words as on the bus (`appliance.knowledge.questions`): the documents are read, cut, embedded and found by what a box
runs, and nothing of it is kept. MODELS is the folder of the embedding where setup has made none. Its asker is
`b2t agents test`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import IO

import structlog

from appliance.adapters.qdrant import Vectors
from appliance.errors import B2TError
from appliance.knowledge import questions as q
from models import PREPARED, registry
from services.retrieval.knowledge import Knowledge, Tools
from services.retrieval.service import bases_of
from services.retrieval.shelf import Shelf


async def answer(line: str, knowledge: Knowledge) -> str:
    """The answer to one line: a refusal where it cannot be answered."""
    reply: q.Reply
    try:
        reply = await knowledge.ask(q.ASK.validate_python(json.loads(line)["order"]))
    except B2TError as error:
        reply = q.Refused(error.code, error.title, error.retryable)
    except (ValueError, KeyError, TypeError):
        reply = q.Refused("invalid", "The question is not understood.")
    return q.REPLY.dump_json(reply).decode()


async def run(lines: IO[str], out: IO[str], knowledge: Knowledge, agent: Path) -> None:
    await knowledge.open()
    await knowledge.take_agents(bases_of(agent))
    while line := await asyncio.to_thread(lines.readline):
        out.write(await answer(line, knowledge) + "\n")
        out.flush()


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    agent, models = Path(sys.argv[1]), Path(sys.argv[2])
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    try:
        embedding = registry.load("embedding", "minilm", cache=models, prepared=PREPARED)
        with tempfile.TemporaryDirectory(prefix="b2t-agents-test-") as folder:
            knowledge = Knowledge(Shelf(Path(folder)), lambda: Tools(embedding, Vectors(None)), embedding.name)
            try:
                asyncio.run(run(sys.stdin, sys.stdout, knowledge, agent))
            finally:
                knowledge.close()
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stderr.close()
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
