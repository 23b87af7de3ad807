"""Versions of agents, and where each answers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Final

from litestar import Request, get, post
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import JSONBody, PathParameter, QueryParameter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from appliance.access.rights import Right
from appliance.agents.bundle import MEDIA_TYPES as BUNDLES
from appliance.agents.bundle import PACKED_AT_MOST
from appliance.agents.definition import CanaryBudget
from appliance.agents.publication import (
    DEPLOY,
    PUBLISH,
    VERSIONS,
    DeployAsked,
    NotDone,
    PublishAsked,
    VersionsAsked,
    read_answer,
)
from appliance.agents.versions import Trial
from appliance.errors import Unavailable
from services.gateway.bundles import NoZip
from services.gateway.gateway import Gateway
from services.gateway.problems import MEDIA_TYPE, Problem

ASKED_WITHIN_S: Final = 10.0
TRAINED_WITHIN_S: Final = 120.0
REFUSED: Final = {
    422: ResponseSpec(
        data_container=Problem,
        description="The definition has a mistake, its scenarios do not pass, or it is understood worse.",
        media_type=MEDIA_TYPE,
        generate_examples=False,
    )
}
NOT_A_ZIP: Final = {
    415: ResponseSpec(
        data_container=Problem,
        description="The body is said to be neither `application/zip` nor `application/octet-stream`.",
        media_type=MEDIA_TYPE,
        generate_examples=False,
    )
}
AgentName = Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The agent's name.")]
Named = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["banking"])]
VersionName = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", examples=["1bdf72a07bac431b3b0b56c4182e8e72"])]
TargetName = Annotated[
    str,
    Field(
        pattern=r"^(number:[0-9A-Za-z+*#._-]{1,64}|(widget|agent):[A-Za-z0-9_-]{1,64})$",
        description="`number:…`, `widget:…`, or `agent:…` for conversations that name the agent.",
        examples=["number:1000"],
    ),
]


def _no_truth(value: Any) -> Any:
    """JSON's true and false are no numbers, though Python takes them for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("Input should be a valid integer")
    return value


Count = Annotated[int, BeforeValidator(_no_truth), Field(ge=0, le=10_000_000)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="The same id is the same change, once.")]
Revision = Annotated[
    int,
    BeforeValidator(_no_truth),
    Field(ge=0, le=2**53, description="Only if the deployments are still at this revision."),
]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TestsGiven(_Body):
    """What `b2t agents test --json` found."""

    version: VersionName
    passed: Count
    failed: Count
    written: Count
    steps: Count
    steps_reached: Count
    ways: Count
    ways_gone: Count


class PublishGiven(_Body):
    """Scenarios that pass, or a reason for publishing without."""

    files: Annotated[
        dict[str, str],
        Field(
            min_length=1, max_length=100, description="YAML by file name.", examples=[{"agent.yaml": "name: banking"}]
        ),
    ]
    tests: TestsGiven | None = None
    reason: Annotated[str, Field(min_length=3, max_length=200, pattern=r"\S")] | None = None


class BudgetGiven(_Body):
    """By how much a share may be worse before it is taken back by itself; what is left out is the agent's own."""

    containment: Annotated[float, BeforeValidator(_no_truth), Field(ge=0, le=1)] = 0.05
    errors: Annotated[float, BeforeValidator(_no_truth), Field(ge=0, le=1)] = 0.02
    slow: Annotated[float, BeforeValidator(_no_truth), Field(ge=0, le=1)] = 0.05
    slow_ms: Annotated[float, BeforeValidator(_no_truth), Field(gt=0, le=60_000)] = 400
    least: Annotated[int, BeforeValidator(_no_truth), Field(ge=5, le=100_000)] = 20


class DeployGiven(_Body):
    agent: Named
    version: VersionName
    to: Annotated[list[TargetName], Field(max_length=100, description="None: everywhere the agent answers.")] = []
    share: (
        Annotated[int, BeforeValidator(_no_truth), Field(ge=1, le=99, description="Of a hundred new conversations.")]
        | None
    ) = None
    budget: BudgetGiven | None = None
    id: Id | None = None
    revision: Revision | None = None


