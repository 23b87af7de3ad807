from __future__ import annotations

import asyncio
import os
from dataclasses import replace

import pytest

from appliance.connectors import Operation, Outcome
from appliance.errors import Tampered, Unavailable
from appliance.events import INBOX, ConnectorCall, Reference, Returned
from appliance.privacy.capture import CaptureSent, encrypt_capture
from appliance.privacy.references import ReferenceBook, reveal
from appliance.privacy.sealing import ConversationKeys
from appliance.privacy.values import Composite, Date, Digits, Money, Text, money
from services.connectors import call_log, caller
from services.connectors.call_log import CallLog, Logged
from services.connectors.caller import Caller
from services.connectors.captures import CaptureMemory
from tests.fakes.house_bank import HouseTalk

KEYS = ConversationKeys("c1", {"redacted": {1: os.urandom(32)}, "raw": {1: os.urandom(32)}})
CUSTOMER = ReferenceBook(KEYS).add("NUMBER", Digits("12345678"))


class Ring:
    async def lease(self, conversation, timeout_s):
        return KEYS


class Shop:
    """A connector that counts its effects; `fails` is raised in the middle of a call."""

    operations = {  # noqa: RUF012
        "buy": Operation({"customer": "digits", "code": "secret"}, {"ok": {"total": "money"}}),
        "look": Operation({"customer": "digits", "code": "secret"}, {"ok": {"total": "money"}}, changes=False),
        "note": Operation({"about": "value"}, {"ok": {"total": "money"}}),
    }

    def __init__(self, knows_keys: bool = True) -> None:
        self.knows_keys = knows_keys
        self.effects: list[dict[str, str]] = []
        self.done: dict[str, Outcome] = {}
        self.fails: Exception | None = None
        self.returns = Outcome("ok", {"total": money(1999)})
        self.slow_s = 0.0

    async def call(self, operation, arguments, idempotency_key, deadline_s):
        if isinstance(self.fails, Unavailable):
            raise self.fails
        if idempotency_key not in self.done:
            self.effects.append(dict(arguments))
        if self.knows_keys:
            self.done[idempotency_key] = self.returns
        await asyncio.sleep(self.slow_s)
        if self.fails:
            raise self.fails
        return self.returns

    async def recall(self, idempotency_key):
        return self.done.get(idempotency_key)

    async def close(self):
        pass


class Scene:
    def __init__(self, tmp_path, shop: Shop) -> None:
        self.shop = shop
        self.captures = CaptureMemory()
        self.log = CallLog(tmp_path / "calls.sqlite")
        self.caller = Caller({"shop": shop}, Ring(), self.captures, self.log)

    def keyed(self) -> None:
        box = encrypt_capture(self.captures.public, "c1", "k1", "4831")
        assert self.captures.take(CaptureSent("c1", "k1", box), asyncio.get_running_loop().time()).outcome == "taken"

    async def answer(self, order: ConnectorCall) -> Returned:
        returned = INBOX.validate_json(await self.caller.answer(order))
        assert (returned.input_id, returned.call, returned.conversation) == (order.call, order.call, "c1")
        return returned


ORDER = ConnectorCall(
    conversation="c1",
    call="call-1",
    connector="shop",
    operation="buy",
    arguments={"customer": CUSTOMER.name, "code": "k1"},
    captures=("code",),
    references={CUSTOMER.name: CUSTOMER},
    timeout_ms=500,
)


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path, Shop())


async def test_what_is_declared_is_resolved_and_what_comes_back_is_sealed(scene):
    scene.keyed()
    returned = await scene.answer(ORDER)
    assert scene.shop.effects == [{"customer": "12345678", "code": "4831"}]
    total = returned.values["total"]
    assert (returned.outcome, total.kind) == ("ok", "MONEY")
    assert reveal(KEYS, [total])[total.name] == money(1999)
    assert b"19.99" not in INBOX.dump_json(returned)
    assert len(scene.captures) == 0


async def test_the_reference_may_be_written_as_it_stands_in_text(scene):
    scene.keyed()
    order = replace(ORDER, arguments={"customer": f"<{CUSTOMER.name}>", "code": "k1"}, references={"slot": CUSTOMER})
    assert (await scene.answer(order)).outcome == "ok"


async def test_a_repeated_order_gets_the_first_answer(scene):
    scene.keyed()
    assert await scene.answer(ORDER) == await scene.answer(ORDER)
    assert len(scene.shop.effects) == 1


