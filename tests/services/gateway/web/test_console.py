"""The console in a browser, against invented records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.fakes.gateway_http import PASSWORD, SETUP_TOKEN, Console, problem
from tests.fakes.gateway_ws import FakeGateway

pytestmark = pytest.mark.browser
Check = Callable[[Page], list[str]]


def test_signing_in_leads_on_and_out(page: Page, box: FakeGateway, console: Console) -> None:
    console.signed_in = False
    page.goto(box.url + "/demo")
    page.wait_for_url("**/sign-in?next=/demo")
    page.keyboard.press("Tab")
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(box.url + "/demo")
    page.goto(box.url + "/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(box.url + "/sign-in")
    assert not console.signed_in


@pytest.mark.parametrize("next_page", ["//evil.test/", "https://evil.test/", "/\\evil.test", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_place(page: Page, box: FakeGateway, next_page: str) -> None:
    page.goto(f"{box.url}/sign-in?next={next_page}")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert page.url.rstrip("/") == box.url


def test_first_administrator(page: Page, box: FakeGateway, console: Console) -> None:
    console.signed_in = False
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{box.url}/setup#{SETUP_TOKEN}")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_label("Password again").fill("short")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("A password has at least 12 characters.")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The two passwords are not the same.")
    page.get_by_label("Password again").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert console.set_up
    assert SETUP_TOKEN not in page.url
    assert not any(SETUP_TOKEN in url.partition("#")[0] for url in requested)


def test_setup_link_used_up_or_cut_off(page: Page, box: FakeGateway) -> None:
    page.goto(f"{box.url}/setup")
    expect(page.get_by_role("alert")).to_contain_text("Open the whole link")
    page.goto("about:blank")
    page.goto(f"{box.url}/setup#old")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This setup link is not valid any more.")


def test_overview(page: Page, box: FakeGateway, console: Console) -> None:
    page.goto(box.url)
    today = page.get_by_role("region", name="Today")
    expect(today).to_contain_text("Conversations today11")
    expect(today).to_contain_text("71 %")
    expect(page.get_by_role("row", name="Not understood 9")).to_be_visible()
    expect(page.get_by_role("row", name="Voice to voice 464 ms 464 ms 1.24 s")).to_be_visible()
    page.get_by_role("radio", name="30 days").click()
    expect(page.get_by_role("heading", name="Top intents, 30 days")).to_be_visible()
    assert any("days=30" in url for url in console.asked)


def test_conversations_a_page_at_a_time(page: Page, box: FakeGateway) -> None:
    page.goto(f"{box.url}/#/conversations")
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(26)
    page.get_by_role("link", name="Older").click()
    page.wait_for_url("**/#/conversations?before=36")
    page.get_by_role("link", name="Older").click()
    page.wait_for_url("**/#/conversations?before=11")
    expect(rows).to_have_count(11)
    expect(page.get_by_role("link", name="Older")).to_have_count(0)
    page.get_by_role("link", name="Newest").click()
    expect(rows).to_have_count(26)


def test_one_conversation_redacted_with_its_timings(page: Page, box: FakeGateway) -> None:
    page.goto(f"{box.url}/#/conversations")
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Conversation")).to_be_focused()
    expect(page.get_by_text("Your checking account holds MONEY_1.")).to_be_visible()
    page.get_by_text("464 ms voice to voice").click()
    stages = page.get_by_role("table", name="Stages of this turn")
    expect(stages.get_by_role("row").first).to_contain_text("End of speech found310 ms")
    expect(stages.get_by_role("row")).to_have_count(8)


def test_agents(page: Page, box: FakeGateway) -> None:
    page.goto(f"{box.url}/#/agents")
    expect(page.get_by_role("region", name="Example Bank")).to_contain_text("Phone numbers1000")


def test_api_key_is_shown_once_and_revoked(page: Page, box: FakeGateway, console: Console) -> None:
    page.goto(f"{box.url}/#/keys")
    page.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Ticket system")
    dialog.get_by_role("checkbox", name="Read insights").click()
    dialog.get_by_role("button", name="Make key").click()
    secret = dialog.get_by_text("b2t_k2_")
    expect(secret).to_be_visible()
    assert console.keys[0]["rights"] == ["conversations.take_part", "insights.read"]
    dialog.get_by_role("button", name="I have copied it").click()
    expect(dialog).to_be_hidden()
    assert "b2t_k2_" not in page.content()
    page.get_by_role("button", name="Revoke Ticket system").click()
    asking = page.get_by_role("alertdialog")
    expect(asking).to_contain_text("This cannot be undone.")
    asking.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row", name="Ticket system")).to_have_count(0)
    expect(page.get_by_role("row", name="Nightly report")).to_be_visible()


@pytest.mark.parametrize("place", ["#/", "#/conversations", "#/conversations/c004", "#/agents", "#/keys"])
def test_problems_are_sentences_and_can_be_tried_again(
    page: Page, box: FakeGateway, console: Console, place: str
) -> None:
    paths = {"#/": "/v1/insights/summary", "#/keys": "/v1/api-keys"}
    path = paths.get(place, "/v1/" + place.removeprefix("#/"))
    console.failing[path] = problem(503, "unavailable", "This cannot be answered now.")
    page.goto(f"{box.url}/{place}")
    expect(page.get_by_role("alert")).to_contain_text("This cannot be answered now.")
    console.failing.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_ended_session_leads_to_signing_in(page: Page, box: FakeGateway, console: Console) -> None:
    page.goto(box.url)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    console.signed_in = False
    page.get_by_role("link", name="Agents").click()
    page.wait_for_url(box.url + "/sign-in")


def test_demo_page_holds_a_chat(page: Page, box: FakeGateway) -> None:
    page.goto(f"{box.url}/demo")
    expect(page.get_by_role("link", name="+1 555 0100")).to_have_attribute("href", "tel:+15550100")
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_text("How can I help you?").first).to_be_visible()


PLACES = ["/sign-in", "/setup#x", "/#/", "/#/conversations", "/#/conversations/c004", "/#/agents", "/#/keys", "/demo"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_accessible_everywhere(
    context: BrowserContext, page: Page, box: FakeGateway, violations: Check, scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    for place in PLACES:
        page.goto("about:blank")
        page.goto(box.url + place)
        page.get_by_role("heading", level=1).wait_for()
        expect(page.get_by_text("Loading…")).to_have_count(0)
        assert violations(page) == [], place
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
    page.goto(f"{box.url}/#/keys")
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Make a key")).to_be_focused()


def test_by_keyboard(page: Page, box: FakeGateway) -> None:
    page.goto(box.url)
    page.get_by_role("heading", name="Overview").wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="7 days")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="30 days")).to_be_checked()
    page.get_by_role("link", name="API keys").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="API keys")).to_be_focused()
