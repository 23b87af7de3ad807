"""The chat widget on an intranet page, in a browser, against the scripted gateway."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.fakes.gateway_ws import FakeGateway

from .conftest import WAIT_MS, Intranet

pytestmark = pytest.mark.browser

GREETING = "Hello, this is the Banking assistant. How can I help you?"
Check = Callable[[Page], list[str]]


class Chat:
    """What a person sees and does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.get_by_role("button", name="Open chat")
        self.panel = page.get_by_role("dialog")
        self.input = page.get_by_role("textbox", name="Your message")
        self.pin = page.get_by_label("Your PIN")
        self.lines = page.locator("b2t-chat li:visible .text")

    def open(self, url: str) -> Chat:
        self.page.goto(url)
        self.launcher.click()
        expect(self.panel).to_be_visible()
        return self

    def greeted(self, url: str) -> Chat:
        self.open(url)
        expect(self.lines).to_have_text([GREETING])
        return self

    def write(self, text: str) -> None:
        self.input.fill(text)
        self.input.press("Enter")

    def own(self, text: str) -> Locator:
        return self.page.locator("b2t-chat li.own", has_text=text)

    def expect_lines(self, *lines: str) -> None:
        expect(self.lines).to_have_text(list(lines), timeout=15_000)


def echo(text: str) -> str:
    return f"You wrote {len(text)} characters, and this is what I make of them: {text}"


@pytest.fixture
def chat(page: Page, gateway: FakeGateway, intranet: Intranet) -> Chat:
    return Chat(page).greeted(intranet.url)


def sent_frames(page: Page) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    page.on("websocket", lambda line: line.on("framesent", lambda data: frames.append(json.loads(data))))
    return frames


def test_widget_is_small(pages: Path) -> None:
    assert len(gzip.compress((pages / "widget.js").read_bytes(), 9)) <= 30 * 1024


def test_a_reply_grows_as_it_is_made(chat: Chat, gateway: FakeGateway) -> None:
    gateway.script.delta_pause = 0.08
    chat.write("streaming")
    growing = chat.page.locator("b2t-chat li.growing .text")
    expect(growing).to_contain_text("You wrote")
    assert echo("streaming") not in growing.inner_text()
    chat.expect_lines(GREETING, "streaming", echo("streaming"))
    expect(growing).to_have_count(0)


def test_line_breaks_in_the_middle_of_a_reply(chat: Chat, gateway: FakeGateway) -> None:
    gateway.script.break_after_deltas = 3
    chat.write("hello")
    chat.expect_lines(GREETING, "hello", echo("hello"))
    assert len(gateway.hellos) == 2
    assert gateway.messages == [(gateway.attempts[0], "hello")]


def test_line_breaks_inside_a_batch(chat: Chat, gateway: FakeGateway) -> None:
    gateway.script.break_after_said = 1
    chat.write("hello")
    chat.expect_lines(GREETING, "hello", echo("hello"))


@pytest.mark.parametrize("loss", ["lose_message", "lose_accepted"])
def test_what_was_not_accepted_is_sent_again_once_and_in_order(chat: Chat, gateway: FakeGateway, loss: str) -> None:
    setattr(gateway.script, loss, 1)
    for text in ("first", "second", "third"):
        chat.write(text)
    expect(chat.lines).to_have_count(7)
    assert [text for _, text in gateway.messages] == ["first", "second", "third"]
    assert gateway.attempts.count(gateway.messages[0][0]) == 2
    shown = chat.lines.all_inner_texts()
    assert len(set(shown)) == len(shown)
    assert [line for line in shown if line in ("first", "second", "third")] == ["first", "second", "third"]


def test_gateway_restarts(chat: Chat, gateway: FakeGateway) -> None:
    chat.write("before")
    chat.expect_lines(GREETING, "before", echo("before"))
    gateway.stop()
    expect(chat.panel).to_contain_text("Connection lost. Trying again")
    chat.write("meanwhile")
    expect(chat.own("meanwhile")).to_contain_text("Sending…")
    gateway.start()
    chat.expect_lines(GREETING, "before", echo("before"), "meanwhile", echo("meanwhile"))
    expect(chat.own("meanwhile")).to_contain_text("Sent")
    expect(chat.panel).not_to_contain_text("Connection lost")
    assert [text for _, text in gateway.messages] == ["before", "meanwhile"]


