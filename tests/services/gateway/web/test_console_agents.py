"""An agent's page in a browser: versions, deploying, shares and rolling back, by keyboard, at any width."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.gateway_http import FRONT_DESK, IN_USE, NEWER, OLDER, Console, problem
from tests.fakes.gateway_ws import FakeGateway

pytestmark = pytest.mark.browser
Check = Callable[[Page], list[str]]
SHORT = NEWER[:12]


@pytest.fixture
def agent(page: Page, box: FakeGateway) -> Page:
    """The page of the agent `banking`."""
    page.goto(f"{box.url}/#/agents")
    page.get_by_role("link", name="Example Bank").click()
    expect(page.get_by_role("heading", name="Example Bank", level=1)).to_be_focused()
    expect(page.get_by_role("heading", name="Versions", exact=True)).to_be_visible()
    return page


def opened(page: Page, version: str = SHORT) -> Any:
    page.get_by_role("button", name=f"Deploy {version}").click()
    return page.get_by_role("dialog")


def test_versions_with_their_proof_and_where_they_answer(agent: Page) -> None:
    rows = agent.get_by_role("group", name="Versions").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("116 of 116 passed")
    expect(rows.nth(1)).to_contain_text("Operator")
    expect(rows.nth(1)).to_contain_text("Nowhere")
    expect(rows.nth(2)).to_contain_text("Phone number 1000, Widget demo")
    expect(rows.nth(3)).to_contain_text("None played: an urgent repair")
    expect(agent.get_by_role("link", name="Agents", exact=True)).to_have_attribute("aria-current", "page")


def test_deploying_to_chosen_places(agent: Page, console: Console) -> None:
    dialog = opened(agent)
    expect(dialog.get_by_role("checkbox", name="Phone number 1000")).to_be_checked()
    expect(dialog.get_by_role("checkbox", name="Phone number 2000")).not_to_be_checked()
    expect(dialog.get_by_role("checkbox", name="sales")).to_have_count(1)  # the number, not the other agent's name
    dialog.get_by_role("checkbox", name="API, by name: banking").click()
    dialog.get_by_role("checkbox", name="Widget demo").click()
    dialog.get_by_label("Another phone number").fill("+15550100")
    dialog.get_by_role("button", name="Deploy").click()
    told = agent.get_by_role("status")
    expect(told).to_have_text(f"{SHORT} gets new conversations: Phone number 1000, Phone number +15550100.")
    expect(told).to_be_focused()
    order = console.ordered[-1]
    assert order.pop("id")
    assert order == {
        "revision": 7,
        "agent": "banking",
        "version": NEWER,
        "to": ["number:1000", "number:+15550100"],
    }
    where = agent.get_by_role("group", name="Where it answers")
    expect(where.get_by_role("row", name="Phone number +15550100")).to_contain_text(SHORT)
    expect(agent.get_by_role("group", name="Last changes")).to_contain_text("Deployed")


def test_a_share_by_keyboard_alone_its_figures_and_its_end(agent: Page, console: Console) -> None:
    agent.get_by_role("button", name=f"Deploy {SHORT}").focus()
    agent.keyboard.press("Enter")
    dialog = agent.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="Only a share").focus()
    agent.keyboard.press("Space")
    agent.keyboard.press("Tab")
    expect(dialog.get_by_label("Share, in %")).to_be_focused()
    agent.keyboard.press("ControlOrMeta+A")
    agent.keyboard.type("25")
    agent.keyboard.press("Enter")
    expect(agent.get_by_role("status")).to_contain_text(f"{SHORT} gets 25 % of new conversations")
    assert console.ordered[-1]["share"] == 25
    figures = agent.get_by_role("table", name=f"How {SHORT} does")
    expect(figures.get_by_role("row", name="Contained")).to_contain_text("131 (73 %)16 (76 %)−31 to 22 points")
    expect(agent.get_by_text("It goes on while nothing speaks against it.")).to_be_visible()
    agent.get_by_role("button", name="End share: Phone number 1000").focus()
    agent.keyboard.press("Enter")
    asking = agent.get_by_role("alertdialog")
    expect(asking).to_contain_text(f"new conversations get {IN_USE[:12]}")
    asking.get_by_role("button", name="End share").focus()
    agent.keyboard.press("Enter")
    expect(agent.get_by_role("status")).to_have_text(f"Phone number 1000: new conversations get {IN_USE[:12]}.")
    expect(agent.get_by_role("status")).to_be_focused()
    assert console.ordered[-1]["to"] == ["number:1000"]
    expect(agent.get_by_role("button", name="End share: Phone number 1000")).to_have_count(0)
    agent.get_by_role("button", name="End share everywhere").click()
    asking.get_by_role("button", name="End share everywhere").click()
    expect(agent.get_by_role("heading", name="Versions with a share")).to_have_count(0)
    assert console.ordered[-1]["to"] == ["agent:banking", "widget:demo"]


def test_rolling_back_after_a_question(agent: Page, console: Console) -> None:
    console.targets["agent:banking"]["before"] = [OLDER]
    agent.reload()
    agent.get_by_role("button", name="Roll back: Widget demo").click()
    asking = agent.get_by_role("alertdialog")
    expect(asking).to_contain_text("Those that run stay with the version they began with.")
    asking.get_by_role("button", name="Leave it").click()
    expect(agent.get_by_role("button", name="Roll back: Widget demo")).to_be_focused()
    assert console.ordered == []
    agent.get_by_role("button", name="Roll back everywhere").click()
    asking.get_by_role("button", name="Roll back everywhere").click()
    expect(agent.get_by_role("status")).to_contain_text(f"new conversations get {OLDER[:12]}")
    assert console.ordered[-1]["to"] == ["agent:banking", "number:1000", "widget:demo"]
    expect(agent.get_by_role("button", name="Roll back")).to_have_count(0)


def test_mistakes_and_refusals_are_sentences_and_the_same_change_is_asked_again(agent: Page, console: Console) -> None:
    dialog = opened(agent)
    dialog.get_by_role("checkbox", name="Only a share").click()
    dialog.get_by_label("Share, in %").fill("100")
    deploy = dialog.get_by_role("button", name="Deploy")
    deploy.click()
    expect(dialog.get_by_role("alert")).to_have_text("A share is a whole number from 1 to 99.")
    assert console.ordered == []
    dialog.get_by_label("Share, in %").fill("10")
    console.failing["POST /v1/deployments"] = problem(409, "conflict", "The deployments have changed meanwhile.")
    deploy.click()
    expect(dialog.get_by_role("alert")).to_contain_text("The deployments have changed meanwhile. This page shows")
    console.failing.clear()
    deploy.click()
    expect(dialog).to_be_hidden()
    assert len(console.ordered) == 2
    assert console.ordered[0]["id"] == console.ordered[1]["id"]


def test_a_change_under_way_is_not_asked_twice_nor_left(agent: Page, console: Console) -> None:
    console.busy = threading.Event()
    dialog = opened(agent)
    dialog.get_by_role("button", name="Deploy").click()
    working = dialog.get_by_role("button", name="Deploying…")
    expect(working).to_be_focused()
    working.press("Enter")
    agent.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Cancel")).to_be_disabled()
    console.busy.set()
    expect(dialog).to_be_hidden()
    assert len(console.ordered) == 1


def test_who_may_not_deploy_sees_no_buttons(page: Page, box: FakeGateway, console: Console) -> None:
    console.rights[:] = ["agents.read"]
    page.goto(f"{box.url}/#/agents/banking")
    expect(page.get_by_role("heading", name="Versions", exact=True)).to_be_visible()
    for name in ("Deploy", "Roll back", "End share"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_an_agent_that_answers_nowhere_is_listed_and_deployed_by_keyboard(
    page: Page, box: FakeGateway, console: Console
) -> None:
    page.goto(f"{box.url}/#/agents")
    card = page.get_by_role("region", name="Front Desk")
    expect(card).to_contain_text("Published, answers nowhere")
    expect(card).not_to_contain_text("Phone numbers")
    expect(page.get_by_role("region", name="Example Bank")).not_to_contain_text("answers nowhere")
    link = card.get_by_role("link", name="Deploy it: Front Desk")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Front Desk", level=1)).to_be_focused()
    expect(page.get_by_text("It answers nowhere yet: deploy one of its versions below.")).to_be_visible()
    button = page.get_by_role("button", name=f"Deploy {FRONT_DESK[:12]}")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Another phone number").fill("3000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(f"{FRONT_DESK[:12]} gets new conversations: Phone number 3000.")
    assert console.ordered[-1]["agent"] == "front_desk"
    page.get_by_role("link", name="All agents").click()
    expect(page.get_by_role("region", name="Front Desk")).not_to_contain_text("answers nowhere")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_the_list_is_accessible(page: Page, box: FakeGateway, violations: Check, scheme: Any, width: int) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{box.url}/#/agents")
    expect(page.get_by_role("region", name="Front Desk")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_who_may_not_deploy_sees_that_it_answers_nowhere(page: Page, box: FakeGateway, console: Console) -> None:
    console.rights[:] = ["agents.read"]
    page.goto(f"{box.url}/#/agents")
    card = page.get_by_role("region", name="Front Desk")
    expect(card).to_contain_text("Published, answers nowhere")
    expect(card.get_by_role("link", name="Deploy it")).to_have_count(0)


def test_an_agent_that_is_not_there(page: Page, box: FakeGateway) -> None:
    page.goto(f"{box.url}/#/agents/nobody")
    expect(page.get_by_role("alert")).to_contain_text("There is no such agent.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_accessible_in_every_state(page: Page, box: FakeGateway, violations: Check, scheme: Any, width: int) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})

    def clean() -> None:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.goto(f"{box.url}/#/agents/banking")
    expect(page.get_by_role("heading", name="Versions", exact=True)).to_be_visible()
    clean()
    dialog = opened(page)
    dialog.get_by_role("checkbox", name="Only a share").click()
    dialog.get_by_label("Share, in %").fill("")
    dialog.get_by_role("button", name="Deploy").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    clean()
    dialog.get_by_label("Share, in %").fill("10")
    dialog.get_by_role("button", name="Deploy").click()
    expect(page.get_by_role("heading", name="Versions with a share")).to_be_visible()
    expect(dialog).to_be_hidden()
    clean()
    page.get_by_role("button", name="End share everywhere").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    clean()
