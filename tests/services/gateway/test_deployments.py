"""Versions and deployments through the API: rights, who asked, what is refused; dialogue itself is faked."""

from __future__ import annotations

import pytest

from appliance.access.rights import Right
from appliance.errors import Conflict, Tampered
from tests.services.gateway.conftest import Shared

pytestmark = pytest.mark.asyncio(loop_scope="module")
VERSION = "0" * 32
DEPLOY = {"agent": "banking", "version": VERSION, "to": ["number:1000"], "share": 10, "id": "one", "revision": 4}


async def test_what_is_asked_reaches_dialogue_with_who_asked(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        listed = (await client.get("/v1/agents/banking/versions")).json()["versions"]
        made = await client.post("/v1/agents/banking/versions", json={"files": {"agent.yaml": "name: banking"}})
        deployed = await client.post("/v1/deployments", json={**DEPLOY, "budget": {"least": 50}})
        back = await client.post("/v1/deployments/rollback", json={"agent": "banking"})
        shown = (await client.get("/v1/deployments")).json()
    assert [one["version"] for one in listed] == [VERSION]
    assert [made.status_code, deployed.status_code, back.status_code] == [201, 201, 201]
    assert shown["targets"]["number:1000"]["version"] == VERSION
    figures = shown["canaries"][0]
    assert (figures["candidate"]["ended"], figures["worse_by"]) == (21, {"containment": [-0.31, 0.22]})
    told = dict(shared.units.ordered[-5:])
    assert told["publish"]["name"] == "banking"
    assert told["publish"]["by"].startswith("api_key:")
    orders = [order for verb, order in shared.units.ordered if verb == "deploy"]
    assert {**DEPLOY, "action": "deploy"}.items() <= orders[-2].items()
    assert (orders[-2]["budget"]["least"], orders[-1]["action"]) == (50, "roll_back")
    assert orders[-2]["by"] == told["publish"]["by"]


@pytest.mark.parametrize(
    ("path", "right", "body"),
    [
        ("/v1/agents/banking/versions", Right.PUBLISH_AGENTS, {"files": {"agent.yaml": "name: banking"}}),
        ("/v1/deployments", Right.DEPLOY_AGENTS, DEPLOY),
        ("/v1/deployments/rollback", Right.DEPLOY_AGENTS, {"agent": "banking"}),
    ],
)
async def test_only_who_has_the_right(shared: Shared, path: str, right: Right, body: dict[str, object]) -> None:
    others = [other for other in Right if other is not right]
    async with shared.box.client(await shared.box.key(*others)) as client:
        assert (await client.post(path, json=body)).status_code == 403
    async with shared.box.client(await shared.box.key(right)) as client:
        assert (await client.post(path, json=body)).status_code == 201


async def test_dialogues_word_is_passed_on(shared: Shared) -> None:
    try:
        async with shared.box.client(shared.key) as client:
            for error, status in (
                (Conflict("changed meanwhile"), 409),
                (Tampered("changed"), 503),
            ):
                shared.units.refuse_orders = error
                answer = await client.post("/v1/deployments", json=DEPLOY)
                assert (answer.status_code, answer.json()["title"]) == (status, error.title)
    finally:
        shared.units.refuse_orders = None


async def test_what_is_no_target_or_share_is_refused(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        for wrong in ({"to": ["1000"]}, {"share": 0}, {"share": 100}, {"version": "x"}, {"nonsense": 1}):
            assert (await client.post("/v1/deployments", json={**DEPLOY, **wrong})).status_code == 400, wrong
