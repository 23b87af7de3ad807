from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from appliance.connectors import Outcome, check_outcome
from appliance.errors import Invalid
from appliance.privacy.values import Digits, Text, money
from services.connectors import demo_bank, demo_bank_tables
from services.connectors.demo_bank import DemoBank, main
from services.connectors.demo_bank_tables import DONE


@pytest.fixture
async def bank(tmp_path):
    made = DemoBank(tmp_path / "bank.sqlite")
    yield made
    await made.close()


async def balance(bank: DemoBank, key: str, pin: str = "2468", account: str = "checking", customer: str = "12345678"):
    outcome = await bank.call("balance", {"account": account, "customer": customer, "pin": pin}, key, 5)
    check_outcome(bank.operations["balance"], outcome)
    return outcome


async def test_the_documented_customers_have_their_balances(bank):
    assert await balance(bank, "1") == Outcome("ok", {"balance": money(123_456)})
    assert await balance(bank, "2", account="savings") == Outcome("ok", {"balance": money(987_654)})
    assert (await balance(bank, "3", "13579", customer="87654321")).values == {"balance": money(8_765)}
    assert (await balance(bank, "4", customer="00000000")).name == "unknown_customer"


async def test_three_wrong_pins_lock_and_a_new_pin_opens(bank, tmp_path):
    assert [(await balance(bank, str(n), "0000")).name for n in range(3)] == ["wrong_pin", "wrong_pin", "locked"]
    assert (await balance(bank, "right")).name == "locked"
    assert main(["--file", str(tmp_path / "bank.sqlite"), "--customer", "12345678", "--pin", "2468"]) == 0
    assert (await balance(bank, "again")).name == "ok"


async def test_a_lock_ends(bank, monkeypatch):
    for n in range(3):
        await balance(bank, str(n), "0000")
    now = demo_bank_tables.time.time()
    monkeypatch.setattr(demo_bank_tables.time, "time", lambda: now + demo_bank.LOCKED_S + 1)
    assert (await balance(bank, "later")).name == "ok"


async def test_a_right_pin_forgets_wrong_ones(bank):
    for n in range(6):
        assert (await balance(bank, f"wrong {n}", "0000")).name == "wrong_pin"
        assert (await balance(bank, f"right {n}")).name == "ok"


async def test_a_repeated_call_has_no_effect_and_the_first_outcome(bank):
    assert await bank.recall("k") is None
    for _ in range(5):
        assert (await balance(bank, "k", "0000")).name == "wrong_pin"
    assert (await balance(bank, "k", "2468")).name == "wrong_pin"
    assert (await bank.recall("k")).name == "wrong_pin"
    assert (await balance(bank, "other")).name == "ok"


async def test_an_account_that_is_not_there_is_refused(bank):
    with pytest.raises(Invalid):
        await balance(bank, "k", account="gold")
    with pytest.raises(Invalid):
        await bank.call("transfer", {}, "k", 5)


async def test_pins_are_not_in_the_file(bank, tmp_path):
    await balance(bank, "k", "75309182")
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"75309182" not in held
    assert b"12345678" in held


@settings(max_examples=10, deadline=None)
@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9))
def test_the_command_changes_balances(tmp_path_factory, checking, savings):
    file = tmp_path_factory.mktemp("bank") / "bank.sqlite"
    seeded = ["--file", str(file), "--customer", "55555555", "--pin", "4831"]
    assert main([*seeded, "--checking", str(checking), "--savings", str(savings)]) == 0
    assert main([*seeded[:4], "--savings", "7"]) == 0
    asked = {"account": "checking", "customer": "55555555", "pin": "4831"}
    bank = DemoBank(file)
    assert bank._once("balance", asked, "1").values == {"balance": money(checking)}
    assert bank._once("balance", asked | {"account": "savings"}, "2").values == {"balance": money(7)}


def test_the_pin_comes_from_a_file_or_standard_input(tmp_path, monkeypatch):
    file, pin = tmp_path / "bank.sqlite", tmp_path / "pin"
    pin.write_text("4831\n")
    seed = ["--file", str(file), "--checking", "5", "--customer"]
    assert main([*seed, "11111111", "--pin-file", str(pin)]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("9753\n"))
    assert main([*seed, "22222222", "--pin-file", "-"]) == 0
    bank = DemoBank(file)
    assert bank._once("balance", {"account": "checking", "customer": "11111111", "pin": "4831"}, "1").name == "ok"
    assert bank._once("balance", {"account": "checking", "customer": "22222222", "pin": "9753"}, "2").name == "ok"


