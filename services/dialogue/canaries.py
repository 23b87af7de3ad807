"""Watches candidates that have a share of new conversations, and takes back those that are worse than their budget.

The figures are counted from the event log, from where the share began: every copy comes to the same ones, a restart
loses none, and nothing is asked of another unit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from pydantic import ValidationError

from appliance import events as e
from appliance.adapters.nats import Bus, stopping
from appliance.agents.canary import Counts, Verdict, judge
from appliance.agents.definition import CanaryBudget
from appliance.agents.deployments import Deployments
from appliance.errors import B2TError
from services.dialogue.deploying import Deploying

log = structlog.get_logger(__name__)

EVERY_S: Final = 2.0
FAILED: Final = frozenset({"failed", "unknown", "capture_lost"})
"""What a connector's call comes to where it did not work."""
STAGES: Final = ("redacted", "understood", "decided")
CHANNELS: Final[Mapping[str, frozenset[e.Channel]]] = {
    "number": frozenset({e.Channel.PHONE}),
    "widget": frozenset({e.Channel.CHAT}),
    "agent": frozenset(e.Channel),
}
"""By kind of target, the channels whose conversations are compared."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One candidate beside one version in use, with all targets where it is so."""

    agent: str
    stable: str
    candidate: str
    since: int
    budget: CanaryBudget
    targets: tuple[str, ...]

    @property
    def channels(self) -> frozenset[e.Channel]:
        return frozenset().union(*(CHANNELS[target.split(":", 1)[0]] for target in self.targets))


def watched(now: Deployments) -> list[Watched]:
    found: dict[tuple[str, str, str, int], list[str]] = {}
    budgets: dict[tuple[str, str, str, int], CanaryBudget] = {}
    for name, target in sorted(now.targets.items()):
        if target.canary is not None:
            what = (target.agent, target.version, target.canary.version, target.canary.since)
            found.setdefault(what, []).append(name)
            budgets[what] = target.canary.budget
    return [Watched(*what, budgets[what], tuple(targets)) for what, targets in found.items()]


@dataclass(slots=True)
class _Open:
    version: str
    failed: bool = False
    slow: bool = False


@dataclass(slots=True)
class Tally:
    """What has come of the conversations of two versions since the share began."""

    watched: Watched
    taken: int = 0
    counts: dict[str, Counts] = field(default_factory=dict)
    _open: dict[str, _Open] = field(default_factory=dict)

    def take(self, sequence: int, batch: e.Batch) -> None:
        """One batch, in the order of the log."""
        self.taken = sequence
        asked = self.watched
        if batch.agent != asked.agent or batch.version not in (asked.stable, asked.candidate):
            return
        for event in batch.events:
            if isinstance(event, e.ConversationStarted):
                if event.channel in asked.channels:
                    self._open[batch.conversation] = _Open(event.version)
                continue
            held = self._open.get(batch.conversation)
            if held is None:
                continue
            if isinstance(event, e.ConnectorCallReturned):
                held.failed |= event.outcome in FAILED
            elif isinstance(event, e.TurnMeasured):
                took = sum(event.stages.get(stage, 0.0) for stage in STAGES)
                held.slow |= took > asked.budget.slow_ms
            elif isinstance(event, e.ConversationEnded):
                del self._open[batch.conversation]
                if event.outcome != "continued":  # it is judged where it goes on
                    counts = self.counts.get(held.version, Counts())
                    contained = event.outcome == "contained"
                    self.counts[held.version] = counts.plus(contained=contained, failed=held.failed, slow=held.slow)

    def verdict(self) -> Verdict:
        asked = self.watched
        return judge(self.counts.get(asked.stable, Counts()), self.counts.get(asked.candidate, Counts()), asked.budget)


class Canaries:
    def __init__(self, bus: Bus, deploying: Deploying) -> None:
        self._bus = bus
        self._deploying = deploying
        self._tallies: dict[Watched, Tally] = {}

    async def run(self) -> None:
        while not stopping():
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except B2TError as error:
                log.warning("canaries_not_looked_at", code=error.code)

    async def look(self) -> None:
        """Count what is new, and take back what is worse. Raises Unavailable."""
        wanted = watched(self._deploying.now)
        self._tallies = {one: self._tallies.get(one) or Tally(one, one.since) for one in wanted}
        for one, tally in self._tallies.items():
            async for sequence, raw in self._bus.read("CONVERSATIONS", "b2t.conversation.*", after=tally.taken):
                try:
                    tally.take(sequence, e.BATCH.validate_json(raw))
                except ValidationError:
                    tally.taken = sequence
            worse = tally.verdict().worse
            if worse is not None:
                await self._deploying.take_back(one.targets, one.agent, one.candidate, worse)

    def figures(self) -> list[dict[str, Any]]:
        """For `b2t agents canary`."""
        found: list[dict[str, Any]] = []
        for one, tally in self._tallies.items():
            verdict = tally.verdict()
            found.append(
                {
                    "agent": one.agent,
                    "to": list(one.targets),
                    "stable": _row(one.stable, tally),
                    "candidate": _row(one.candidate, tally),
                    "worse_by": {name: [round(at, 3) for at in edges] for name, edges in verdict.bounds.items()},
                    "least": one.budget.least,
                }
            )
        return found


def _row(version: str, tally: Tally) -> dict[str, Any]:
    counts = tally.counts.get(version, Counts())
    return {
        "version": version,
        "ended": counts.ended,
        "contained": counts.contained,
        "failed": counts.failed,
        "slow": counts.slow,
    }
