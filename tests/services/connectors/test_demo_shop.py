from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from appliance.agents.loading import TEMPLATES, load_agent
from appliance.connectors import Outcome, check_outcome
from appliance.errors import Invalid
from appliance.privacy.values import Digits, Text
from services.connectors.demo import DEMOS
from services.connectors.demo_shop import DemoShop


@pytest.fixture
async def shop(tmp_path):
    made = DemoShop(tmp_path / "shop.sqlite")
    yield made
    await made.close()


async def done(shop: DemoShop, operation: str, key: str, **given: str) -> Outcome:
    outcome = await shop.call(operation, given, key, 5)
    check_outcome(shop.operations[operation], outcome)
    return outcome


async def test_an_order_is_told_to_whoever_knows_its_postcode(shop):
    known = await done(shop, "order_status", "1", order="555001", postcode="10115")
    assert known == Outcome("shipped", {"arrives": Text("tomorrow, by parcel")})
    assert (await done(shop, "order_status", "2", order="555001", postcode="94103")).name == "unknown_order"
    assert (await done(shop, "order_status", "3", order="555009", postcode="94103")).name == "unknown_order"


async def test_only_what_was_delivered_is_taken_back_and_once(shop):
    order = {"order": "555002", "postcode": "94103", "reason": "broken"}
    for _ in range(2):
        assert await done(shop, "return_order", "1", **order) == Outcome("ok", {"number": Digits("70001")})
    assert (await shop.recall("1")) == Outcome("ok", {"number": Digits("70001")})
    assert await shop.recall("2") is None
    early = {"order": "555001", "postcode": "10115", "reason": "broken"}
    assert (await done(shop, "return_order", "2", **early)).name == "not_delivered"


async def test_visits_are_on_weekdays_to_come(shop):
    today = datetime.now(UTC).date()
    sunday = today + timedelta(days=(6 - today.weekday()) % 7 + 7)
    order = {"device": "oven", "time": "morning", "postcode": "94103"}
    assert (await done(shop, "book_visit", "1", **order, day=f"date:{sunday}")).name == "full"
    assert (await done(shop, "book_visit", "2", **order, day=f"date:{sunday + timedelta(days=1)}")).name == "ok"
    assert (await done(shop, "book_visit", "3", **order, day=f"date:{today - timedelta(days=30)}")).name == "full"
    with pytest.raises(Invalid):
        await shop.call("book_visit", order | {"day": "soon"}, "4", 5)


async def test_outages_and_complaints(shop):
    assert (await done(shop, "outage", "1", postcode="10115")).name == "known"
    assert (await done(shop, "outage", "2", postcode="94103")).name == "nothing"
    assert (await done(shop, "complain", "3", topic="invoice")).values == {"number": Digits("70001")}
    with pytest.raises(Invalid):
        await shop.call("complain", {}, "4", 5)


def test_every_demo_is_named_for_the_connector_of_its_template():
    assert {"bank", "shop"} <= set(DEMOS)
    for template in TEMPLATES.iterdir():
        assert set(load_agent(template).agent.connectors) <= set(DEMOS), template.name