def test_page_is_loaded_again(chat: Chat, gateway: FakeGateway) -> None:
    chat.write("hello")
    chat.expect_lines(GREETING, "hello", echo("hello"))
    kept = json.loads(chat.page.evaluate("JSON.stringify({...sessionStorage})"))
    (conversation,) = gateway.conversations.values()
    assert set(kept.values()) == {conversation.resume, "1"}
    chat.page.reload()
    chat.expect_lines(GREETING, "hello", echo("hello"))
    assert len(gateway.conversations) == 1
    assert chat.page.evaluate("localStorage.length") == 0


def test_refused_message_can_be_tried_again(chat: Chat, gateway: FakeGateway) -> None:
    gateway.script.refuse = [{"code": "redaction_failed", "title": "Please try again in a moment.", "retryable": True}]
    chat.write("hello")
    expect(chat.own("hello")).to_contain_text("Not sent. Please try again in a moment.")
    chat.own("hello").get_by_role("button", name="Try again").press("Enter")
    chat.expect_lines(GREETING, "hello", echo("hello"))
    assert gateway.attempts[0] == gateway.attempts[1]


def test_offline_is_said_and_left(chat: Chat, context: BrowserContext, gateway: FakeGateway) -> None:
    context.set_offline(True)
    expect(chat.panel).to_contain_text("You are offline")
    chat.write("later")
    expect(chat.own("later")).to_contain_text("Sending…")
    context.set_offline(False)
    chat.expect_lines(GREETING, "later", echo("later"))
    assert len(gateway.messages) == 1


def test_what_comes_while_the_panel_is_closed_is_counted(chat: Chat, gateway: FakeGateway) -> None:
    (conversation,) = gateway.conversations.values()
    gateway.say(conversation, "By the way: our branches close early today.")
    chat.expect_lines(GREETING, "By the way: our branches close early today.")
    chat.page.keyboard.press("Escape")
    gateway.say(conversation, "And tomorrow.")
    expect(chat.page.get_by_role("button", name="Open chat, 1 new")).to_be_visible()


def test_keyboard_alone(page: Page, gateway: FakeGateway, intranet: Intranet) -> None:
    page.goto(intranet.url)
    chat = Chat(page)
    chat.launcher.wait_for()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(chat.launcher).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(chat.own("one")).to_contain_text("one\ntwo")
    expect(chat.input).to_be_focused()
    page.keyboard.type("my balance")
    page.keyboard.press("Enter")
    expect(chat.pin).to_be_focused()
    page.keyboard.type("4711")
    page.keyboard.press("Enter")
    expect(page.get_by_text("$1,234.56").first).to_be_visible()
    expect(chat.input).to_be_focused()
    page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()


def test_whole_replies_are_announced(chat: Chat, gateway: FakeGateway) -> None:
    status = chat.page.get_by_role("status")
    expect(status).to_have_text(GREETING)
    gateway.script.delta_pause = 0.03
    chat.write("hello")
    expect(status).to_have_text(echo("hello"))
    expect(chat.page.get_by_role("log")).to_have_attribute("aria-live", "off")


def test_digits_are_sealed_on_the_page(page: Page, gateway: FakeGateway, intranet: Intranet) -> None:
    frames = sent_frames(page)
    chat = Chat(page).greeted(intranet.url)
    chat.write("balance")
    expect(chat.pin).to_have_attribute("autocomplete", "off")
    expect(chat.pin).to_have_attribute("inputmode", "numeric")
    expect(chat.pin).to_have_attribute("type", "password")
    expect(chat.input).to_be_hidden()
    chat.pin.fill("12")
    chat.pin.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Enter 4 to 8 digits.")
    expect(chat.pin).to_be_focused()
    chat.pin.fill("904817")
    page.get_by_role("button", name="Submit securely").click()
    expect(page.get_by_text("$1,234.56").first).to_be_visible()
    assert gateway.digits == ["904817"]
    assert "904817" not in json.dumps(frames)
    assert chat.pin.input_value() == ""
    assert "904817" not in page.evaluate("document.querySelector('b2t-chat').shadowRoot.innerHTML")
    assert "904817" not in page.evaluate("JSON.stringify({...sessionStorage})")
    expect(page.get_by_text("Entered securely")).to_be_visible()


