from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from appliance.agents.loading import TEMPLATES, load_agent
from appliance.connectors import Outcome, check_outcome
from appliance.errors import Invalid
from appliance.privacy.values import Digits, Money, Text
from services.connectors.demo_sales import DO_NOT_CALL, OPERATIONS, PRICES, DemoSales
from services.connectors.demo_sales_tables import CALLS, LETTERS, TABLES

TODAY = datetime.now(UTC).date()
TUESDAY = TODAY + timedelta(days=(1 - TODAY.weekday()) % 7 + 7)
SATURDAY = TUESDAY + timedelta(days=4)
NUMBER = "+12025550123"


@pytest.fixture
async def sales(tmp_path):
    made = DemoSales(tmp_path / "sales.sqlite")
    yield made
    await made.close()


async def done(sales: DemoSales, operation: str, key: str, **given: str) -> Outcome:
    outcome = await sales.call(operation, given, key, 5)
    check_outcome(sales.operations[operation], outcome)
    return outcome


def rows(sales: DemoSales, table) -> list[tuple]:
    with sales._engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(table))]


def line(quote: str, product: str, count: int, off: int = 0) -> dict[str, str]:
    return {"quote": quote, "product": product, "quantity": f"number:{count}", "discount": f"number:{off}"}


def test_it_does_what_its_template_declares():
    declared = load_agent(TEMPLATES / "sales").agent.connectors["sales"].operations
    assert {name: (one.arguments, one.outcomes) for name, one in declared.items()} == {
        name: (one.arguments, one.outcomes) for name, one in OPERATIONS.items()
    }


def test_its_prices_are_those_of_the_price_list():
    listed = (TEMPLATES / "sales" / "knowledge" / "products" / "price-list.csv").read_text("utf-8")
    for product, cents in PRICES.items():
        (row,) = [row for row in listed.splitlines() if row.lower().startswith(product.replace("_", " "))]
        assert f"{cents // 100} dollars" in row


async def test_a_quote_adds_up_and_is_sent_once(sales):
    assert await done(sales, "open_quote", "1") == Outcome("ok", {"quote": Digits("90001")})
    for _ in range(2):
        added = await done(sales, "add_line", "2", **line("90001", "desk_phone", 20, 10))
        assert added == Outcome("ok", {"line": Money("1602.00"), "total": Money("1602.00")})
    added = await done(sales, "add_line", "3", **line("90001", "headset", 1))
    assert added.values["total"] == Money("1681.00")
    for _ in range(2):
        assert (await done(sales, "send_quote", "4", quote="90001", email="jane@example.com")).name == "ok"
    assert rows(sales, LETTERS) == [(1, "jane@example.com", "quote 90001: $1,681.00")]
    with pytest.raises(Invalid):
        await sales.call("add_line", line("90001", "headset", 1), "5", 5)


async def test_what_no_agent_may_offer_is_refused(sales):
    await done(sales, "open_quote", "1")
    for number, wrong in enumerate(
        [
            line("90001", "desk_phone", 20, 16),
            line("90001", "desk_phone", 0),
            line("90001", "fax", 1),
            line("1", "headset", 1),
        ]
    ):
        with pytest.raises(Invalid):
            await sales.call("add_line", wrong, f"wrong{number}", 5)
    assert (await done(sales, "add_line", "2", **line("90001", "door_phone", 41))).name == "sold_out"
    assert (await done(sales, "send_quote", "3", quote="90001", email="jane@example.com")).name == "empty"


async def test_a_dropped_quote_is_not_sent(sales):
    await done(sales, "open_quote", "1")
    await done(sales, "add_line", "2", **line("90001", "headset", 1))
    assert (await done(sales, "drop_quote", "3", quote="90001")).name == "ok"
    with pytest.raises(Invalid):
        await sales.call("send_quote", {"quote": "90001", "email": "jane@example.com"}, "4", 5)