async def test_a_lost_capture_is_said_and_nothing_is_done(scene):
    assert (await scene.answer(ORDER)).outcome == "capture_lost"
    assert scene.shop.effects == []


def noted(about: str, *references: Reference) -> ConnectorCall:
    held = {one.name: one for one in references}
    return replace(ORDER, operation="note", arguments={"about": about}, captures=(), references=held)


@pytest.mark.parametrize("word", ["savings", "date:2026-05-03", "money:50.00:USD", "duration:P2W", "number:3"])
async def test_what_is_harmless_goes_as_it_is(scene, word):
    assert (await scene.answer(noted(word))).outcome == "ok"
    assert scene.shop.effects == [{"about": word}]


@pytest.mark.parametrize(
    ("value", "given"),
    [
        (Money("50.00", "USD"), "money:50.00:USD"),
        (Date("2026-05-03"), "date:2026-05-03"),
        (Text("Jane Doe"), "Jane Doe"),
        (Digits("+14155552671"), "+14155552671"),
        (Composite({"who": Text("Jane"), "day": Date("2026-05-03")}), "Jane, May 3, 2026"),
    ],
)
async def test_a_value_of_any_type_comes_from_behind_its_reference(scene, value, given):
    reference = ReferenceBook(KEYS).add("THING", value)
    assert (await scene.answer(noted(reference.name, reference))).outcome == "ok"
    assert scene.shop.effects == [{"about": given}]


@pytest.mark.parametrize("word", ["", "Jane Doe", "12345678", "date:2026-13-03", "text:Jane", "NUMBER_9"])
async def test_a_value_that_is_neither_harmless_nor_sealed_is_never_sent(scene, word):
    assert (await scene.answer(noted(word))).outcome == "failed"
    assert scene.shop.effects == []


async def test_what_flows_keep_of_typed_slots_is_what_connectors_get(scene):
    talk = HouseTalk()
    talk.start()
    talk.say("transfer fifty dollars from savings to checking")
    talk.say("<NUMBER_1>")
    talk.returns("ok")
    talk.say("yes")
    asked = talk.calling().arguments
    assert (asked["from"], asked["amount"]) == ("savings", "money:50.00:USD")
    for number, word in enumerate(asked.values()):
        assert (await scene.answer(replace(noted(word), call=f"call-{number}"))).outcome == "ok"
    assert [effect["about"] for effect in scene.shop.effects] == list(asked.values())


@pytest.mark.parametrize(
    "changed",
    [
        {"connector": "bakery"},
        {"operation": "steal"},
        {"captures": ()},
        {"references": {}},
        {"arguments": {"customer": "CARD_9", "code": "k1"}},
        {"arguments": {"customer": "12345678", "code": "k1"}},
        {"references": {CUSTOMER.name: replace(CUSTOMER, value=None)}},
        {"references": {CUSTOMER.name: KEYS and replace(CUSTOMER, value=KEYS.seal("elsewhere", b"{}", "raw"))}},
        {"references": {CUSTOMER.name: replace(ReferenceBook(KEYS).add("NUMBER", Text("Jane")))}},
    ],
)
async def test_an_order_that_does_not_fit_fails_before_any_effect(scene, changed):
    scene.keyed()
    assert (await scene.answer(replace(ORDER, **changed))).outcome == "failed"
    assert scene.shop.effects == []


async def test_an_answer_lost_in_a_crash_is_asked_for_again_without_the_secret(scene):
    scene.keyed()
    await scene.shop.call("buy", {"customer": "12345678", "code": "4831"}, ORDER.call, 1)
    scene.log.attempt(ORDER.call)
    assert (await scene.answer(ORDER)).outcome == "ok"
    assert len(scene.shop.effects) == 1


async def test_a_call_that_a_crash_kept_from_its_effect_is_done_or_says_that_its_secret_is_lost(scene):
    scene.log.attempt(ORDER.call)
    assert (await scene.answer(ORDER)).outcome == "capture_lost"
    scene.log.attempt("call-2")
    scene.keyed()
    assert (await scene.answer(replace(ORDER, call="call-2"))).outcome == "ok"
    assert len(scene.shop.effects) == 1


