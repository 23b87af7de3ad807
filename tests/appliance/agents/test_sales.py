"""The Sales template as it is taken over: with its documents, and with rules that hold before anybody talks to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from appliance.agents import conditions
from appliance.agents.definition import Ask, Call, CallBack, Confirm, Remember
from appliance.agents.knowledge_folder import generations_of
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.cli.app import make

SALES = load_agent(TEMPLATES / "sales").agent


def test_a_new_agent_brings_the_documents(tmp_path: Path) -> None:
    done = CliRunner().invoke(make(["agents"]), ["agents", "new", "my_sales", "--from", "sales", "--in", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert generations_of(tmp_path / "my_sales") == generations_of(TEMPLATES / "sales")
    assert set(generations_of(tmp_path / "my_sales")) == {"products", "company"} == set(SALES.knowledge)


@pytest.mark.parametrize(
    ("quantity", "discount"),
    [(1, 0), (9, 0), (10, 5), (19, 5), (20, 10), (49, 10), (50, 15), (200, 15)],
)
def test_what_is_taken_off_is_a_rule(quantity: int, discount: int) -> None:
    flow = SALES.flows["quote"]
    rate = flow.step("rate")
    assert isinstance(rate, Remember)
    scope = conditions.scope_of(SALES, flow)
    given = conditions.gives(str(rate.expression), scope, {"quantity": float(quantity)}, "discount", SALES)
    assert given == f"number:{discount}"


def test_each_question_about_a_party_may_be_passed_over() -> None:
    for step in SALES.flows["qualify"].steps:
        if isinstance(step, Ask):
            entity = SALES.entity_of(step.ask)
            assert entity is not None
            assert step.skip == "passed" or "skip" in entity.options["undecided"], step.name


def test_nothing_is_sent_booked_or_kept_without_a_yes() -> None:
    """The step before each call that has an effect for the party is a question for a yes."""
    for flow, call in (
        ("qualify", "sales.note_lead"),
        ("quote", "sales.send_quote"),
        ("appointment", "sales.book"),
        ("move_appointment", "sales.move_appointment"),
        ("cancel_appointment", "sales.cancel_appointment"),
        ("call_back", "sales.allow_calls"),
    ):
        steps = SALES.flows[flow].steps
        (place,) = [number for number, step in enumerate(steps) if isinstance(step, Call) and step.call == call]
        assert isinstance(steps[place - 1], Confirm), flow


def test_a_wish_not_to_be_called_is_done_without_a_question_back() -> None:
    steps = SALES.flows["do_not_call"].steps
    assert not any(isinstance(step, Confirm) for step in steps)
    asked, listed = steps[:2]
    assert isinstance(asked, Ask)
    assert asked.ask == "phone"
    assert isinstance(listed, Call)
    assert listed.call == "sales.do_not_call"


def test_no_call_is_planned_before_the_list_was_looked_at() -> None:
    names = [step.name for step in SALES.flows["call_back"].steps]
    planned = [step.name for step in SALES.flows["call_back"].steps if isinstance(step, CallBack)]
    assert planned
    assert all(names.index("may_call") < names.index(name) for name in planned)
