"""Agents as dialogue tells of them on `b2t.dialogue.agents`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from appliance.errors import Unavailable


class Deployments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    numbers: tuple[str, ...] = ()
    widgets: tuple[str, ...] = ()


class Agent(BaseModel):
    """`version` is the content hash of the definition that new conversations get; of one that answers nowhere, that was
    published last."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(examples=["banking"])
    title: str = Field("", examples=["Banking"])
    version: str = Field("", examples=["sha256:3f0c"])
    state: Literal["answers", "published"] = Field(
        "answers", description="`published`: it answers nowhere until it is deployed."
    )
    deployments: Deployments = Field(default_factory=Deployments)


_AGENTS: TypeAdapter[tuple[Agent, ...]] = TypeAdapter(tuple[Agent, ...])


def read_agents(answer: dict[str, Any]) -> tuple[Agent, ...]:
    """Those that answer somewhere, and those that are published and answer nowhere. Raises Unavailable for an answer
    that is not understood."""
    try:
        waiting = _AGENTS.validate_python(answer.get("published") or ())
        return (
            *_AGENTS.validate_python(answer.get("agents")),
            *(agent.model_copy(update={"state": "published"}) for agent in waiting),
        )
    except ValidationError:
        raise Unavailable("Dialogue's answer is not understood.") from None
