"""The API as an integrator uses it: conversations, their events and stream, agents, figures."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from appliance.access.rights import Right
from tests.fakes.units import GREETING
from tests.services.gateway.conftest import Chat, Shared, place

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def started(client: httpx.AsyncClient) -> str:
    answer = await client.post("/v1/conversations", json={"agent": "banking"})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/conversations/{answer.json()['conversation']}"
    return str(answer.json()["conversation"])


async def send(client: httpx.AsyncClient, conversation: str, text: str, id: str | None = None) -> httpx.Response:
    body = {"id": id or str(uuid.uuid4()), "text": text}
    return await client.post(f"/v1/conversations/{conversation}/messages", json=body)


async def read_once(
    client: httpx.AsyncClient, conversation: str, there: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """The conversation as it is read, once what was accepted has been taken."""
    read: dict[str, Any] = {}
    async with asyncio.timeout(10):
        while not read or not there(read):
            answer = await client.get(f"/v1/conversations/{conversation}")
            read = answer.json() if answer.status_code == 200 else {}
            await asyncio.sleep(0.02)
    return read


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, str, dict[str, Any]]]:
    """Server-sent events as type, id and data."""
    found: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line == "" and "data" in found:
            yield found.get("event", ""), found.get("id", ""), json.loads(found["data"])
            found = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            found[name] = value


async def test_a_start_asked_for_again_is_the_same_conversation(shared: Shared) -> None:
    body = {"agent": "banking", "id": str(uuid.uuid4())}
    async with shared.box.client(shared.key) as client:
        asked = [client.post("/v1/conversations", json=body) for _ in range(3)]
        answers = [*await asyncio.gather(*asked), await client.post("/v1/conversations", json=body)]
        other = await client.post("/v1/conversations", json=body | {"id": str(uuid.uuid4())})
        assert {answer.status_code for answer in [*answers, other]} == {201}
        (conversation,) = {answer.json()["conversation"] for answer in answers}
        assert other.json()["conversation"] != conversation
        assert (await send(client, conversation, "hi again")).status_code == 202
        lines = (await read_once(client, conversation, lambda read: len(read["lines"]) == 3))["lines"]
        assert [line["kind"] for line in lines] == ["reply", "said", "reply"]


async def test_a_conversation_is_started_held_read_and_ended(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        conversation = await started(client)
        id = str(uuid.uuid4())
        for _ in range(2):
            answer = await send(client, conversation, "hi from a program", id)
            assert (answer.status_code, answer.json()) == (202, {"conversation": conversation, "id": id})
        assert shared.units.said.count("hi from a program") == 1
        await send(client, conversation, "my card is 4111111111111111")
        read = await read_once(client, conversation, lambda read: len(read["lines"]) == 5)
        assert (read["agent"], read["channels"], read["ended"]) == ("banking", ["api"], None)
        assert [line["kind"] for line in read["lines"]] == ["reply", "said", "reply", "said", "reply"]
        said = read["lines"][1]
        assert (said["text"], said["intent"], said["modality"]) == ("hi from a program", "balance", "text")
        assert said["stages"] == {"redacted": 1.5, "understood": 3.25, "decided": 0.5}
        assert read["lines"][3]["text"] == "my card is <CARD_1>"
        assert (await client.post(f"/v1/conversations/{conversation}/end")).status_code == 202
        read = await read_once(client, conversation, lambda read: read["ended"] is not None)
        assert (read["outcome"], read["reason"]) == ("abandoned", "closed")
        assert read["ended"] is not None
        answer = await send(client, conversation, "anybody?")
        assert (answer.status_code, answer.json()["code"]) == (409, "ended")


async def test_only_who_started_it_takes_part(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        conversation = await started(client)
    chat = await shared.box.chat()
    async with shared.box.client(await shared.box.key()) as other:
        for id in (conversation, chat.welcome["conversation"], "unknown"):
            assert (await send(other, id, "as somebody else")).status_code == 404
            assert (await other.post(f"/v1/conversations/{id}/end")).status_code == 404
    assert "as somebody else" not in shared.units.said
    await chat.close()


async def test_events_come_as_they_happen_and_go_on_after_a_break(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        conversation = await started(client)
        url = f"/v1/conversations/{conversation}/events"
        async with client.stream("GET", url) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            stream = events(answer)
            kinds = [await anext(stream)]
            assert kinds[0][0] == "reply_finished"
            assert kinds[0][2]["text"] == GREETING
            await send(client, conversation, "my card is 4111111111111111")
            while kinds[-1][0] != "reply_finished" or len(kinds) == 1:
                kinds.append(await anext(stream))
            assert [kind for kind, _, _ in kinds][1:3] == ["said", "reply_started"]
            assert kinds[1][2]["text"] == "my card is 4111111111111111"
        last = kinds[-1][1]
        await shared.units.speak(conversation, "Meanwhile.")
        async with client.stream("GET", url, headers={"last-event-id": last}) as answer:
            kind, id, frame = await anext(events(answer))
            assert (kind, frame["text"]) == ("reply_finished", "Meanwhile.")
            assert int(id) > int(last)


async def test_who_may_only_read_listens_to_a_redacted_view_and_is_audited(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    await chat.say("my card is 4111111111111111")
    await chat.next("reply_finished")
    conversation = chat.welcome["conversation"]
    key = await shared.box.key(Right.READ_CONVERSATIONS)
    async with (
        shared.box.client(key) as client,
        client.stream("GET", f"/v1/conversations/{conversation}/events") as got,
    ):
        stream = events(got)
        seen = [await anext(stream) for _ in range(3)]
    assert seen[1][2]["text"] == "my card is <CARD_1>"
    assert "4111111111111111" not in json.dumps(seen)
    url = f"ws://127.0.0.1:{shared.box.port}/v1/conversations/{conversation}/stream"
    socket = Chat(await connect(url, additional_headers={"authorization": f"Bearer {key}"}))
    assert (await socket.next())["type"] == "welcome"
    assert (await socket.next("said"))["text"] == "my card is <CARD_1>"
    await socket.say("let me in")
    assert (await socket.next("problem"))["code"] == "invalid"
    assert "let me in" not in shared.units.said
    told = [json.loads(data) async for _, data in shared.units.bus.read("AUDIT", "b2t.audit.*")]
    mine = [entry for entry in told if entry.get("account") == f"api_key:{key.split('_')[1]}"]
    assert [(entry["action"], entry["conversation"]) for entry in mine] == [("conversation_read", conversation)] * 2
    await socket.close()
    await chat.close()


async def test_the_stream_is_a_chat_for_who_started_it(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        conversation = await started(client)
    url = f"ws://127.0.0.1:{shared.box.port}/v1/conversations/{conversation}/stream"
    socket = Chat(await connect(url, additional_headers={"authorization": f"Bearer {shared.key}"}))
    welcome = await socket.next()
    assert (welcome["conversation"], welcome["agent"]) == (conversation, {"name": "Banking"})
    sequence = (await socket.next("reply_finished"))["sequence"]
    id = await socket.say("over the socket")
    assert (await socket.next("accepted"))["id"] == id
    assert (await socket.next("reply_finished"))["text"] == "You wrote: over the socket. What else?"
    later = Chat(await connect(f"{url}?after={sequence}", additional_headers={"authorization": f"Bearer {shared.key}"}))
    assert (await later.next("said", "reply_finished"))["text"] == "over the socket"
    await socket.close()
    await later.close()


@pytest.mark.parametrize(("path", "status"), [("x%20y", 404), ("unknown", 404), ("unknown/../x", 404)])
async def test_a_stream_of_nothing(shared: Shared, path: str, status: int) -> None:
    url = f"ws://127.0.0.1:{shared.box.port}/v1/conversations/{path}/stream"
    with pytest.raises(InvalidStatus) as caught:
        await connect(url, additional_headers={"authorization": f"Bearer {shared.key}"})
    assert caught.value.response.status_code == status


async def test_a_reading_is_refused_where_it_cannot_be_audited(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The audit stream is full (it takes no more rather than drop what it has)."""
    async with place(tmp_path_factory.mktemp("audit")) as (box, units):
        await box.start()
        chat = await box.chat()
        await chat.next("reply_finished")
        conversation = chat.welcome["conversation"]
        async with box.client(await box.key()) as client:
            assert (await client.get(f"/v1/conversations/{conversation}")).status_code == 200
            await units.fill_audit()
            for path in (f"/v1/conversations/{conversation}", "/v1/conversations"):
                answer = await client.get(path)
                assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
                assert GREETING not in answer.text
        await chat.say("chats go on")
        assert "chats go on" in (await chat.next("reply_finished"))["text"]
        await chat.close()


async def test_a_stop_waits_for_nobody_who_only_follows(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with place(tmp_path_factory.mktemp("stop")) as (box, _):
        await box.start()
        async with box.client(await box.key()) as client:
            conversation = await started(client)
            async with client.stream("GET", f"/v1/conversations/{conversation}/events") as answer:
                stream = events(answer)
                await anext(stream)
                assert await box.stop() == 0
                assert [event async for event in stream] == []


async def test_lists_agents_and_figures(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        conversation = await started(client)
        rows = (await client.get("/v1/conversations?limit=500")).json()
        assert conversation in [row["conversation"] for row in rows["conversations"]]
        assert rows["next"] is None
        agents = (await client.get("/v1/agents")).json()["agents"]
        deployments = {"numbers": ["1000"], "widgets": ["demo"]}
        assert agents == [
            {"name": "banking", "title": "Banking", "version": "v1", "deployments": deployments, "state": "answers"}
        ]
        assert (await client.get("/v1/agents/banking")).json() == agents[0]
        summary = (await client.get("/v1/insights/summary?days=3")).json()
        assert summary["total"]["containment"] == 1.0
