"""What may be asked on `b2t.dialogue.{publish,versions,deploy,deployments}`; the same for the API and the command."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from appliance.agents.definition import CanaryBudget
from appliance.agents.deployments import Share, TargetName
from appliance.agents.versions import AgentName, Reason, Trial, VersionName
from appliance.errors import B2TError, Unavailable

STRICT: Final = ConfigDict(extra="forbid")
By = Annotated[str, Field(min_length=1, max_length=128)]
FileName = Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishAsked:
    """An agent's YAML texts by file name."""

    __pydantic_config__ = STRICT
    by: By
    files: dict[FileName, str]
    name: AgentName | None = None
    """The agent it has to be, where that is known."""
    documents: dict[str, str] = field(default_factory=dict)
    """Knowledge base → generation of the documents that its folder brings."""
    tests: Trial | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsAsked:
    __pydantic_config__ = STRICT
    agent: AgentName
    content: VersionName | None = None
    """The version whose definition is wanted too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployAsked:
    """`id` makes asking twice one change; with `revision` only the record that was seen is changed."""

    __pydantic_config__ = STRICT
    id: Annotated[str, Field(min_length=1, max_length=64)]
    by: By
    agent: AgentName
    action: Literal["deploy", "roll_back"] = "deploy"
    version: VersionName | None = None
    to: Annotated[tuple[TargetName, ...], Field(max_length=100)] = ()
    """None: everywhere the agent answers."""
    share: Share | None = None
    budget: CanaryBudget | None = None
    revision: Annotated[int, Field(ge=0)] | None = None


PUBLISH: TypeAdapter[PublishAsked] = TypeAdapter(PublishAsked)
VERSIONS: TypeAdapter[VersionsAsked] = TypeAdapter(VersionsAsked)
DEPLOY: TypeAdapter[DeployAsked] = TypeAdapter(DeployAsked)


class Refusal(BaseModel):
    model_config = ConfigDict(extra="ignore")
    code: str
    title: str
    status: int
    retryable: bool


class NotDone(B2TError):
    """Dialogue's own word on why it was not done."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.title)
        self.code, self.status, self.retryable = refusal.code, refusal.status, refusal.retryable


def answer(found: dict[str, Any]) -> bytes:
    return json.dumps({"found": found}, ensure_ascii=False).encode()


def refuse(error: B2TError) -> bytes:
    told = {"code": error.code, "title": error.title, "status": error.status, "retryable": error.retryable}
    return json.dumps({"error": told}, ensure_ascii=False).encode()


def read_answer(raw: bytes) -> dict[str, Any]:
    """Raises NotDone, Unavailable."""
    try:
        got = json.loads(raw)
        if "error" in got:
            raise NotDone(Refusal.model_validate(got["error"]))
        found = got["found"]
        assert isinstance(found, dict)
    except (ValueError, KeyError, TypeError, AssertionError, ValidationError):
        raise Unavailable("Dialogue's answer is not understood.") from None
    return found
