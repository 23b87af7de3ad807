"""The agents of this box: read, published by hash so that any copy can go on with any version, trained, deployed."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Final

import structlog

from appliance import events as e
from appliance.adapters.inference import InferenceClient
from appliance.adapters.nats import Bus
from appliance.agents.definition import Agent
from appliance.agents.loading import TEMPLATES, Version, load_agent, stored_version
from appliance.agents.phrases import examples, phrases
from appliance.config import ChannelsConfig
from appliance.errors import B2TError, Conflict, InvalidAgent, Unavailable, Unknown

log = structlog.get_logger(__name__)

BUCKET: Final = "agents"
KEPT: Final = 64
PAUSE_S: Final = 0.25


class Library:
    def __init__(self, bus: Bus, inference: InferenceClient, channels: ChannelsConfig) -> None:
        self._bus = bus
        self._inference = inference
        self._channels = channels
        self._current: dict[str, Version] = {}
        self._versions: OrderedDict[str, Version] = OrderedDict()
        self._training: dict[str, asyncio.Task[None]] = {}
        self.problems: dict[str, str] = {}
        """Agent's folder or file → what is wrong with it."""
        self.published: list[Version] = []
        """Versions that were not there before."""

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
            try:
                await self._bus.put(BUCKET, f"{version.name}.{version.version}", version.content, revision=0)
                self.published.append(version)
            except Conflict:
                pass  # it is there already; under its hash it cannot be another
            self._current[version.name] = version
            self._keep(version)

    async def train_all(self) -> None:
        """Returns once every agent can be understood; waits for inference as long as it takes."""
        for version in list(self._current.values()):
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
        """However many ask at once, it is trained once. Raises Unavailable, Invalid."""
        running = self._training.get(version.version)
        if running is None:
            running = asyncio.create_task(self._train(version), name=f"train {version.name}")
            self._training[version.version] = running
            running.add_done_callback(lambda _: self._training.pop(version.version, None))
        await asyncio.shield(running)

    async def _train(self, version: Version) -> None:
        agent = version.agent
        options = {name: entity.options for name, entity in agent.entities.items() if entity.options}
        typed = {name: entity for name, entity in agent.entities.items() if not entity.plain}
        trained = await self._inference.train(version.version, examples(agent), options, agent.locales[0], typed)
        log.info("agent_trained", agent=agent.name, version=version.version, took_ms=trained.took_ms)

    def deployed(self, given: e.Start) -> Version | None:
        """What a number, a widget or a name stands for now."""
        name = given.agent
        if given.number is not None:
            name = self._channels.numbers.get(given.number)
        elif given.widget is not None:
            widget = self._channels.widgets.get(given.widget)
            name = widget.agent if widget else None
        return self._current.get(name) if name else None

    async def version(self, name: str, version: str) -> Version:
        """As it was published, by whatever copy and release. Raises Unknown, Unavailable, Tampered."""
        held = self._versions.get(version)
        if held is None:
            entry = await self._bus.get(BUCKET, f"{name}.{version}")
            if entry is None:
                raise Unknown("This version of the agent is not there any more.")
            held = stored_version(version, entry[0])
        self._keep(held)
        return held

    def any_version(self) -> Version | None:
        """For a conversation whose own is lost: enough to say that it cannot go on."""
        return next(iter(self._current.values()), None)

    async def listed(self, _raw: bytes) -> bytes:
        """Answers `b2t.dialogue.agents`."""
        agents = [
            {
                "name": version.name,
                "title": version.agent.title,
                "version": version.version,
                "locales": list(version.agent.locales),
                "intents": {name: intent.title for name, intent in version.agent.intents.items()},
                "flows": {name: flow.title for name, flow in version.agent.flows.items()},
                "deployments": {
                    "numbers": [number for number, name in self._channels.numbers.items() if name == version.name],
                    "widgets": [key for key, one in self._channels.widgets.items() if one.agent == version.name],
                },
            }
            for version in self._current.values()
        ]
        return json.dumps({"agents": agents, "problems": self.problems}).encode()

    def _keep(self, version: Version) -> None:
        self._versions[version.version] = version
        self._versions.move_to_end(version.version)
        while len(self._versions) > KEPT:
            self._versions.popitem(last=False)


class Expected:
    """Phrases by version and hints: made once, sent with many notices."""

    def __init__(self) -> None:
        self._phrases = lru_cache(maxsize=512)(self._make)
        self._agents: dict[str, Agent] = {}

    def phrases(self, version: Version, hints: str | None) -> tuple[str, ...]:
        self._agents[version.version] = version.agent
        return self._phrases(version.version, hints)

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
