"""The page of access requests in a browser: what waits, what is open and for how long, what is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.gateway_http import Console, problem
from tests.fakes.gateway_ws import FakeGateway

pytestmark = pytest.mark.browser
Check = Callable[[Page], list[str]]


@pytest.fixture
def asked(page: Page, box: FakeGateway) -> Page:
    page.goto(f"{box.url}/#/access")
    expect(page.get_by_role("heading", name="Access requests")).to_be_visible()
    return page


def test_what_waits_comes_first_and_a_state_is_chosen_by_keyboard(asked: Page, console: Console) -> None:
    waiting = asked.get_by_role("region", name="Pending").get_by_role("listitem")
    expect(waiting).to_have_count(2)
    expect(waiting.first).to_contain_text("Waits for a second person T-4711")
    expect(waiting.first).to_contain_text("b2t rights unredact approve 5b0c6f1d2e3a4b5c00 --key FILE")
    expect(waiting.last).to_contain_text("b2t rights unredact acknowledge 5b0c6f1d2e3a4b5c01 --key FILE")
    asked.get_by_role("radio", name="Pending").focus()
    asked.keyboard.press("ArrowRight")
    active = asked.get_by_role("region", name="Active").get_by_role("listitem")
    expect(active).to_have_count(2)
    expect(active.first).to_contain_text("42 min left")
    expect(active.first).to_contain_text("Approved by key 91d33e8714f0c2ab")
    expect(asked.get_by_role("radio", name="Active")).to_be_focused()
    assert asked.url.endswith("#/access?group=active")
    asked.get_by_role("radio", name="Past").click()
    expect(asked.get_by_role("region", name="Past").get_by_role("listitem")).to_have_count(3)
    asked.go_back()
    expect(active).to_have_count(2)
    assert console.asked_accesses[0] == ("pending", None)


def test_a_request_leads_to_its_conversation(asked: Page, console: Console) -> None:
    asked.get_by_role("link", name="Conversation 7f3c0d9a52b84a0f9c1d6e2b7a5f4e30").click()
    expect(asked.get_by_role("heading", name="Conversation", exact=True)).to_be_focused()
    assert asked.url.endswith("#/conversations/7f3c0d9a52b84a0f9c1d6e2b7a5f4e30")


def test_a_page_at_a_time(page: Page, box: FakeGateway, console: Console) -> None:
    console.accesses_a_page = 3
    page.goto(f"{box.url}/#/access?group=all")
    items = page.get_by_role("region", name="All").get_by_role("listitem")
    counts = [3, 3, 1]
    for number, count in enumerate(counts):
        expect(items).to_have_count(count)
        expect(items.first).to_contain_text(f"T-{4711 + 3 * number}")
        if number < 2:
            page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="Older")).to_have_count(0)
    page.get_by_role("link", name="Newest").click()
    expect(items.first).to_contain_text("T-4711")


def test_what_one_may_not_does_not_stand_there(page: Page, box: FakeGateway, console: Console) -> None:
    console.rights[:] = ["conversations.unredact"]
    page.goto(f"{box.url}/")
    expect(page.get_by_role("region", name="Pending").get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_text("b2t rights unredact")).to_have_count(0)
    expect(page.get_by_role("link", name="Conversation 7f")).to_have_count(0)
    expect(page.get_by_role("link", name="Access requests")).to_have_attribute("aria-current", "page")
    console.rights[:] = ["insights.read", "conversations.read"]
    page.goto(f"{box.url}/")
    page.reload()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_role("link", name="Access requests")).to_have_count(0)


def test_it_cannot_be_had_and_is_tried_again(page: Page, box: FakeGateway, console: Console) -> None:
    console.failing["/v1/unredactions"] = problem(503, "unavailable", "This cannot be answered now.")
    page.goto(f"{box.url}/#/access?group=past")
    expect(page.get_by_role("alert")).to_contain_text("This cannot be answered now.")
    console.failing.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("region", name="Past").get_by_role("listitem")).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_accessible_in_every_state(asked: Page, violations: Check, scheme: Any, width: int) -> None:
    asked.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    asked.set_viewport_size({"width": width, "height": 800})
    for name, count in (("Pending", 2), ("Active", 2), ("Past", 3), ("All", 7)):
        asked.get_by_role("radio", name=name).click()
        expect(asked.get_by_role("region", name=name).get_by_role("listitem")).to_have_count(count)
        assert violations(asked) == []
        assert asked.evaluate("document.documentElement.scrollWidth") <= width
