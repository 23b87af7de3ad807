"""The agents of this box: read, published by hash so that any copy can go on with any version, trained, deployed."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import structlog

from appliance import events as e
from appliance.adapters.inference import InferenceClient
from appliance.adapters.nats import Bus
from appliance.agents.definition import Agent
from appliance.agents.deployments import Deployments, standing
from appliance.agents.loading import TEMPLATES, Version, load_agent, stored_version
from appliance.agents.phrases import lesson, phrases
from appliance.agents.versions import RECORD, Proof, Publisher, Record, read_record, record_of, recorded_version
from appliance.config import ChannelsConfig
from appliance.errors import B2TError, Conflict, InvalidAgent, Tampered, Unavailable, Unknown
from services.dialogue.measuring import Measuring

log = structlog.get_logger(__name__)

BUCKET: Final = "agents"
BOX: Final = "box"
KEPT: Final = 64
PAUSE_S: Final = 0.25
TRAINED_WITHIN_S: Final = 125.0
"""Whoever waits for a turn waits no longer; tuning goes on meanwhile."""


class Library:
    def __init__(
        self, bus: Bus, inference: InferenceClient, channels: ChannelsConfig, publisher: Publisher | None = None
    ) -> None:
        self._bus = bus
        self._inference = inference
        self.measuring = Measuring(inference)
        self._channels = channels
        self._publisher = publisher
        self._deployments = Deployments()
        self._standing: dict[str, Version] = {}
        self._share_key = publisher.share_key if publisher is not None else b"b2t"
        self._current: dict[str, Version] = {}
        self._versions: OrderedDict[str, Version] = OrderedDict()
        self._training: dict[str, asyncio.Task[None]] = {}
        self.problems: dict[str, str] = {}
        """Agent's folder or file → what is wrong with it."""
        self.refresh: Callable[[], Awaitable[None]] | None = None
        """Reads what is deployed now."""
        self.published: list[Version] = []
        """Versions of the folders; taken out once they are known to be in the audit log."""

    async def publish(self, *folders: Path) -> None:
        """Read the templates and every agent in the folders (a later one replaces one of the same name) and store each
        under its hash. One with mistakes is left out and its mistakes are kept. Raises Unavailable."""
        for path in _definitions(TEMPLATES, *folders):
            try:
                version = load_agent(path)
            except InvalidAgent as error:
                self.problems[path.name] = error.title
                log.error("agent_invalid", agent=path.name, title=error.title)
                continue
            await self.store(version, BOX)
            self.published.append(version)
            self._current[version.name] = version
            self._keep(version)

    async def store(self, version: Version, by: str, proof: Proof | None = None) -> None:
        """Keep its definition under its hash and its signed record. What is there already stays as it is. Raises
        Unavailable."""
        await self._create(f"{version.name}.{version.version}", version.content)
        if self._publisher is not None:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            record = self._publisher.sign(record_of(version, by, at, proof or Proof()))
            await self._create(_record_key(version.name, version.version), RECORD.dump_json(record))

    async def _create(self, key: str, value: bytes) -> None:
        with contextlib.suppress(Conflict):
            await self._bus.put(BUCKET, key, value, revision=0)

    async def train_all(self) -> None:
        """Returns once every agent can be understood; waits for inference as long as it takes."""
        for version in [*self._current.values(), *self._standing.values()]:
            while True:
                try:
                    await self.train(version)
                    break
                except Unavailable:
                    await asyncio.sleep(PAUSE_S)
                except B2TError as error:
                    self.problems[version.name] = error.title
                    log.error("agent_not_trained", agent=version.name, code=error.code)
                    break

    async def train(self, version: Version) -> None:
        """However many ask at once, it is trained once. Raises Invalid, Unavailable, also where it takes long."""
        try:
            await asyncio.wait_for(self.tune(version), TRAINED_WITHIN_S)
        except TimeoutError:
            raise Unavailable("The agent is still being trained.") from None

    async def tune(self, version: Version) -> None:
        """The same, however long it takes."""
        running = self._training.get(version.version)
        if running is None:
            running = asyncio.create_task(self._train(version), name=f"train {version.name}")
            self._training[version.version] = running
            running.add_done_callback(lambda _: self._training.pop(version.version, None))
        await asyncio.shield(running)

    async def _train(self, version: Version) -> None:
        for spoken in version.translated:
            trained = await self._inference.train(spoken.understood_as, *lesson(spoken.agent))
            log.info("agent_trained", agent=version.name, version=spoken.understood_as, took_ms=trained.took_ms)

    def deployed(self, given: e.Start) -> Version | None:
        """What a number, a widget or a name stands for now, for this conversation."""
        name = f"number:{given.number}" if given.number is not None else f"agent:{given.agent}"
        if given.widget is not None:
            name = f"widget:{given.widget}"
        target = self._deployments.targets.get(name)
        if target is not None:
            return self._standing[standing(target, self._share_key, given.conversation)[1]]
        stands = self.configured.get(name)
        return self._current.get(stands) if stands else None

    async def begins_with(self, given: e.Start) -> Version | None:
        """The same, once more where another copy knew of a deployment before this one did. Raises Unavailable."""
        version = self.deployed(given)
        if version is None and self.refresh is not None:
            await self.refresh()
            version = self.deployed(given)
        return version

    @property
    def configured(self) -> dict[str, str]:
        """Targets as the configuration and the folders have them, to the agent's name."""
        return {
            **{f"number:{number}": name for number, name in self._channels.numbers.items()},
            **{f"widget:{key}": one.agent for key, one in self._channels.widgets.items()},
            **{f"agent:{name}": name for name in self._current},
        }

    def stands(self, target: str) -> tuple[str, str] | None:
        """What a target stands for that nobody has deployed to: agent and version."""
        version = self._current.get(self.configured.get(target, ""))
        return (version.name, version.version) if version else None

    async def follow(self, deployments: Deployments) -> None:
        """From the next new conversation on. Everything it names is read and checked first, so that no conversation
        waits for it; where that fails, all stays as it is. Raises Unknown, Unavailable, Tampered."""
        named = {(target.agent, target.version) for target in deployments.targets.values()}
        named |= {
            (target.agent, target.canary.version)
            for target in deployments.targets.values()
            if target.canary is not None
        }
        versions = {version: await self.version(name, version) for name, version in sorted(named)}
        self._deployments, self._standing = deployments, versions

    async def version(self, name: str, version: str) -> Version:
        """As it was published, by whatever copy and release. Raises Unknown, Unavailable, Tampered."""
        held = self._versions.get(version)
        if held is None:
            entry = await self._bus.get(BUCKET, f"{name}.{version}")
            if entry is None:
                raise Unknown("This version of the agent is not there any more.")
            record = await self.record(name, version)  # none: of a release that knew no records
            held = recorded_version(record, entry[0]) if record is not None else stored_version(version, entry[0])
        self._keep(held)
        return held

    async def record(self, name: str, version: str) -> Record | None:
        """Raises Unavailable, Tampered where it is not as this box signed it."""
        if self._publisher is None:
            return None
        entry = await self._bus.get(BUCKET, _record_key(name, version))
        if entry is None:
            return None
        record = read_record(entry[0], self._publisher)
        if (record.agent, record.version) != (name, version):
            raise Tampered("a version's record lies under another's name")
        return record

    async def records(self, name: str) -> list[Record]:
        """All of an agent, the youngest first. Raises Unavailable, Tampered."""
        if self._publisher is None:
            return []
        read = self._bus.read(f"KV_{BUCKET}", f"$KV.{BUCKET}.{_record_key(name, '*')}")
        found = [read_record(raw, self._publisher) async for _, raw in read if raw]
        return sorted(found, key=lambda record: record.at, reverse=True)

    def any_version(self) -> Version | None:
        """For a conversation whose own is lost: enough to say that it cannot go on."""
        return next(iter(self._current.values()), None)

    async def listed(self, _raw: bytes) -> bytes:
        """Answers `b2t.dialogue.agents`."""
        used = self._in_use()
        agents = [{**_told(version), "deployments": self._where(version.name)} for version in used]
        try:
            waiting = await self._waiting({version.name for version in used})
        except B2TError as error:  # what is in use is told all the same
            log.error("published_agents_not_listed", code=error.code, title=error.title)
            waiting = []
        nowhere: dict[str, list[str]] = {"numbers": [], "widgets": []}
        published = [{**_told(version), "deployments": nowhere} for version in waiting]
        return json.dumps({"agents": agents, "published": published, "problems": self.problems}).encode()

    async def _waiting(self, used: set[str]) -> list[Version]:
        """Agents that were published and answer nowhere, each as it was last. Raises Unavailable, Tampered."""
        if self._publisher is None:
            return []
        names: dict[str, None] = {}
        async for stored in self._bus.read_stored(f"KV_{BUCKET}", f"$KV.{BUCKET}.{_record_key('*', '*')}"):
            name = stored.subject.split(".")[-2]
            if stored.data and name not in used:
                names[name] = None
        last = [(await self.records(name))[0] for name in sorted(names)]
        return [await self.version(record.agent, record.version) for record in last]

    def _in_use(self) -> list[Version]:
        """Of each agent the version that its name stands for, else one that some number or widget does."""
        found = {target.agent: self._standing[target.version] for target in self._deployments.targets.values()}
        found |= self._current
        for name, target in self._deployments.targets.items():
            if name.startswith("agent:"):
                found[target.agent] = self._standing[target.version]
        return [found[name] for name in sorted(found)]

    def _where(self, agent: str) -> dict[str, list[str]]:
        stand = self.configured | {name: target.agent for name, target in self._deployments.targets.items()}
        kinds = {"numbers": "number:", "widgets": "widget:"}
        return {
            kind: [name.removeprefix(start) for name, one in stand.items() if one == agent and name.startswith(start)]
            for kind, start in kinds.items()
        }

    def _keep(self, version: Version) -> None:
        self._versions[version.version] = version
        self._versions.move_to_end(version.version)
        while len(self._versions) > KEPT:
            self._versions.popitem(last=False)


