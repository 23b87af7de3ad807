"""The chat over its WebSocket, as the widget speaks it."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import asdict

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from appliance import events as e
from appliance.privacy.capture import CapturePublicKey, encrypt_capture
from tests.fakes.units import GREETING
from tests.services.gateway.conftest import Chat, Shared

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_chat_is_greeted_and_answered(shared: Shared) -> None:
    chat = await shared.box.chat()
    assert chat.welcome["agent"] == {"name": "Banking"}
    assert chat.welcome["phone_number"] == "1000"
    assert (await chat.next("reply_finished"))["text"] == GREETING
    id = await chat.say("hello there")
    assert (await chat.next("accepted"))["id"] == id
    finished = await chat.next("reply_finished")
    assert finished["text"] == "You wrote: hello there. What else?"
    said = [frame for frame in chat.seen if frame["type"] == "said"]
    assert [(frame["id"], frame["text"]) for frame in said] == [(id, "hello there")]
    deltas = [frame["text"] for frame in chat.seen if frame.get("reply") == finished["reply"] and "text" in frame]
    assert "".join(deltas[:-1]) == finished["text"]
    assert len(deltas) > 2
    await chat.close()


async def test_delivery_is_reported_once(shared: Shared) -> None:
    chat = await shared.box.chat()
    reply = (await chat.next("reply_finished"))["reply"]
    other = await shared.box.chat(chat.welcome["resume"])
    await other.next("reply_finished")
    async with asyncio.timeout(10):
        while not any(given.conversation == chat.welcome["conversation"] for given in shared.units.of(e.Played)):
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    played = [given for given in shared.units.of(e.Played) if given.conversation == chat.welcome["conversation"]]
    assert [(given.reply, given.heard_ms, given.total_ms) for given in played] == [(reply, 0, 0)]
    await chat.close()
    await other.close()


async def test_a_message_sent_twice_is_taken_once(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    id = await chat.say("only once, please")
    await chat.next("accepted")
    await chat.send(type="say", id=id, text="only once, please")
    assert (await chat.next("accepted"))["id"] == id
    await chat.nothing("accepted")
    assert len(chat.texts()) == 2
    assert shared.units.said.count("only once, please") == 1
    await chat.close()


async def test_the_same_id_in_another_conversation_is_another_message(shared: Shared) -> None:
    id = str(uuid.uuid4())
    for text in ("mine", "also mine"):
        chat = await shared.box.chat()
        await chat.send(type="say", id=id, text=text)
        await chat.next("accepted")
        await chat.close()
    assert {"mine", "also mine"} <= set(shared.units.said)


async def test_after_a_dropped_connection_what_came_meanwhile_is_shown(shared: Shared) -> None:
    chat = await shared.box.chat()
    seen = (await chat.next("reply_finished"))["sequence"]
    chat.socket.transport.abort()
    conversation = chat.welcome["conversation"]
    await shared.units.speak(conversation, "You were away.")
    again = await shared.box.chat(chat.welcome["resume"], after=seen)
    assert again.welcome["conversation"] == conversation
    assert (await again.next("reply_finished"))["text"] == "You were away."
    await again.nothing("reply_finished")
    whole = await shared.box.chat(again.welcome["resume"], after=0)
    assert [(await whole.next("reply_finished"))["text"] for _ in range(2)] == [GREETING, "You were away."]
    assert not [given for given in shared.units.of(e.Attach) if given.conversation == conversation]
    await again.close()
    await whole.close()


async def test_a_second_tab_sees_what_is_said_in_the_first(shared: Shared) -> None:
    first = await shared.box.chat()
    await first.next("reply_finished")
    second = await shared.box.chat(first.welcome["resume"])
    await second.next("reply_finished")
    id = await first.say("from the first tab")
    shown = await second.next("said")
    assert (shown["id"], shown["text"]) == (id, "from the first tab")
    assert "from the first tab" in (await second.next("reply_finished"))["text"]
    await first.close()
    await second.close()


async def test_a_leg_that_had_left_is_attached_again(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    await chat.close()
    conversation = chat.welcome["conversation"]
    leg = next(given.leg for given in shared.units.of(e.Start) if given.conversation == conversation)
    await shared.units.put(conversation, [e.LegDetached(leg, "closed")])
    again = await shared.box.chat(chat.welcome["resume"])
    assert [given.leg for given in shared.units.of(e.Attach) if given.conversation == conversation] == [leg]
    await again.close()


async def test_lost_and_repeated_notices_do_no_harm(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    conversation = chat.welcome["conversation"]
    await shared.units.speak(conversation, "First.", notify=False)
    await shared.units.speak(conversation, "Second.", notify=False)
    sequence = await shared.units.speak(conversation, "Third.")
    assert [(await chat.next("reply_finished"))["text"] for _ in range(3)] == ["First.", "Second.", "Third."]
    known = shared.units.conversations[conversation]
    old = e.Batch(conversation=conversation, agent="banking", version="v1", number=2, taken=1, at="", events=())
    await shared.units.notify(conversation, sequence, old)
    await shared.units.bus.publish(f"b2t.replies.{conversation}", b"not a notice")
    await chat.nothing("reply_finished")
    assert known.number >= 4
    await chat.close()


async def test_a_notice_lost_for_good_is_found_by_looking(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    await shared.units.speak(chat.welcome["conversation"], "Nobody was told.", notify=False)
    assert (await chat.next("reply_finished", timeout_s=30))["text"] == "Nobody was told."
    await chat.close()


async def test_the_party_sees_its_values_where_others_see_references(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    await chat.say("my card is 4111111111111111")
    assert (await chat.next("said"))["text"] == "my card is 4111111111111111"
    assert "4111111111111111" in (await chat.next("reply_finished"))["text"]
    async with shared.box.client(shared.key) as client:
        read = (await client.get(f"/v1/conversations/{chat.welcome['conversation']}")).json()
    assert "4111111111111111" not in json.dumps(read)
    assert "my card is <CARD_1>" in [line["text"] for line in read["lines"]]
    await chat.close()


async def test_a_pin_goes_to_the_connectors_alone(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    await chat.say("balance please")
    await chat.next("accepted")
    secure = (await chat.next("reply_finished"))["secure"]
    assert (secure["label"], secure["min"], secure["max"]) == ("pin", 4, 8)
    assert secure["public_key"] == asdict(shared.units.secret.public)
    conversation = chat.welcome["conversation"]
    box = encrypt_capture(CapturePublicKey(**secure["public_key"]), conversation, secure["capture"], "246813")
    id = str(uuid.uuid4())
    await chat.send(type="capture", id=id, capture=secure["capture"], box=box)
    assert (await chat.next("accepted"))["id"] == id
    assert (await chat.next("reply_finished"))["text"] == "Your balance is $1,234.56. Anything else?"
    assert shared.units.digits[-1] == "246813"
    captured = shared.units.of(e.Captured)[-1]
    assert (captured.outcome, captured.capture) == ("valid", secure["capture"])
    again = await shared.box.chat(chat.welcome["resume"])
    replies = [await again.next("reply_finished") for _ in range(3)]
    assert [reply["secure"] for reply in replies] == [None, None, None]
    await chat.close()
    await again.close()


async def test_a_field_still_open_is_shown_again_on_reload(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    await chat.say("balance please")
    first = (await chat.next("reply_finished"))["secure"]
    again = await shared.box.chat(chat.welcome["resume"])
    assert (await again.next("reply_finished"))["secure"] is None
    assert (await again.next("reply_finished"))["secure"] == first
    await again.send(type="capture", id=str(uuid.uuid4()), capture=first["capture"], cancelled=True)
    await again.next("accepted")
    assert shared.units.of(e.Captured)[-1].outcome == "cancelled"
    await chat.close()
    await again.close()


async def test_a_box_for_an_old_key_asks_anew(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    await chat.say("balance please")
    secure = (await chat.next("reply_finished"))["secure"]
    id = str(uuid.uuid4())
    await chat.send(type="capture", id=id, capture=secure["capture"], box="AAAA")
    problem = await chat.next("problem")
    assert (problem["code"], problem["id"], problem["retryable"]) == ("capture-stale", id, False)
    assert shared.units.of(e.Captured)[-1].outcome == "invalid"
    await chat.next("reply_finished")
    await chat.send(type="capture", id=id, capture=secure["capture"])
    assert (await chat.next("problem"))["code"] == "invalid"
    await chat.close()


async def test_a_code_for_going_on_by_phone(shared: Shared) -> None:
    chat = await shared.box.chat()
    for _ in range(3):
        await chat.send(type="code")
        code = await chat.next("code", "problem")
        assert code == {"type": "code", "code": "482913", "expires_in": 300, "phone_number": "1000"}
    await chat.send(type="code")
    assert (await chat.next("code", "problem"))["code"] == "too-many-codes"
    await chat.close()


async def test_either_side_ends_it(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    await chat.say("bye")
    assert (await chat.next("ended"))["reason"] == "goodbye"
    assert await chat.closed() == 1000
    again = await shared.box.chat(chat.welcome["resume"])
    assert (await again.next("ended"))["reason"] == "goodbye"
    assert again.texts() == [GREETING, "Goodbye."]
    other = await shared.box.chat()
    await other.send(type="end")
    assert (await other.next("ended"))["reason"] == "closed"
    assert shared.units.of(e.Leave)[-1].ends is True


async def test_ping_is_answered_while_a_message_waits(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    shared.units.silent = True
    try:
        await chat.say("nobody listens")
        await chat.send(type="ping")
        assert (await chat.next("pong", "accepted", "problem"))["type"] == "pong"
    finally:
        shared.units.silent = False
    assert (await chat.next("accepted", timeout_s=15))["type"] == "accepted"
    await chat.close()


async def test_what_dialogue_refuses_is_told(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    shared.units.refuse.append(e.Refused("", "invalid", "That is not for here.", False))
    id = await chat.say("refused")
    problem = await chat.next("problem")
    assert problem == {
        "type": "problem",
        "code": "invalid",
        "title": "That is not for here.",
        "retryable": False,
        "id": id,
    }
    shared.units.refuse.append(e.Refused("", "redaction-failed", "Try again.", True))
    id = await chat.say("refused once, then taken")
    assert (await chat.next("accepted", "problem"))["id"] == id
    assert "refused once, then taken" in shared.units.said
    await chat.close()


# ---- who may open one ----------------------------------------------------------------------------------------------


async def hello(shared: Shared, origin: str | None, ticket: str) -> tuple[int, list[dict[str, object]]]:
    chat = Chat(await connect(f"ws://127.0.0.1:{shared.box.port}/v1/chat", origin=origin))  # type: ignore[arg-type]
    await chat.send(type="hello", ticket=ticket, after=0)
    return await chat.closed(), chat.seen


async def test_a_ticket_is_good_once_for_its_own_origin(shared: Shared) -> None:
    box = shared.box
    chat = Chat(await connect(f"ws://127.0.0.1:{box.port}/v1/chat", origin=box.url))  # type: ignore[arg-type]
    ticket = await box.ticket()
    await chat.send(type="hello", ticket=ticket, after=0)
    await chat.next("welcome")
    assert await hello(shared, box.url, ticket) == (4403, [_refused()])
    assert await hello(shared, "https://intranet.example", await box.ticket()) == (4403, [_refused()])
    assert await hello(shared, box.url, "x") == (4403, [{**_refused(), "title": "This token was not made here."}])
    await chat.close()


def _refused() -> dict[str, object]:
    title = "This ticket is not valid any more."
    return {"type": "problem", "code": "denied", "title": title, "retryable": False}


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
async def test_another_site_opens_no_socket(shared: Shared, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await connect(f"ws://127.0.0.1:{shared.box.port}/v1/chat", origin=origin)  # type: ignore[arg-type]
    assert caught.value.response.status_code == 403
    assert caught.value.response.headers["content-type"] == "application/problem+json"


async def test_tickets_are_for_allowed_pages(shared: Shared) -> None:
    body = {"widget": "demo", "resume": None}
    async with shared.box.client() as client:
        for origin in (None, "https://evil.example", "null"):
            headers = {} if origin is None else {"origin": origin}
            answer = await client.post("/v1/widget/tickets", json=body, headers=headers)
            assert answer.status_code == 403, origin
            assert "access-control-allow-origin" not in answer.headers
        intranet = {"origin": "https://intranet.example"}
        answer = await client.post("/v1/widget/tickets", json=body, headers=intranet)
        assert answer.status_code == 201
        assert answer.headers["access-control-allow-origin"] == "https://intranet.example"
        assert "access-control-allow-credentials" not in answer.headers
        asked = {**intranet, "access-control-request-method": "POST"}
        preflight = await client.options("/v1/widget/tickets", headers=asked)
        assert preflight.headers["access-control-allow-origin"] == "https://intranet.example"
        preflight = await client.options("/v1/session", headers=asked)
        assert "access-control-allow-origin" not in preflight.headers
        chat = Chat(
            await connect(f"ws://127.0.0.1:{shared.box.port}/v1/chat", origin="https://intranet.example")  # type: ignore[arg-type]
        )
        await chat.send(type="hello", ticket=answer.json()["ticket"], after=0)
        assert await chat.next("welcome")
        await chat.close()


async def test_a_wrong_resume_token_and_an_unknown_widget(shared: Shared) -> None:
    async with shared.box.client(origin=shared.box.url) as client:
        answer = await client.post("/v1/widget/tickets", json={"widget": "demo", "resume": "x" * 43})
        assert (answer.status_code, answer.json()["code"]) == (403, "resume-refused")
        answer = await client.post("/v1/widget/tickets", json={"widget": "other", "resume": None})
        assert answer.status_code == 404
