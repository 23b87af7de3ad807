"""Which version a number, a widget or an agent's name stands for: one record, changed whole, by pure functions.

A target that nobody has deployed to stands for what the configuration and the agents' folder say.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from appliance.agents.definition import CanaryBudget
from appliance.agents.versions import AgentName, VersionName
from appliance.errors import Invalid, Tampered, Unknown

STRICT: Final = ConfigDict(extra="forbid")
KEPT: Final = 50
"""Changes that the record remembers."""
BACK: Final = 10
"""Versions that a target can be rolled back through."""
TargetName = Annotated[str, Field(pattern=r"^(number:[0-9A-Za-z+*#._-]{1,64}|(widget|agent):[A-Za-z0-9_-]{1,64})$")]
Share = Annotated[int, Field(ge=1, le=99)]


@dataclass(frozen=True, slots=True)
class Canary:
    version: VersionName
    share: Share
    """Of a hundred new conversations, so many get it."""
    since: Annotated[int, Field(ge=0)]
    """Sequence of the last event there was when it began: what is judged comes after it."""
    budget: CanaryBudget = field(default_factory=CanaryBudget)


@dataclass(frozen=True, slots=True)
class Target:
    agent: AgentName
    version: VersionName
    canary: Canary | None = None
    before: tuple[tuple[AgentName, VersionName], ...] = ()
    """What it stood for, the last first."""


@dataclass(frozen=True, slots=True)
class Change:
    id: Annotated[str, Field(min_length=1, max_length=64)]
    what: Literal["deployed", "canary_started", "canary_ended", "rolled_back"]
    agent: AgentName
    version: VersionName
    to: tuple[TargetName, ...]
    by: Annotated[str, Field(max_length=128)]
    at: str
    reason: Annotated[str, Field(max_length=200)] | None = None


@dataclass(frozen=True, slots=True)
class Deployments:
    targets: dict[TargetName, Target] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    """The last first."""


DEPLOYMENTS: TypeAdapter[Deployments] = TypeAdapter(Deployments)
Standing = Callable[[str], tuple[str, str] | None]
"""What a target stands for that nobody has deployed to: agent and version, or None."""


def read_deployments(raw: bytes) -> Deployments:
    """Raises Tampered."""
    try:
        return DEPLOYMENTS.validate_json(raw)
    except ValidationError:
        raise Tampered("the record of deployments cannot be read") from None


def place(key: bytes, conversation: str, version: str) -> float:
    """Where a conversation falls, from 0 to 100: the same at every asking, for each candidate anew."""
    digest = hmac.new(key, f"canary/{version}/{conversation}".encode(), "sha256").digest()
    return int.from_bytes(digest[:8], "big") / (1 << 64) * 100


def standing(target: Target, key: bytes, conversation: str) -> tuple[str, str]:
    """Agent and version that a new conversation gets."""
    canary = target.canary
    if canary is not None and place(key, conversation, canary.version) < canary.share:
        return target.agent, canary.version
    return target.agent, target.version


def done_already(deployments: Deployments, change: str) -> bool:
    return any(one.id == change for one in deployments.changes)


def deploy(now: Deployments, change: Change, standing: Standing) -> Deployments:
    """Every new conversation of the targets gets the version. What is so already stays as it is."""
    targets = dict(now.targets)
    for name in change.to:
        held = targets.get(name) or _first(standing(name))
        if held is None:
            targets[name] = Target(change.agent, change.version)
        elif (held.agent, held.version) == (change.agent, change.version):
            targets[name] = replace(held, canary=None)
        else:
            before = ((held.agent, held.version), *held.before)[:BACK]
            targets[name] = Target(change.agent, change.version, None, before)
    return _changed(now, targets, change)


def start_canary(now: Deployments, change: Change, canary: Canary, standing: Standing) -> Deployments:
    """A share of the targets' new conversations gets the version. Raises Invalid where there is nothing beside it."""
    targets = dict(now.targets)
    for name in change.to:
        held = targets.get(name) or _first(standing(name))
        if held is None or held.agent != change.agent:
            raise Invalid(f"{name} does not stand for {change.agent}: there is nothing to measure a share against.")
        if held.version == change.version:
            raise Invalid(f"{name} stands for this version already.")
        targets[name] = replace(held, canary=canary)
    return _changed(now, targets, change)


def roll_back(now: Deployments, change: Change) -> Deployments:
    """A share ends; where there is none, the target stands again for what it stood for before. Raises Invalid."""
    targets = dict(now.targets)
    for name in change.to:
        held = targets.get(name)
        if held is None or not (held.canary or held.before):
            raise Invalid(f"There is nothing that {name} stood for before.")
        if held.canary is not None:
            targets[name] = replace(held, canary=None)
        else:
            (agent, version), *rest = held.before
            targets[name] = Target(agent, version, None, tuple(rest))
    return _changed(now, targets, change)


def targets_of(now: Deployments, agent: str, others: Mapping[str, str]) -> tuple[str, ...]:
    """Where the agent answers. `others`: targets as the configuration has them, to the agent. Raises Unknown."""
    found = {name for name, target in now.targets.items() if target.agent == agent}
    found |= {name for name, named in others.items() if named == agent and name not in now.targets}
    if not found:
        raise Unknown("This agent answers nowhere; name the number or widget.")
    return tuple(sorted(found))


def _first(stands: tuple[str, str] | None) -> Target | None:
    return Target(*stands) if stands is not None else None


def _changed(now: Deployments, targets: dict[str, Target], change: Change) -> Deployments:
    if targets == now.targets:
        return now
    return Deployments(targets, (change, *now.changes)[:KEPT])