class RollBackGiven(_Body):
    agent: Named
    to: Annotated[list[TargetName], Field(max_length=100)] = []
    id: Id | None = None
    revision: Revision | None = None


class TestsShown(BaseModel):
    version: str
    passed: int
    failed: int
    written: int
    steps: int
    steps_reached: int
    ways: int
    ways_gone: int


class SharesShown(BaseModel):
    accuracy: float = Field(description="Of the examples left out of training, those understood as their intent.")
    out_of_scope: float = Field(description="Of sentences that are none of its business, those refused.")


class IntentShown(BaseModel):
    examples: int
    after: float
    before: float | None
    taken_for: str | None = Field(description="What those not understood are mostly taken for.")


class UnderstoodShown(BaseModel):
    examples: int
    outside: int
    after: SharesShown
    before: SharesShown | None = Field(description="Of the version before, asked the same; null for the first.")
    intents: dict[str, IntentShown] = Field(description="Those that lost most, first.")


class VersionShown(BaseModel):
    agent: str
    version: str
    content: str = Field(description="SHA-256 of the definition.")
    by: str = Field(examples=["operator"])
    at: str = Field(examples=["2026-11-02T09:00:00+00:00"])
    tests: TestsShown | None
    reason: str | None = Field(description="Why it was published without scenarios that pass.")
    understanding: dict[str, UnderstoodShown] = Field(
        default_factory=dict, description="By locale, where its examples are others than those of the version before."
    )
    key: str = Field(description="Fingerprint of the key that signed it.")
    signature: str
    deployed: list[str] = Field(default_factory=list, description="Where new conversations get it.")


class Versions(BaseModel):
    agent: str
    versions: list[VersionShown]


class CanaryShown(BaseModel):
    version: str
    share: int


class TargetShown(BaseModel):
    agent: str
    version: str
    canary: CanaryShown | None
    before: list[str] = Field(description="Versions that it can be rolled back to, the last first.")


class ChangeShown(BaseModel):
    id: str
    what: str = Field(examples=["deployed"])
    agent: str
    version: str
    to: list[str]
    by: str
    at: str
    reason: str | None


class FiguresShown(BaseModel):
    """Of one version, conversations that have ended since the share began."""

    version: str
    ended: int
    contained: int = Field(description="Needed no person.")
    failed: int = Field(description="A connector's call failed in them.")
    slow: int = Field(description="A turn took longer than the budget's `slow_ms`.")


class ComparedShown(BaseModel):
    """A version with a share beside the version in use."""

    agent: str
    to: list[str]
    stable: FiguresShown
    candidate: FiguresShown
    worse_by: dict[str, tuple[float, float]] = Field(
        description="By question, by how much the candidate is worse, at least and at most; below 0 it is better.",
        examples=[{"containment": [-0.12, 0.31]}],
    )
    least: int = Field(description="Ended conversations of each version before anything is judged.")


class DeploymentsShown(BaseModel):
    revision: int
    targets: dict[str, TargetShown]
    changes: list[ChangeShown] = Field(description="The last first.")
    canaries: list[ComparedShown] = Field(
        default_factory=list, description="How versions with a share do; a new one is there after some seconds."
    )


@get("/v1/agents/{name:str}/versions", opt={"right": Right.READ_AGENTS}, tags=["Agents"], summary="Published versions")
async def versions(request: Request[Any, Any, Any], name: AgentName) -> Versions:
    asked = VERSIONS.dump_json(VersionsAsked(agent=name))
    return Versions.model_validate(await _ask(request, "b2t.dialogue.versions", asked))


@post(
    "/v1/agents/{name:str}/versions",
    opt={"right": Right.PUBLISH_AGENTS},
    tags=["Agents"],
    summary="Publish a version",
    description=(
        "It is stored and signed; nobody hears it until it is deployed. Refused where it is understood worse than the "
        "version before, by more than the definition's `policies.publish` allows: the box measures that itself."
    ),
    responses=REFUSED,
)
async def publish(request: Request[Any, Any, Any], name: AgentName, data: JSONBody[PublishGiven]) -> VersionShown:
    tests = None if data.tests is None else Trial(**data.tests.model_dump())
    by = request.user.actor
    asked = PublishAsked(files=data.files, by=by, name=name, tests=tests, reason=data.reason)
    made = await _ask(request, "b2t.dialogue.publish", PUBLISH.dump_json(asked), TRAINED_WITHIN_S)
    return VersionShown.model_validate(made)


