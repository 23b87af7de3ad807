"""A conversation's page in a browser: why each turn was answered so, and its recording."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.gateway_http import Console, problem
from tests.fakes.gateway_ws import FakeGateway

pytestmark = pytest.mark.browser
Check = Callable[[Page], list[str]]
RECORDING = "/v1/conversations/c004/recordings/l1"
WHY = "/v1/conversations/c004/turns/t1/why"


@pytest.fixture
def told(page: Page, box: FakeGateway) -> Page:
    page.goto(f"{box.url}/#/conversations/c004")
    expect(page.get_by_text("Your checking account holds")).to_be_visible()
    return page


def asked(console: Console, end: str) -> int:
    return sum(url.endswith(end) for url in console.asked)


def test_why_a_turn_was_answered_so_is_asked_when_it_is_opened(told: Page, console: Console) -> None:
    assert asked(console, "/why") == 0
    told.get_by_text("Why", exact=True).first.focus()
    told.keyboard.press("Enter")
    scores = told.get_by_role("table", name="What it may have meant")
    expect(scores.get_by_role("row", name="Balance")).to_contain_text("0.913")
    expect(scores.get_by_role("row", name="Not understood")).to_contain_text("0.021")
    turn = told.get_by_role("listitem").filter(has_text="what is on my checking account")
    for words in (
        "UnderstoodBalance, 0.913, by the classifier",
        "RuleFlow started (flow balance)",
        "Flows beforeNone",
        "Flows afterbalance/ask_customer",
        "Citesfees.md#1",
        "account = checking",
        "step balance/ask_customer",
    ):
        expect(turn).to_contain_text(words)
    assert asked(console, "/why") == 1


def test_what_a_language_model_understood_says_so(told: Page) -> None:
    told.get_by_text("Why", exact=True).nth(1).click()
    expect(told.get_by_text("Balance, 0.913, by the language model")).to_be_visible()
    expect(told.get_by_text("By the language model (phrased)")).to_be_visible()


def test_why_cannot_be_had_and_is_tried_again(told: Page, console: Console) -> None:
    console.failing[WHY] = problem(503, "unavailable", "This cannot be answered now.")
    told.get_by_text("Why", exact=True).first.click()
    expect(told.get_by_role("alert")).to_contain_text("This cannot be answered now.")
    console.failing.clear()
    told.get_by_role("button", name="Try again").click()
    expect(told.get_by_role("table", name="What it may have meant")).to_be_visible()


def test_a_recording_is_fetched_once_somebody_listens(told: Page, console: Console) -> None:
    assert asked(console, "/l1") == 0
    console.failing[RECORDING] = problem(503, "unavailable", "This cannot be answered now.")
    listen = told.get_by_role("button", name="Listen to Call 1, 1 min 24 s")
    listen.click()
    expect(told.get_by_role("alert")).to_have_text("This cannot be answered now.")
    console.failing.clear()
    listen.press("Enter")
    player = told.locator("audio")
    expect(player).to_be_focused()
    told.wait_for_function("document.querySelector('audio').duration === 1")
    with told.expect_download() as saved:
        told.get_by_role("link", name="Save").click()
    assert saved.value.suggested_filename == "c004-l1.wav"
    assert asked(console, "/l1") == 2


def test_no_recording_no_word_of_one(page: Page, box: FakeGateway, console: Console) -> None:
    console.recorded = False
    with page.expect_response("**/recordings"):
        page.goto(f"{box.url}/#/conversations/c004")
    expect(page.get_by_text("Your checking account holds")).to_be_visible()
    expect(page.get_by_text("Recording")).to_have_count(0)


def test_who_asked_for_values_and_how_a_second_person_decides(
    page: Page, box: FakeGateway, console: Console, told: Page
) -> None:
    asking = told.get_by_role("region", name="Requests to see its values")
    expect(asking).to_contain_text("Waits for a second person T-1")
    expect(asking).to_contain_text("b2t rights unredact approve 5b0c6f1d2e3a4b5c10 --key FILE")
    expect(asking).to_contain_text("b2t rights unredact acknowledge 5b0c6f1d2e3a4b5c11 --key FILE")
    console.rights[:] = ["conversations.read"]
    page.reload()
    expect(page.get_by_role("heading", name="Recording")).to_be_visible()
    expect(asking).to_have_count(0)


def test_emergency_accesses_stand_in_the_overview(page: Page, box: FakeGateway, console: Console) -> None:
    page.goto(box.url)
    waiting = page.get_by_role("region", name="Emergency accesses to values")
    expect(waiting).to_contain_text("1 open, 2 waiting for review by a second person.")
    console.emergencies = {"open": 0, "unreviewed": 0}
    page.reload()
    expect(page.get_by_role("region", name="Today")).to_be_visible()
    expect(waiting).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_accessible_in_every_state(told: Page, console: Console, violations: Check, scheme: Any, width: int) -> None:
    told.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    told.set_viewport_size({"width": width, "height": 800})

    def clean() -> None:
        assert violations(told) == []
        assert told.evaluate("document.documentElement.scrollWidth") <= width

    console.failing[RECORDING] = console.failing[WHY] = problem(503, "unavailable", "This cannot be answered now.")
    told.get_by_role("button", name="Listen").click()
    told.get_by_text("Why", exact=True).first.click()
    expect(told.get_by_role("alert")).to_have_count(2)
    clean()
    console.failing.clear()
    told.get_by_role("button", name="Listen").click()
    told.get_by_role("button", name="Try again").click()
    told.get_by_text("Why", exact=True).nth(1).click()
    expect(told.locator("audio")).to_be_visible()
    expect(told.get_by_role("table", name="What it may have meant")).to_be_visible()
    expect(told.get_by_text("By the language model (phrased)")).to_be_visible()
    clean()
