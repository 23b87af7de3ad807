"""Agents as dialogue tells of them on `b2t.dialogue.agents`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from appliance.errors import Unavailable


class Deployments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    numbers: tuple[str, ...] = ()
    widgets: tuple[str, ...] = ()


class Agent(BaseModel):
    """`version` is the content hash of the definition that new conversations get."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(examples=["banking"])
    title: str = Field("", examples=["Banking"])
    version: str = Field("", examples=["sha256:3f0c"])
    deployments: Deployments = Field(default_factory=Deployments)


_AGENTS: TypeAdapter[tuple[Agent, ...]] = TypeAdapter(tuple[Agent, ...])


def read_agents(answer: dict[str, Any]) -> tuple[Agent, ...]:
    """Raises Unavailable for an answer that is not understood."""
    try:
        return _AGENTS.validate_python(answer.get("agents"))
    except ValidationError:
        raise Unavailable("Dialogue's answer is not understood.") from None