@pytest.mark.parametrize(("operation", "outcome"), [("buy", "unknown"), ("look", "failed")])
async def test_without_idempotency_keys_a_call_is_never_repeated(tmp_path, operation, outcome):
    scene = Scene(tmp_path, Shop(knows_keys=False))
    scene.keyed()
    scene.log.attempt(ORDER.call)
    assert (await scene.answer(replace(ORDER, operation=operation))).outcome == outcome
    assert scene.shop.effects == []


@pytest.mark.parametrize(("operation", "outcome"), [("buy", "unknown"), ("look", "failed")])
@pytest.mark.parametrize("trouble", ["slow", "broken"])
async def test_an_answer_that_does_not_come(scene, operation, outcome, trouble):
    scene.keyed()
    if trouble == "slow":
        scene.shop.slow_s = 5
    else:
        scene.shop.fails = ZeroDivisionError()
    assert (await scene.answer(replace(ORDER, operation=operation, timeout_ms=100))).outcome == outcome


async def test_what_surely_was_not_done_failed(scene):
    scene.keyed()
    scene.shop.fails = Unavailable("down")
    assert (await scene.answer(ORDER)).outcome == "failed"


async def test_what_the_connector_does_not_declare_does_not_pass(scene):
    scene.keyed()
    scene.shop.returns = Outcome("ok", {"total": Text("4831")})
    assert (await scene.answer(replace(ORDER, operation="look"))).outcome == "failed"


async def test_what_goes_wrong_after_the_effect_is_not_called_failed(scene, monkeypatch):
    """Else the party would try again, and it would be done twice."""
    scene.keyed()
    scene.shop.returns = Outcome("ok", {"total": Text("4831")})
    first = await scene.answer(ORDER)
    assert (first.outcome, first.values, len(scene.shop.effects)) == ("unknown", {}, 1)
    assert await scene.answer(ORDER) == first
    scene.shop.returns = Outcome("ok", {"total": money(1999)})
    for number, error in enumerate((Tampered("a place"), ZeroDivisionError())):

        def seals(*_given, error=error):
            raise error

        scene.keyed()
        with monkeypatch.context() as patch:
            patch.setattr(caller, "seal_value", seals)
            assert (await scene.answer(replace(ORDER, call=f"call-{number + 2}"))).outcome == "unknown"
    assert len(scene.shop.effects) == 3


async def test_an_earlier_delivery_may_have_done_what_is_refused_now(scene):
    scene.log.attempt(ORDER.call)
    assert (await scene.answer(replace(ORDER, connector="gone"))).outcome == "unknown"
    scene.log.attempt("call-2")
    scene.shop.done["call-2"] = Outcome("strange")
    assert (await scene.answer(replace(ORDER, call="call-2"))).outcome == "unknown"
    assert scene.shop.effects == []


async def test_forgotten_and_delivered_again_it_has_no_second_effect(scene, monkeypatch):
    scene.shop.knows_keys = False
    scene.keyed()
    assert (await scene.answer(ORDER)).outcome == "ok"
    assert (scene.log.forget(["c1"]), scene.log.forget(["c1"])) == (1, 0)
    assert scene.log.find(ORDER.call) == Logged(b"forgotten")
    scene.keyed()
    again = await scene.answer(ORDER)
    assert (again.outcome, again.values, len(scene.shop.effects)) == ("unknown", {}, 1)
    monkeypatch.setattr(call_log, "KEPT_S", -1)
    scene.log.prune()
    assert scene.log.find(ORDER.call) is None


async def test_without_the_vault_the_order_comes_again_with_its_capture(scene):
    class Down:
        async def lease(self, conversation, timeout_s):
            raise Unavailable("down")

    scene.keyed()
    waiting = Caller({"shop": scene.shop}, Down(), scene.captures, scene.log)
    with pytest.raises(Unavailable):
        await waiting.answer(ORDER)
    assert (await scene.answer(ORDER)).outcome == "ok"


@pytest.mark.parametrize(
    ("given", "got"),
    [("money:50.00:USD", "money:50.00:USD"), ("credit", "credit"), (f"<{CUSTOMER.name}>", "12345678")],
)
async def test_values_go_as_literals_names_or_what_is_behind_a_reference(tmp_path, given, got):
    shop = Shop()
    shop.operations = {"pay": Operation({"what": "value"}, {"ok": {"total": "money"}})}
    scene = Scene(tmp_path, shop)
    order = replace(ORDER, operation="pay", arguments={"what": given}, captures=())
    assert INBOX.validate_json(await scene.caller.answer(order)).outcome == "ok"
    assert shop.effects == [{"what": got}]