@pytest.mark.parametrize(
    "wrong", [["123", "--pin", "4831"], ["12345678"], ["12345678", "--pin", "12"], ["12345678", "--pin-file", "/none"]]
)
def test_mistakes_are_one_sentence(tmp_path, capsys, wrong):
    assert main(["--file", str(tmp_path / "bank.sqlite"), "--customer", *wrong]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


CUSTOMER = {"customer": "12345678"}
MINE = CUSTOMER | {"pin": "2468"}


async def done(bank: DemoBank, operation: str, key: str, **given: str) -> Outcome:
    outcome = await bank.call(operation, given, key, 5)
    check_outcome(bank.operations[operation], outcome)
    return outcome


async def test_a_transfer_moves_money_once_and_is_told_afterwards(bank):
    order = {"source": "savings", "target": "checking", "amount": "money:50.00:USD"}
    for _ in range(3):
        assert await done(bank, "transfer", "t1", **order, **MINE) == Outcome("ok", {"balance": money(982_654)})
    assert (await balance(bank, "b")).values == {"balance": money(128_456)}
    told = (await done(bank, "transactions", "h", account="checking", **MINE)).values
    assert told["latest"] == Text("50 dollars from savings")
    assert told["second"] == Text("54 dollars and 20 cents at Green Grocers")


async def test_no_more_is_moved_than_there_is_and_nothing_without_the_pin(bank):
    order = {"source": "checking", "target": "savings", "amount": "money:5000.00:USD"}
    assert await done(bank, "transfer", "1", **order, **MINE) == Outcome("too_little")
    assert await done(bank, "transfer", "2", **order, **CUSTOMER, pin="1111") == Outcome("wrong_pin")
    assert await done(bank, "transfer", "3", **order, customer="00000000", pin="2468") == Outcome("unknown_customer")
    assert (await balance(bank, "b")).values == {"balance": money(123_456)}


@pytest.mark.parametrize(
    "wrong", [{"amount": "money:-5.00:USD"}, {"amount": "50"}, {"amount": "money:5.00:EUR"}, {"target": "savings"}]
)
async def test_what_no_agent_should_ask_is_refused(bank, wrong):
    order = {"source": "savings", "target": "checking", "amount": "money:50.00:USD"} | MINE | wrong
    with pytest.raises(Invalid):
        await bank.call("transfer", order, "k", 5)
    assert (await balance(bank, "b", account="savings")).values == {"balance": money(987_654)}


async def test_a_card_is_blocked_once(bank):
    assert await done(bank, "block_card", "1", card="credit", **CUSTOMER) == Outcome("ok")
    assert await done(bank, "block_card", "2", card="credit", **CUSTOMER) == Outcome("blocked_already")
    assert await done(bank, "block_card", "3", card="debit", **CUSTOMER) == Outcome("ok")
    assert await done(bank, "block_card", "4", card="debit", customer="00000000") == Outcome("unknown_customer")


async def test_a_dispute_has_a_number_and_may_come_too_late(bank):
    order = {"card": "credit", "amount": "money:40.50:USD"} | CUSTOMER
    today, long_ago = datetime.now(UTC).date(), datetime.now(UTC).date() - timedelta(days=200)
    assert await done(bank, "dispute", "1", **order, day=f"date:{today}") == Outcome("ok", {"case": Digits("40001")})
    assert await done(bank, "dispute", "2", **order, day=f"date:{today}") == Outcome("ok", {"case": Digits("40002")})
    assert await done(bank, "dispute", "3", **order, day=f"date:{long_ago}") == Outcome("too_old")


async def test_what_the_first_release_noted_as_done_is_known(bank):
    with bank._engine.begin() as connection:
        told = insert(DONE).values(idempotency_key="old", outcome='{"name": "ok", "cents": 5}', done_at=9e9)
        connection.execute(told)
    assert await bank.recall("old") == Outcome("ok", {"balance": money(5)})
