"""Versions and deployments through the API: rights, who asked, what is refused; dialogue itself is faked."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from appliance.access.rights import Right
from appliance.agents.knowledge_folder import generations_of
from appliance.agents.loading import TEMPLATES, load_agent, read_agent
from appliance.errors import Conflict, Tampered
from appliance.knowledge import questions as q
from tests.services.gateway.conftest import Shared

pytestmark = pytest.mark.asyncio(loop_scope="module")
VERSION = "0" * 32
BANKING = load_agent(TEMPLATES / "banking")
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


ZIP = {"content-type": "application/zip"}
BUNDLES = "/v1/agents/banking/bundles"


def bundle(**more: str) -> bytes:
    """The Banking template's folder, changed in some files."""
    folder = TEMPLATES / "banking"
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, **more}.items():
            archive.writestr(f"my-bank/{name}", content)
    return made.getvalue()


async def test_a_folder_is_published_with_its_documents(shared: Shared) -> None:
    covered = {"steps": 9, "steps_reached": 9, "ways": 9, "ways_gone": 9}
    proof = {"version": BANKING.version, "passed": 5, "failed": 0, "written": 5, "coverage": covered}
    async with shared.box.client(shared.key) as client:
        made = await client.post(BUNDLES, content=bundle(**{"tests.json": json.dumps(proof)}), headers=ZIP)
        bare = await client.post(f"{BUNDLES}?reason=tried%20by%20hand", content=bundle(), headers=ZIP)
    assert [made.status_code, bare.status_code] == [201, 201], made.text
    first, second = [order for verb, order in shared.units.ordered if verb == "publish"][-2:]
    assert read_agent(first["files"], first["documents"]).version == BANKING.version
    assert first["documents"] == generations_of(TEMPLATES / "banking")
    assert (first["tests"]["passed"], first["reason"], second["reason"]) == (5, None, "tried by hand")
    assert first["by"].startswith("api_key:")
    held = shared.units.held[-1]
    assert (held.base, held.language) == ("banking.faq", "en")
    assert set(held.documents) == {file.name for file in (TEMPLATES / "banking/knowledge/faq").iterdir()}
    incoming = shared.box.paths.folder("retrieval") / "incoming"
    assert list(incoming.iterdir()) == []


async def test_a_folder_is_refused_before_anything_is_handed_over(shared: Shared) -> None:
    held, ordered = len(shared.units.held), len(shared.units.ordered)
    wrong = bundle(**{"agent.yaml": "nonsense: true"})
    async with shared.box.client(shared.key) as client:
        for path, body, code, status in (
            (BUNDLES, bundle(), "not-published", 422),
            (f"{BUNDLES}?reason=x%20y", b"PK nothing", "invalid-bundle", 422),
            (f"{BUNDLES}?reason=x%20y", bundle(**{"../../x.yaml": "x"}), "invalid-bundle", 422),
            (f"{BUNDLES}?reason=x%20y", wrong, "invalid-agent", 422),
            ("/v1/agents/other/bundles?reason=x%20y", bundle(), "invalid", 400),
            (f"{BUNDLES}?reason=x", bundle(), "invalid", 400),
            (BUNDLES, b"\0" * ((32 << 20) + 1), "too-large", 413),
        ):
            answer = await client.post(path, content=body, headers=ZIP)
            assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
            assert answer.headers["content-type"] == "application/problem+json"
        answer = await client.post(BUNDLES, json={})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")
    assert (len(shared.units.held), len(shared.units.ordered)) == (held, ordered)


async def test_documents_that_cannot_be_read_are_refused_with_retrievals_word(shared: Shared) -> None:
    ordered = len(shared.units.ordered)
    shared.units.refuse_documents = q.Refused("invalid", "fees.md has no text in it.", False)
    try:
        async with shared.box.client(shared.key) as client:
            answer = await client.post(f"{BUNDLES}?reason=x%20y", content=bundle(), headers=ZIP)
    finally:
        shared.units.refuse_documents = None
    assert (answer.status_code, answer.json()["title"]) == (400, "fees.md has no text in it.")
    assert len(shared.units.ordered) == ordered


async def test_only_who_may_publish_may_send_a_folder(shared: Shared) -> None:
    others = [other for other in Right if other is not Right.PUBLISH_AGENTS]
    async with shared.box.client(await shared.box.key(*others)) as client:
        assert (await client.post(BUNDLES, content=bundle(), headers=ZIP)).status_code == 403