@dataclass
class BundleOperation(Operation):
    """The body is taken as it is, so its description is written out."""

    def __post_init__(self) -> None:
        binary = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        content = {kind: binary for kind in BUNDLES}
        said = "A zip archive of the agent's folder, 32 MiB at most."
        self.request_body = RequestBody(content=content, description=said, required=True)


@post(
    "/v1/agents/{name:str}/bundles",
    opt={"right": Right.PUBLISH_AGENTS},
    tags=["Agents"],
    summary="Publish an agent's folder",
    description=(
        "Like publishing a version, with the documents in `knowledge/` and, as `tests.json`, what `b2t agents test "
        "--json` said. It is the same version as the command makes of the folder."
    ),
    responses=REFUSED | NOT_A_ZIP,
    request_max_body_size=PACKED_AT_MOST,
    operation_class=BundleOperation,
)
async def publish_bundle(
    request: Request[Any, Any, Any],
    name: AgentName,
    reason: Annotated[
        str | None,
        QueryParameter(
            min_length=3,
            max_length=200,
            pattern=r"\S",
            description="Publish whatever is found, and why, for the record.",
        ),
    ] = None,
) -> VersionShown:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in BUNDLES:
        raise NoZip("Send a zip archive, as application/zip.")
    gateway: Gateway = request.app.state.gateway
    order = await gateway.bundles.order(await request.body(), name, request.user.actor, reason)
    made = await _ask(request, "b2t.dialogue.publish", PUBLISH.dump_json(order), TRAINED_WITHIN_S)
    return VersionShown.model_validate(made)


@get("/v1/deployments", opt={"right": Right.READ_AGENTS}, tags=["Agents"], summary="Which version answers where")
async def deployments(request: Request[Any, Any, Any]) -> DeploymentsShown:
    return DeploymentsShown.model_validate(await _ask(request, "b2t.dialogue.deployments", b"{}"))


@post(
    "/v1/deployments",
    opt={"right": Right.DEPLOY_AGENTS},
    tags=["Agents"],
    summary="Deploy a version",
    description="New conversations get it, or a share of them; those that run stay with theirs.",
)
async def deploy(request: Request[Any, Any, Any], data: JSONBody[DeployGiven]) -> DeploymentsShown:
    asked = DeployAsked(
        id=data.id or str(uuid.uuid4()),
        by=request.user.actor,
        agent=data.agent,
        version=data.version,
        to=tuple(data.to),
        share=data.share,
        budget=None if data.budget is None else CanaryBudget(**data.budget.model_dump()),
        revision=data.revision,
    )
    return DeploymentsShown.model_validate(await _ask(request, "b2t.dialogue.deploy", DEPLOY.dump_json(asked)))


@post(
    "/v1/deployments/rollback",
    opt={"right": Right.DEPLOY_AGENTS},
    tags=["Agents"],
    summary="Roll back",
    description="A share ends; where there is none, the version before answers again.",
)
async def roll_back(request: Request[Any, Any, Any], data: JSONBody[RollBackGiven]) -> DeploymentsShown:
    asked = DeployAsked(
        id=data.id or str(uuid.uuid4()),
        by=request.user.actor,
        agent=data.agent,
        action="roll_back",
        to=tuple(data.to),
        revision=data.revision,
    )
    return DeploymentsShown.model_validate(await _ask(request, "b2t.dialogue.deploy", DEPLOY.dump_json(asked)))


async def _ask(
    request: Request[Any, Any, Any], subject: str, order: bytes, within_s: float = ASKED_WITHIN_S
) -> dict[str, Any]:
    """Raises NotDone with dialogue's own word, Unavailable."""
    gateway: Gateway = request.app.state.gateway
    try:
        return read_answer(await gateway.unit.bus.request(subject, order, timeout_s=within_s))
    except NotDone as error:
        if error.status >= 500:
            raise Unavailable(error.title) from None
        raise