async def test_a_time_is_given_to_one_party(sales):
    day = {"day": f"date:{TUESDAY}"}
    free = await done(sales, "free_times", "1", **day)
    assert free == Outcome("some", {"free": Text("9:00 AM, 11:00 AM, 2:00 PM and 4:00 PM")})
    booked = await done(sales, "book", "2", **day, time="time:11:00", email="jane@example.com")
    assert booked == Outcome("ok", {"number": Digits("50002")})
    taken = await done(sales, "book", "3", **day, time="time:11:00", email="john@example.com")
    assert taken == Outcome("taken", {"free": Text("9:00 AM, 2:00 PM and 4:00 PM")})
    assert (await done(sales, "move_appointment", "4", appointment="50002", **day, time="time:16:00")).name == "ok"
    told = (await done(sales, "find_appointment", "5", appointment="50002")).values["planned"]
    assert "at 4:00 PM" in told.text
    for number, expected in enumerate(["ok", "unknown_appointment"]):
        assert (await done(sales, "cancel_appointment", f"c{number}", appointment="50002")).name == expected
    again = await done(sales, "book", "6", **day, time="time:16:00", email="jane@example.com")
    assert again.values["number"] == Digits("50003")


async def test_nobody_is_free_on_a_saturday_or_in_the_past(sales):
    for number, day in enumerate([SATURDAY, TODAY, TODAY - timedelta(days=30)]):
        assert (await done(sales, "free_times", f"f{number}", day=f"date:{day}")).name == "none"
        given = {"day": f"date:{day}", "time": "time:11:00"}
        assert (await done(sales, "book", f"b{number}", **given, email="jane@example.com")).name == "none"
    with pytest.raises(Invalid):
        await sales.call("free_times", {"day": "soon"}, "1", 5)


async def test_a_call_is_planned_in_office_hours(sales):
    at = f"composite:day=date:{TUESDAY};time=time:"
    assert (await done(sales, "call_back", "1", at=f"{at}15:00", number=NUMBER)).name == "ok"
    assert (await done(sales, "call_back", "2", at=f"{at}17:00", number=NUMBER)).name == "closed"
    late = f"composite:day=date:{SATURDAY};time=time:10:00"
    assert (await done(sales, "call_back", "3", at=late, number=NUMBER)).name == "closed"
    assert rows(sales, CALLS) == [(1, NUMBER, f"{TUESDAY}T15:00")]
    with pytest.raises(Invalid):
        await sales.call("call_back", {"at": f"date:{TUESDAY}", "number": NUMBER}, "4", 5)


async def test_who_does_not_want_to_be_called_is_not(sales):
    at = f"composite:day=date:{TUESDAY};time=time:15:00"
    assert (await done(sales, "may_call", "1", number=DO_NOT_CALL)).name == "listed"
    assert (await done(sales, "may_call", "2", number=NUMBER)).name == "yes"
    await done(sales, "call_back", "3", at=at, number=NUMBER)
    for _ in range(2):
        assert (await done(sales, "do_not_call", "4", number=NUMBER)).name == "ok"
    assert (await done(sales, "do_not_call", "5", number=NUMBER)).name == "ok"
    assert rows(sales, CALLS) == []
    assert (await done(sales, "call_back", "6", at=at, number=NUMBER)).name == "closed"
    assert (await done(sales, "allow_calls", "7", number=NUMBER)).name == "ok"
    assert (await done(sales, "call_back", "8", at=at, number=NUMBER)).name == "ok"


async def test_what_was_done_is_remembered_over_a_restart(sales, tmp_path):
    lead = {"need": "new_system", "team": "number:20", "budget": "money:0:USD", "timeframe": "later", "authority": "me"}
    await done(sales, "note_lead", "1", **lead)
    await sales.close()
    again = DemoSales(tmp_path / "sales.sqlite")
    assert await again.recall("1") == Outcome("ok")
    assert await again.recall("2") is None
    for name, count in (("leads", 1), ("listed", 1), ("appointments", 1)):
        assert len(rows(again, TABLES.tables[name])) == count
    await again.close()