def test_capture_survives_a_restart_and_is_taken_once(chat: Chat, gateway: FakeGateway) -> None:
    chat.write("balance")
    chat.pin.fill("8812")
    gateway.script.lose_accepted = 1
    chat.pin.press("Enter")
    expect(chat.page.get_by_text("$1,234.56").first).to_be_visible()
    assert gateway.digits == ["8812"]


def test_capture_can_be_cancelled(chat: Chat, gateway: FakeGateway) -> None:
    chat.write("balance")
    chat.pin.fill("8812")
    chat.page.get_by_role("button", name="Cancel").click()
    expect(chat.page.get_by_text("Secure entry cancelled")).to_be_visible()
    expect(chat.input).to_be_visible()
    assert gateway.digits == []


def test_without_https_nothing_can_be_sealed_and_it_says_so(
    page: Page, gateway: FakeGateway, intranet: Intranet
) -> None:
    chat = Chat(page).greeted(intranet.insecure_url)
    chat.write("balance")
    expect(page.get_by_role("alert")).to_contain_text("not served over HTTPS")
    expect(chat.pin).to_be_hidden()
    page.get_by_role("button", name="Cancel").click()
    expect(chat.input).to_be_visible()


def test_continue_by_phone(chat: Chat, gateway: FakeGateway) -> None:
    gateway.code_lifetime = 2
    chat.page.get_by_role("button", name="Continue by phone").click()
    section = chat.page.get_by_role("region", name="Continue by phone")
    expect(section).to_contain_text("482 913")
    expect(section.get_by_role("link", name="+1 555 0100")).to_have_attribute("href", "tel:+15550100")
    expect(section.get_by_role("timer")).to_have_text("Valid for 0:01")
    expect(section).to_contain_text("This code has expired.")
    expect(section).not_to_contain_text("482 913")
    gateway.code_lifetime = 300
    section.get_by_role("button", name="Get a new code").click()
    expect(section).to_contain_text("482 913")
    section.get_by_role("button", name="Close").click()
    expect(section).to_be_hidden()


def test_no_phone_number_no_phone_button(page: Page, gateway: FakeGateway, intranet: Intranet) -> None:
    gateway.phone_number = None
    chat = Chat(page).greeted(intranet.url)
    expect(chat.page.get_by_role("button", name="Continue by phone")).to_be_hidden()


def test_a_message_too_long_is_kept_and_said_to_be_so(chat: Chat, gateway: FakeGateway) -> None:
    chat.input.fill("é" * 3990)
    expect(chat.panel).to_contain_text("10 characters left")
    chat.input.fill("🙂" * 4003)
    expect(chat.panel).to_contain_text("3 characters too many")
    expect(chat.page.get_by_role("button", name="Send")).to_be_disabled()
    chat.input.press("Enter")
    expect(chat.input).to_have_value("🙂" * 4003)
    chat.input.fill("🙂" * 4000)
    chat.input.press("Enter")
    expect(chat.own("🙂")).to_contain_text("Sent")
    assert len(gateway.messages[0][1]) == 4000


def test_the_end_and_a_new_beginning(chat: Chat, gateway: FakeGateway) -> None:
    chat.write("bye")
    expect(chat.panel).to_contain_text("This conversation has ended.")
    expect(chat.input).to_be_hidden()
    gateway.drop()
    chat.page.get_by_role("button", name="Start a new conversation").click()
    chat.expect_lines(GREETING)
    assert len(gateway.conversations) == 2
    expect(chat.input).to_be_focused()


def test_ending_is_asked_about(chat: Chat, gateway: FakeGateway) -> None:
    page = chat.page
    expect(page.get_by_role("button", name="End conversation")).to_be_hidden()
    chat.write("hello")
    chat.expect_lines(GREETING, "hello", echo("hello"))
    page.get_by_role("button", name="End conversation").press("Enter")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()
    page.get_by_role("button", name="End conversation").click()
    page.get_by_role("button", name="End conversation").click()
    expect(chat.panel).to_contain_text("This conversation has ended.")


