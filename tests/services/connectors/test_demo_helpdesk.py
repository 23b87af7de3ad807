from __future__ import annotations

import sqlite3

import pytest

from appliance.agents.loading import TEMPLATES, load_agent
from appliance.connectors import Outcome, check_outcome
from appliance.errors import Invalid
from appliance.privacy.values import Digits, Text
from services.connectors import demo_helpdesk
from services.connectors.demo import DEMOS
from services.connectors.demo_helpdesk import DemoHelpdesk

EMPLOYEE, OTHER, NOBODY = "104711", "220815", "999999"


@pytest.fixture
async def desk(tmp_path):
    made = DemoHelpdesk(tmp_path / "helpdesk.sqlite")
    yield made
    await made.close()


async def done(desk: DemoHelpdesk, operation: str, key: str, **given: str) -> Outcome:
    outcome = await desk.call(operation, given, key, 5)
    check_outcome(desk.operations[operation], outcome)
    return outcome


async def reset(desk: DemoHelpdesk, key: str, by: str, secret: str, employee: str = EMPLOYEE) -> str:
    given = {"employee": employee, "account": "windows", "by": by, "secret": secret}
    return (await done(desk, "reset_password", key, **given)).name


async def test_a_link_goes_to_whoever_has_the_pin_and_says_no_password(desk):
    given = {"employee": EMPLOYEE, "account": "windows", "by": "pin", "secret": "2468"}
    sent = await done(desk, "reset_password", "1", **given)
    assert sent == Outcome("ok", {"link_to": Text("your private e-mail address")})
    assert await reset(desk, "2", "pin", "2468", NOBODY) == "unknown_employee"
    with pytest.raises(Invalid):
        await reset(desk, "3", "face", "2468")


async def test_a_code_is_good_once_it_was_sent_and_once_only(desk, monkeypatch):
    assert await reset(desk, "1", "code", "314159") == "expired"
    assert await done(desk, "send_code", "2", employee=EMPLOYEE) == Outcome("ok", {"to": Text("your work phone")})
    assert (await done(desk, "send_code", "3", employee=NOBODY)).name == "unknown_employee"
    assert await reset(desk, "4", "code", "271828") == "wrong"
    assert await reset(desk, "5", "code", "314159") == "ok"
    assert await reset(desk, "6", "code", "314159") == "expired"
    monkeypatch.setattr(demo_helpdesk, "CODE_S", -1.0)
    await done(desk, "send_code", "7", employee=EMPLOYEE)
    assert await reset(desk, "8", "code", "314159") == "expired"


async def test_three_wrong_secrets_lock_and_a_repeated_call_counts_once(desk):
    assert [await reset(desk, "same", "pin", "0000") for _ in range(4)] == ["wrong"] * 4
    assert [await reset(desk, key, "pin", "0000") for key in ("2", "3")] == ["wrong", "locked"]
    assert await reset(desk, "4", "pin", "2468") == "locked"
    assert await reset(desk, "5", "pin", "13579", OTHER) == "ok"


async def test_a_ticket_is_opened_once_noted_on_and_closed(desk, tmp_path):
    wanted = {"employee": EMPLOYEE, "category": "laptop", "urgency": "blocked"}
    for _ in range(2):
        opened = await done(desk, "open_ticket", "1", **wanted)
        assert opened == Outcome("ok", {"number": Digits("50004"), "within": Text("within one hour")})
    assert await desk.recall("1") == opened
    assert await desk.recall("2") is None
    mine = {"employee": EMPLOYEE, "ticket": "50004"}
    assert await done(desk, "ticket_status", "3", **mine) == Outcome("waiting", {"about": Text("laptop")})
    for _ in range(2):
        assert (await done(desk, "add_note", "4", **mine, note="again")).name == "ok"
    assert (await done(desk, "close_ticket", "5", **mine)).name == "ok"
    assert (await done(desk, "close_ticket", "6", **mine)).name == "closed_already"
    assert (await done(desk, "add_note", "7", **mine, note="again")).name == "closed"
    assert (await done(desk, "ticket_status", "8", **mine)).name == "closed"
    with sqlite3.connect(tmp_path / "helpdesk.sqlite") as kept:
        assert kept.execute("select ticket, note from notes").fetchall() == [(50004, "again")]


async def test_a_ticket_is_told_only_to_its_employee(desk):
    theirs = {"employee": OTHER, "ticket": "50001"}
    assert (await done(desk, "ticket_status", "1", **theirs)).name == "unknown_ticket"
    assert (await done(desk, "add_note", "2", **theirs, note="again")).name == "unknown_ticket"
    assert (await done(desk, "close_ticket", "3", **theirs)).name == "unknown_ticket"
    wanted = {"category": "laptop", "urgency": "blocked"}
    assert (await done(desk, "open_ticket", "4", employee=NOBODY, **wanted)).name == "unknown_employee"
    with pytest.raises(Invalid):
        await done(desk, "open_ticket", "5", employee=OTHER, category="laptop", urgency="now")


async def test_outages_are_told_and_their_end_once_to_each(desk):
    assert (await done(desk, "outages", "1", service="email")).values["ends"] == Text("three o'clock")
    assert (await done(desk, "outages", "2", service="vpn")).name == "nothing"
    about = {"employee": EMPLOYEE, "service": "email"}
    assert [(await done(desk, "subscribe", key, **about)).name for key in ("3", "3", "4")] == ["ok", "ok", "already"]
    assert (await done(desk, "subscribe", "5", employee=NOBODY, service="email")).name == "unknown_employee"


async def test_tokens(desk):
    assert (await done(desk, "check_token", "1", employee=EMPLOYEE)).name == "resynced"
    assert (await done(desk, "check_token", "2", employee=OTHER)).name == "expired"
    assert (await done(desk, "check_token", "3", employee=NOBODY)).name == "unknown_employee"


def test_the_template_names_what_the_demo_does():
    agent = load_agent(TEMPLATES / "it_helpdesk").agent
    for name, operation in agent.connectors["helpdesk"].operations.items():
        assert demo_helpdesk.OPERATIONS[name].arguments == operation.arguments
        assert demo_helpdesk.OPERATIONS[name].outcomes == operation.outcomes
    assert demo_helpdesk.OPERATIONS.keys() == agent.connectors["helpdesk"].operations.keys()
    assert DEMOS["helpdesk"] is DemoHelpdesk
