"""Wires retrieval: answers `b2t.retrieval.ask` and `b2t.retrieval.manage`. Until it is first asked it only waits."""

from __future__ import annotations

import asyncio
import collections
import gc
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import Counter, Histogram
from pydantic import ValidationError

import appliance.agents
from appliance.agents.document import NotYaml, read_document, texts_of
from appliance.agents.knowledge_folder import FOLDER, documents_of
from appliance.config import Paths, RetrievalConfig
from appliance.errors import B2TError, Denied, Invalid, Unavailable
from appliance.knowledge import questions as q
from models.embedding import MINILM
from services.retrieval.knowledge import READ_WITHIN_S, READING, Knowledge, Tools, mildly
from services.retrieval.shelf import Shelf
from services.unit import Unit

log = structlog.get_logger(__name__)

TOOK: Final = Histogram(
    "b2t_retrieval_seconds", "Time an answer took", buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)
)
ANSWERS: Final = Counter("b2t_retrieval_answers", "Questions by what came of them", ["outcome"])
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
"""Of an agent, and of a base."""


def tools(paths: Paths, config: RetrievalConfig) -> Tools:
    """Loaded with the first question: about 85 MiB."""
    from appliance.adapters.qdrant import Vectors
    from models import PREPARED, registry

    embedding = registry.load("embedding", "minilm", cache=paths.folder("models"), prepared=PREPARED)
    key = paths.secrets / "qdrant.key"
    vectors = Vectors(config.qdrant_url, key.read_text("utf-8").strip() if key.exists() else None)
    gc.freeze()
    return Tools(embedding, vectors)


def agents_bases(*folders: Path) -> dict[str, tuple[str, dict[str, Path]]]:
    """What agents bring in their folders, a later agent in place of an earlier one of its name, unless it has mistakes:
    dialogue then goes on with the earlier one."""
    agents = [agent for folder in folders if folder.is_dir() for agent in sorted(folder.iterdir())]
    named = {agent: _name_and_language(agent) for agent in agents if (agent / FOLDER).is_dir()}
    often = collections.Counter(one[0] for one in named.values() if one is not None)
    return bases_of(*(agent for agent, one in named.items() if one and (often[one[0]] == 1 or _whole(agent))))


def bases_of(*agents: Path) -> dict[str, tuple[str, dict[str, Path]]]:
    """What these agents' folders bring: base → language and documents."""
    found: dict[str, tuple[str, dict[str, dict[str, Path]]]] = {}
    for agent in agents:
        named = _name_and_language(agent)
        if named is not None:
            found[named[0]] = (named[1], documents_of(agent))
    return {
        f"{name}.{base}": (language, files)
        for name, (language, bases) in found.items()
        for base, files in bases.items()
        if files and _NAME.fullmatch(base)
    }


def _name_and_language(agent: Path) -> tuple[str, str] | None:
    """From the first file alone where they are there: the rest takes long to check, and none asks for the bases of an
    agent that has mistakes."""
    try:
        said = read_document(texts_of({"agent.yaml": agent / "agent.yaml"})).value
        name, locale = said["name"], said["locales"][0]
    except (NotYaml, LookupError, TypeError):
        return _whole(agent)
    if isinstance(name, str) and isinstance(locale, str) and _NAME.fullmatch(name):
        return name, locale[:2]
    return None


def _whole(agent: Path) -> tuple[str, str] | None:
    """None where the agent has mistakes: dialogue says which."""
    from appliance.agents.loading import load_agent

    try:
        version = load_agent(agent)
    except B2TError:
        return None
    return version.name, version.agent.locales[0][:2]


