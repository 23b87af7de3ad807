"""Publishing and deploying: asked for on the bus, kept in key-value, followed by every copy.

The record of deployments is one value, changed by compare-and-set. Whoever has changed it tells the other copies; who
misses that reads it within a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from pydantic import ValidationError

from appliance.adapters.nats import Bus, stopping
from appliance.agents.deployments import (
    DEPLOYMENTS,
    Canary,
    Change,
    Deployments,
    deploy,
    done_already,
    read_deployments,
    roll_back,
    start_canary,
    targets_of,
)
from appliance.agents.loading import Version, read_agent
from appliance.agents.publication import DEPLOY, PUBLISH, VERSIONS, DeployAsked, answer, refuse
from appliance.agents.understood import Understood
from appliance.agents.versions import Proof, Record, check_publication, check_understood
from appliance.errors import B2TError, Conflict, Invalid, Unavailable, Unknown
from services.dialogue.library import BUCKET, Library
from services.dialogue.telling import Audit, Telling

log = structlog.get_logger(__name__)

KEY: Final = "deployments"
TOLD: Final = "b2t.deployments"
LOOK_EVERY_S: Final = 1.0
TRIES: Final = 5


class Deploying:
    def __init__(self, bus: Bus, library: Library, audit: Audit) -> None:
        self._bus = bus
        self._library = library
        self._telling = Telling(bus, audit)
        self.now = Deployments()
        self.revision = 0
        self._told = asyncio.Event()
        self._following = asyncio.Lock()
        self.problem: str | None = None
        self.figures: Callable[[], list[dict[str, Any]]] = list
        library.refresh = self.refresh

    # ---- followed ---------------------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Follow the record as it is now. Raises Unavailable, Unknown, Tampered: then all stays as it was."""
        async with self._following:
            entry = await self._bus.get(BUCKET, KEY)
            if entry is None or entry[1] <= self.revision:
                return
            await self._follow(read_deployments(entry[0]), entry[1])

    async def _follow(self, now: Deployments, revision: int) -> None:
        await self._library.follow(now)
        self.now, self.revision, self.problem = now, revision, None
        log.info("deployments_followed", revision=revision)

    async def told(self, _subject: str, _raw: bytes) -> None:
        self._told.set()

    async def begin(self) -> None:
        """At the start. What cannot be followed is left: the configuration holds, and the status says so. Raises
        Unavailable."""
        try:
            await self.refresh()
        except Unavailable:
            raise
        except B2TError as error:
            self._not_followed(error)

    async def tell(self) -> None:
        """Put in the audit log what is not there: what the folders brought, every change. Raises Unavailable."""
        while self._library.published:
            version = self._library.published[-1]
            await self._telling.published(version.name, version.version, None)
            if version in self._library.published:
                self._library.published.remove(version)
        await self._telling.deployed(self.now, self.revision)

    async def run(self) -> None:
        """For ever: as soon as it is told, and every second."""
        followed = -1
        while not stopping():
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._told.wait()
            except TimeoutError:
                pass
            self._told.clear()
            try:
                if followed == self.revision:  # whoever made the last change has had a second to tell of it
                    await self.tell()
                followed = self.revision
                await self.refresh()
            except Unavailable:
                continue
            except B2TError as error:
                self._not_followed(error)

    def _not_followed(self, error: B2TError) -> None:
        if self.problem != error.title:
            log.error("deployments_not_followed", code=error.code, title=error.title)
        self.problem = error.title

    # ---- asked ------------------------------------------------------------------------------------------------------

    async def publish(self, raw: bytes) -> bytes:
        """Answers `b2t.dialogue.publish`."""
        return await self._answered(raw, self._publish)

    async def versions(self, raw: bytes) -> bytes:
        """Answers `b2t.dialogue.versions`."""
        return await self._answered(raw, self._versions)

    async def deploy(self, raw: bytes) -> bytes:
        """Answers `b2t.dialogue.deploy`: deploying, a share, and rolling back."""
        return await self._answered(raw, self._deploy)

    async def deployments(self, _raw: bytes) -> bytes:
        """Answers `b2t.dialogue.deployments`."""
        try:
            await self.refresh()
        except B2TError as error:
            return refuse(error)
        return answer(self._shown())

    async def _answered(self, raw: bytes, work: Callable[[bytes], Awaitable[dict[str, Any]]]) -> bytes:
        try:
            return answer(await work(raw))
        except ValidationError:
            return refuse(Invalid("The question is not understood."))
        except B2TError as error:
            return refuse(error)

    async def _publish(self, raw: bytes) -> dict[str, Any]:
        asked = PUBLISH.validate_json(raw)
        version = await asyncio.to_thread(read_agent, asked.files, asked.documents)
        if asked.name is not None and asked.name != version.name:
            raise Invalid(f"The definition is of {version.name}, not of {asked.name}.")
        known = await self._library.record(version.name, version.version)
        if known is not None:  # what is published stays as it was published
            await self._telling.published(known.agent, known.version, known.by)
            return shown(known)
        before = await self._followed(version.name)
        record = await self._library.record(version.name, before.version) if before is not None else None
        check_publication(version, asked.tests, asked.reason, record.tests if record is not None else None)
        figures: dict[str, Understood] = {}
        if asked.reason is None:
            figures = await self._library.measuring.figures(version, before)
            check_understood(version, figures)
        await self._library.tune(version)
        proof = Proof(asked.tests, asked.reason, {locale: one.short for locale, one in figures.items()})
        await self._library.store(version, asked.by, proof)
        made = await self._library.record(version.name, version.version)
        if made is None:
            raise Unavailable("This copy has no publishing key.")
        await self._telling.published(made.agent, made.version, made.by)
        return shown(made)

    async def _followed(self, agent: str) -> Version | None:
        """The version that a new one of this agent comes after: what its name stands for, else the last published."""
        stands = self._standing(f"agent:{agent}")
        if stands is not None and stands[0] == agent:
            return await self._library.version(*stands)
        records = await self._library.records(agent)
        return await self._library.version(agent, records[0].version) if records else None

    async def _versions(self, raw: bytes) -> dict[str, Any]:
        asked = VERSIONS.validate_json(raw)
        records = await self._library.records(asked.agent)
        if not records:
            raise Unknown("There is no such agent.")
        found: dict[str, Any] = {"agent": asked.agent, "versions": [shown(record) for record in records]}
        for one in found["versions"]:
            one["deployed"] = self._where(asked.agent, one["version"])
        if asked.content is not None:
            version = await self._library.version(asked.agent, asked.content)
            if version.name != asked.agent:
                raise Unknown("There is no such version.")
            found["definition"] = json.loads(version.content)
        return found

    async def _deploy(self, raw: bytes) -> dict[str, Any]:
        asked = DEPLOY.validate_json(raw)
        for _ in range(TRIES):
            await self.refresh()
            if done_already(self.now, asked.id):
                await self._telling.deployed(self.now, self.revision)
                return self._shown()
            if asked.revision is not None and asked.revision != self.revision:
                raise Conflict("The deployments have changed meanwhile.")
            seen, revision = self.now, self.revision
            after = await self._changed(seen, asked)
            if after is seen:
                return self._shown()
            try:
                await self._put(after, revision)
            except Conflict:
                continue
            await self._telling.deployed(self.now, self.revision)
            return self._shown()
        raise Conflict("Too many change the deployments at once.")

    async def _put(self, after: Deployments, seen: int) -> None:
        """Write it over the revision seen, follow it here and tell the others. Raises Conflict, Unavailable."""
        async with self._following:
            if self.revision != seen:
                raise Conflict("The deployments have changed meanwhile.")
            await self._library.follow(after)  # what cannot be read is not deployed
            try:
                revision = await self._bus.put(BUCKET, KEY, DEPLOYMENTS.dump_json(after), revision=seen)
            except B2TError:
                await self._library.follow(self.now)
                raise
            await self._follow(after, revision)
        await self._bus.publish(TOLD, b"")

    async def _changed(self, now: Deployments, asked: DeployAsked) -> Deployments:
        to = asked.to or targets_of(now, asked.agent, self._library.configured)
        for target in to:
            if target.startswith("widget:") and target not in self._library.configured:
                raise Unknown(f"There is no {target}; a widget is set up in the configuration, with its origins.")
            if target.startswith("agent:") and target != f"agent:{asked.agent}":
                raise Invalid(f"{target} is another agent's name.")
        at = datetime.now(UTC).isoformat(timespec="seconds")
        if asked.action == "roll_back":
            held = self._standing(to[0])
            change = Change(asked.id, "rolled_back", *(held or (asked.agent, "0" * 32)), to, asked.by, at)
            for target in to:
                stands = self._standing(target)
                if stands is None or stands[0] != asked.agent:
                    raise Invalid(f"{target} does not stand for {asked.agent}.")
            return roll_back(now, change)
        if asked.version is None:
            raise Invalid("The version to deploy is missing.")
        record = await self._library.record(asked.agent, asked.version)
        if record is None:
            raise Unknown("There is no such version of this agent; publish it first.")
        await self._telling.published(record.agent, record.version, record.by)
        change = Change(asked.id, "deployed", asked.agent, asked.version, to, asked.by, at)
        if asked.share is None:
            return deploy(now, change, self._library.stands)
        change = Change(asked.id, "canary_started", asked.agent, asked.version, to, asked.by, at)
        version = await self._library.version(asked.agent, asked.version)
        since = await self._bus.stream_end("CONVERSATIONS")
        canary = Canary(asked.version, asked.share, since, asked.budget or version.agent.policies.canary)
        return start_canary(now, change, canary, self._library.stands)

    async def take_back(self, targets: tuple[str, ...], agent: str, version: str, reason: str) -> None:
        """End the share that a candidate has, on the box's own account. Another copy may have been first."""
        now, revision = self.now, self.revision
        held = [now.targets.get(name) for name in targets]
        if not all(one is not None and one.canary is not None and one.canary.version == version for one in held):
            return
        at = datetime.now(UTC).isoformat(timespec="seconds")
        change = Change(f"box/{revision}", "canary_ended", agent, version, targets, "box", at, reason)
        try:
            await self._put(roll_back(now, change), revision)
        except Conflict:
            return
        log.warning("canary_taken_back", agent=agent, version=version, reason=reason)
        with contextlib.suppress(Unavailable):  # then it is told later, as whatever a copy left untold
            await self._telling.deployed(self.now, self.revision)

    def _standing(self, target: str) -> tuple[str, str] | None:
        held = self.now.targets.get(target)
        return (held.agent, held.version) if held is not None else self._library.stands(target)

    def _where(self, agent: str, version: str) -> list[str]:
        found: list[str] = []
        for name in sorted({*self._library.configured, *self.now.targets}):
            held = self.now.targets.get(name)
            if self._standing(name) == (agent, version):
                found.append(name)
            elif held is not None and held.agent == agent and held.canary and held.canary.version == version:
                found.append(f"{name} ({held.canary.share} %)")
        return found

    def _shown(self) -> dict[str, Any]:
        targets: dict[str, Any] = {}
        for name in sorted({*self._library.configured, *self.now.targets}):
            stands, held = self._standing(name), self.now.targets.get(name)
            if stands is not None:
                canary = held.canary if held is not None else None
                targets[name] = {
                    "agent": stands[0],
                    "version": stands[1],
                    "canary": {"version": canary.version, "share": canary.share} if canary else None,
                    "before": [version for _, version in held.before] if held is not None else [],
                }
        changes = DEPLOYMENTS.dump_python(self.now, mode="json")["changes"]
        return {"revision": self.revision, "targets": targets, "changes": changes, "canaries": self.figures()}


def shown(record: Record) -> dict[str, Any]:
    return asdict(record)
