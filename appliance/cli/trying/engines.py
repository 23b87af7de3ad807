"""The engines as child processes: each stands where the bus stands before its client, which does not notice."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from appliance.adapters.inference import TRAIN, InferenceClient
from appliance.adapters.nats import Bus
from appliance.agents.definition import Agent
from appliance.agents.knowledge_folder import documents_of
from appliance.agents.loading import Version, hash_of
from appliance.agents.phrases import examples
from appliance.errors import Unavailable
from models import PREPARED

ANSWERS_WITHIN_S: Final = 180.0
ENDS_WITHIN_S: Final = 10.0
LINE: Final = 16_000_000
KEPT: Final = 50_000


class Engines:
    """Asks line by line. What was asked before is answered from memory: a run is one moment, so the answer is the
    same."""

    def __init__(self, process: asyncio.subprocess.Process, moment: datetime) -> None:
        self._process, self._moment = process, moment.isoformat()
        self._lock = asyncio.Lock()
        self._answers: dict[str, bytes] = {}

    async def request(self, subject: str, order: bytes, *, timeout_s: float) -> bytes:
        asked: dict[str, Any] = json.loads(order)
        if asked.get("at"):
            asked["at"] = self._moment
        line = json.dumps({"subject": subject, "order": asked})
        known = self._answers.get(line)
        if known is not None:
            return known
        async with self._lock:
            answer = await self._ask(line, max(timeout_s, ANSWERS_WITHIN_S))
        if subject != TRAIN and b'"problem"' not in answer and len(self._answers) < KEPT:
            self._answers[line] = answer
        return answer

    async def _ask(self, line: str, within_s: float) -> bytes:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(line.encode() + b"\n")
            await stdin.drain()
            answer = await asyncio.wait_for(stdout.readline(), within_s)
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        except TimeoutError:
            raise Unavailable("The engines do not answer.") from None
        if not answer:
            raise Unavailable("The engines ended before their time.")
        return answer


@asynccontextmanager
async def engines(models: Path, moment: datetime) -> AsyncIterator[InferenceClient]:
    """`models`: where trained heads are kept. The child ends with this."""
    async with _child(moment, "services.inference.trying", str(models)) as made:
        yield InferenceClient(cast(Bus, made))


@asynccontextmanager
async def documents(agent: Path, named: Agent, models: Path, moment: datetime) -> AsyncIterator[Engines | None]:
    """What answers from the documents in an agent's folder; None where it has none."""
    if not (named.knowledge and documents_of(agent)):
        yield None
        return
    async with _child(moment, "services.retrieval.trying", str(agent), str(models)) as made:
        yield made


@asynccontextmanager
async def speech(moment: datetime) -> AsyncIterator[Engines]:
    """What says texts and hears them back (`appliance.adapters.aloud`)."""
    async with _child(moment, "services.inference.trying_aloud") as made:
        yield made


@asynccontextmanager
async def _child(moment: datetime, *program: str) -> AsyncIterator[Engines]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *program,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE,
    )  # fmt: skip
    try:
        yield Engines(process, moment)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), ENDS_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()


def trained_as(version: Version) -> str:
    """The name its head goes by: the version's own where setup trained it, else that of what is learnt from it, so that
    a change in a flow trains nothing anew."""
    if (PREPARED / "understanding" / version.version).is_dir():
        return version.version
    agent = version.agent
    learnt = repr((sorted(examples(agent).items()), sorted(agent.entities.items()), agent.locales, agent.translations))
    if agent.understanding.engine != "linear":
        learnt += agent.understanding.engine
    return "draft-" + hash_of(learnt.encode())