class Service:
    def __init__(self, unit: Unit, knowledge: Knowledge, *folders: Path, served: bool = False) -> None:
        """`served`: the vectors are on a server of their own, which is told of every base."""
        self._unit, self._knowledge, self._folders, self._served = unit, knowledge, folders, served
        self._looked = asyncio.Event()

    async def start(self) -> None:
        """Those that were there before first, so that they answer while the agents' are looked through. No base is
        loaded before it is asked."""
        self._unit.parts["knowledge"] = READING
        try:
            await self._knowledge.open()
            if self._served:
                await self._knowledge.load_all()
            await self._take_agents()
            self._unit.parts["knowledge"] = "ok"
        except B2TError as error:
            self._unit.parts["knowledge"] = error.title
            log.error("knowledge_not_read", code=error.code, title=error.title)
        finally:
            self._looked.set()

    async def _take_agents(self) -> None:
        with ThreadPoolExecutor(1, "looking", initializer=mildly) as pool:
            found = await asyncio.get_running_loop().run_in_executor(pool, agents_bases, *self._folders)
        await self._knowledge.take_agents(found)
        if self._served:
            await self._knowledge.load_all()

    async def _ask(self, asked: q.Ask) -> q.Answered | q.NothingKnown:
        """Raises Unavailable where nothing is known yet."""
        answered = await self._knowledge.ask(asked)
        if isinstance(answered, q.Answered) or self._looked.is_set():
            return answered
        try:
            await asyncio.wait_for(self._looked.wait(), READ_WITHIN_S)
        except TimeoutError:
            raise Unavailable(READING) from None
        return await self._knowledge.ask(asked)

    async def ask(self, raw: bytes) -> bytes:
        started = time.perf_counter()
        reply: q.Reply
        try:
            reply = await self._ask(q.ASK.validate_json(raw))
        except ValidationError:
            reply = q.Refused(Invalid.code, "The question is not understood.")
        except B2TError as error:
            reply = q.Refused(error.code, error.title, error.retryable)
        ANSWERS.labels(reply.kind).inc()
        TOOK.observe(time.perf_counter() - started)
        return q.REPLY.dump_json(reply)

    async def manage(self, raw: bytes) -> bytes:
        reply: q.Managed
        try:
            order = q.ORDER.validate_json(raw)
            await self._carry_out(order)
            reply = await asyncio.to_thread(self._knowledge.rows)
        except ValidationError:
            reply = q.Refused(Invalid.code, "The order is not understood.")
        except B2TError as error:
            reply = q.Refused(error.code, error.title, error.retryable)
        return q.MANAGED.dump_json(reply)

    async def hold(self, raw: bytes) -> bytes:
        """Answers `b2t.retrieval.hold`: whoever may publish an agent brings its documents, and changes nothing else."""
        try:
            order = q.ORDER.validate_json(raw)
        except ValidationError:
            return q.MANAGED.dump_json(q.Refused(Invalid.code, "The order is not understood."))
        if not isinstance(order, q.HoldDocuments):
            return q.MANAGED.dump_json(q.Refused(Denied.code, "Only documents of a version are taken here."))
        return await self.manage(raw)

    async def _carry_out(self, order: q.Order) -> None:
        if isinstance(order, q.ListBases):
            return
        if isinstance(order, q.AddDocument):
            await self._knowledge.add(order)
        elif isinstance(order, q.RemoveDocument):
            await self._knowledge.remove(order)
        elif isinstance(order, q.HoldDocuments):
            await self._knowledge.hold(order)
        else:
            await self._take_agents()
            await self._knowledge.reindex(order)
        base = order.base or "all"
        log.info("knowledge_changed", base=base, kind=order.kind)
        await self._unit.audit_soon("configuration_changed", setting=f"knowledge.{base}")


async def run(unit: Unit) -> None:
    templates = Path(appliance.agents.__file__).parent / "templates"
    from models import PREPARED

    shelf = Shelf(unit.paths.folder("retrieval"), PREPARED / "knowledge")
    knowledge = Knowledge(shelf, lambda: tools(unit.paths, unit.config.retrieval), MINILM)
    served = unit.config.retrieval.qdrant_url is not None
    service = Service(unit, knowledge, templates, unit.paths.folder("agents"), served=served)
    stops = [
        await unit.bus.serve(q.ASK_SUBJECT, service.ask, queue="retrieval", limit=32),
        await unit.bus.serve(q.MANAGE_SUBJECT, service.manage, queue="retrieval", limit=4),
        await unit.bus.serve(q.HOLD_SUBJECT, service.hold, queue="retrieval", limit=4),
    ]
    unit.ready()
    try:
        await service.start()
        await asyncio.Event().wait()
    finally:
        for stop in stops:
            await stop()
        knowledge.close()