def test_coming_back_is_announced(chat: Chat, gateway: FakeGateway) -> None:
    gateway.stop()
    expect(chat.page.get_by_role("status")).to_contain_text("Connection lost.")
    gateway.start()
    expect(chat.page.get_by_role("status")).to_have_text("Connected again.")


def test_markup_stays_text(chat: Chat) -> None:
    chat.write("<img src=x onerror=alert(1)> & <b>bold</b>")
    expect(chat.own("<img src=x onerror=alert(1)> & <b>bold</b>")).to_be_visible()
    assert chat.page.locator("b2t-chat img").count() == 0


def test_unknown_widget_says_it_is_not_available(page: Page, gateway: FakeGateway, intranet: Intranet) -> None:
    intranet.attributes = 'data-widget="nobody"'
    chat = Chat(page).open(intranet.url)
    expect(chat.panel).to_contain_text("No widget of that key")


def test_texts_and_colours_are_the_pages_own(page: Page, gateway: FakeGateway, intranet: Intranet) -> None:
    intranet.attributes = 'data-widget="demo" data-lang="de" data-text-placeholder="Fragen Sie uns" data-theme="light"'
    page.goto(intranet.url)
    page.evaluate("document.documentElement.style.setProperty('--b2t-accent', 'rgb(0, 90, 60)')")
    page.get_by_role("button", name="Chat öffnen").click()
    box = page.get_by_role("textbox", name="Ihre Nachricht")
    expect(box).to_have_attribute("placeholder", "Fragen Sie uns")
    expect(page.locator("b2t-chat header")).to_have_css("background-color", "rgb(0, 90, 60)")


SIZES = {"desktop": (1100, 760), "phone": (390, 780), "narrow": (320, 568)}


def new_chat(browser: Browser, size: str, url: str, **options: Any) -> Chat:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(WAIT_MS)
    return Chat(context.new_page()).greeted(url)


@pytest.mark.parametrize("size", ["phone", "narrow"])
def test_on_a_phone_it_covers_the_page_and_keeps_the_focus(
    browser: Browser, gateway: FakeGateway, intranet: Intranet, size: str
) -> None:
    chat = new_chat(browser, size, intranet.url)
    width, height = SIZES[size]
    assert chat.panel.bounding_box() == {"x": 0, "y": 0, "width": width, "height": height}
    chat.write("hello")
    chat.page.get_by_role("button", name="End conversation").wait_for()
    box = chat.input.bounding_box()
    assert box is not None
    assert box["width"] > width * 0.7
    for _ in range(8):
        chat.page.keyboard.press("Tab")
        assert chat.page.evaluate("document.activeElement.id") != "first"
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= width
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()
    chat.page.context.close()


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("desktop", "dark"), ("narrow", "light")])
def test_accessible_in_every_state(
    browser: Browser, gateway: FakeGateway, intranet: Intranet, violations: Check, size: str, scheme: Any
) -> None:
    gateway.script.refuse = [{"code": "busy", "title": "Please try again in a moment.", "retryable": True}]
    chat = new_chat(browser, size, intranet.url, color_scheme=scheme, reduced_motion="reduce")
    page = chat.page
    page.keyboard.press("Escape")
    assert violations(page) == []
    chat.launcher.click()
    chat.write("refused")
    expect(chat.own("refused")).to_contain_text("Not sent.")
    chat.write("hello")
    expect(chat.own("hello")).to_contain_text("Sent")
    page.get_by_role("button", name="Continue by phone").click()
    expect(page.get_by_text("482 913")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Close", exact=True).click()
    chat.write("balance")
    chat.pin.fill("1")
    chat.pin.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    assert small_targets(page) == []
    page.get_by_role("button", name="Cancel").click()
    expect(chat.input).to_be_visible()
    gateway.stop()
    expect(chat.panel).to_contain_text("Connection lost")
    chat.input.fill("x" * 4100)
    assert violations(page) == []
    assert small_targets(page) == []
    assert page.evaluate("document.querySelector('b2t-chat').shadowRoot.getAnimations().length") == 0
    page.context.close()


def small_targets(page: Page) -> list[str]:
    """Things to press that are smaller than 44 by 44 pixels."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelector('b2t-chat').shadowRoot.querySelectorAll('button, input, textarea')]
          .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
          .filter(([, box]) => box.width > 0 && (box.width < 44 || box.height < 44))
          .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
    )
    return found