def _told(version: Version) -> dict[str, Any]:
    return {
        "name": version.name,
        "title": version.agent.title,
        "version": version.version,
        "locales": list(version.agent.locales),
        "intents": {name: intent.title for name, intent in version.agent.intents.items()},
        "flows": {name: flow.title for name, flow in version.agent.flows.items()},
    }


def _record_key(name: str, version: str) -> str:
    return f"record.{name}.{version}"


class Expected:
    """Phrases by version and hints: made once, sent with many notices."""

    def __init__(self) -> None:
        self._phrases = lru_cache(maxsize=512)(self._make)
        self._agents: dict[str, Agent] = {}

    def phrases(self, version: Version, hints: str | None) -> tuple[str, ...]:
        self._agents[version.understood_as] = version.agent
        return self._phrases(version.understood_as, hints)

    def _make(self, version: str, hints: str | None) -> tuple[str, ...]:
        return phrases(self._agents[version], hints)


def _definitions(*folders: Path) -> list[Path]:
    """Agents in the folders: a folder of YAML files each, or a single file."""
    found: list[Path] = []
    for folder in folders:
        if folder.is_dir():
            found += sorted(
                path for path in folder.iterdir() if (path / "agent.yaml").exists() or path.suffix == ".yaml"
            )
    return found
