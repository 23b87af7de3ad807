"""The main job by chat, as a person does it: Chromium, the built pages, every unit of the box real.

From the one-time link of the first administrator to a balance, other in every run; on a page of another origin; and
through lost connections and a killed gateway with nothing lost and nothing twice.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, WebSocketRoute, async_playwright, expect

from appliance import events as e
from appliance.adapters.sip_caller import SipCaller
from tests.box.conftest import PASSWORD, Box, Customer, conversations, events
from tests.services.gateway.web.conftest import ARGUMENTS, CHROMIUM, WAIT_MS, Intranet, build_pages, need_browser

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.timeout(180)]

GREETING = "Welcome to Example Bank. How can I help you?"
WHICH_ACCOUNT = "For which account, checking or savings?"
WHICH_CUSTOMER = "What is your customer number? It has eight digits."
WHICH_PIN = "Please enter your PIN in the secure field."
MOMENT = "One moment, please."
MORE = "Is there anything else I can do for you?"
GOODBYE = "Thank you for contacting Example Bank. Goodbye."
KEYED = "Entered securely"


@pytest.fixture(scope="module")
def embedding() -> Iterator[Intranet]:
    """A page that the widget is meant for."""
    yield from _served()


@pytest.fixture(scope="module")
def stranger() -> Iterator[Intranet]:
    """A page that it is not meant for."""
    yield from _served()


def _served() -> Iterator[Intranet]:
    page = Intranet()
    yield page
    page.server.shutdown()
    page.server.server_close()


def elsewhere(page: Intranet) -> str:
    """The page's origin on another site than the box's, where browsers still allow encryption."""
    return f"http://localhost:{page.port}"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory, embedding: Intranet, stranger: Intranet) -> Iterator[Box]:
    need_browser()
    build_pages()
    widget = f'[channels.widgets.demo]\nagent = "banking"\nallowed_origins = ["{elsewhere(embedding)}"]\n'
    made = Box.make(tmp_path_factory.mktemp("box") / "data", widget)
    embedding.gateway = stranger.gateway = made.url
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
async def context() -> AsyncIterator[BrowserContext]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1100, "height": 760})
        context.set_default_timeout(WAIT_MS)
        yield context
        await browser.close()


@pytest.fixture
async def sent(context: BrowserContext) -> list[str]:
    """Everything that leaves the browser: addresses, bodies, frames."""
    found: list[str] = []
    context.on("request", lambda request: found.append(f"{request.url} {request.post_data or ''}"))
    context.on(
        "page",
        lambda page: page.on("websocket", lambda line: line.on("framesent", lambda frame: found.append(str(frame)))),
    )
    return found


@pytest.fixture
async def page(context: BrowserContext, sent: list[str]) -> AsyncIterator[Page]:
    trouble: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    await page.expose_function("violated", lambda text: trouble.append(f"policy: {text}"))
    await page.add_init_script(
        "addEventListener('securitypolicyviolation', e => violated(e.violatedDirective + ' ' + e.blockedURI))"
    )
    yield page
    assert trouble == []


def dollars(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02}"


class Chat:
    """What a person sees and does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = page.get_by_role("dialog")
        self.lines = page.locator("b2t-chat li:visible .text")
        self.message = page.get_by_role("textbox", name="Your message")
        self.pin = page.get_by_label("Your PIN")
        self.expected: list[str] = []
        self.written = 0

    async def open(self) -> None:
        await self.page.get_by_role("button", name="Open chat").click()
        await self.read(GREETING)

    async def write(self, text: str) -> None:
        await self.message.fill(text)
        await self.message.press("Enter")
        self.expected.append(text)
        self.written += 1

    async def key(self, pin: str) -> None:
        await self.pin.fill(pin)
        await self.pin.press("Enter")
        self.expected.append(KEYED)

    async def read(self, *lines: str) -> None:
        """All that is shown, from the first line on, once it ends with these."""
        self.expected += lines
        await expect(self.lines).to_have_text(self.expected, timeout=30_000)

    async def as_far_as_pin(self, account: str, customer: Customer) -> None:
        await self.write("what is my balance")
        await self.read(WHICH_ACCOUNT)
        await self.write(account)
        await self.read(WHICH_CUSTOMER)
        await self.write(customer.number)
        await self.read(WHICH_PIN)


async def newest(box: Box, known: set[str]) -> str:
    async with box.bus() as bus, asyncio.timeout(10):
        while True:
            new = [row["conversation"] for row in await conversations(bus) if row["conversation"] not in known]
            if new:
                assert len(new) == 1
                return str(new[0])
            await asyncio.sleep(0.2)


async def known(box: Box) -> set[str]:
    async with box.bus() as bus:
        return {row["conversation"] for row in await conversations(bus)}


async def recorded(box: Box, conversation: str) -> list[e.Event]:
    async with box.bus() as bus:
        return await events(bus, conversation)


def assert_kept_secret(pin: str, sent: list[str], log: list[e.Event]) -> None:
    assert not any(pin in one for one in sent)
    assert pin not in repr(log)


async def set_password(box: Box, page: Page, password: str) -> None:
    await page.goto(box.ready["first_administrator"])
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_label("Password again").fill(password)
    await page.get_by_role("button", name="Set password and sign in").click()


async def test_from_the_one_time_link_to_the_balance(box: Box, customer: Customer, page: Page, sent: list[str]) -> None:
    before = await known(box)
    await set_password(box, page, PASSWORD)
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url(f"{box.url}/sign-in")
    await set_password(box, page, "another-good-passphrase-1")
    await expect(page.get_by_role("alert")).to_be_visible()  # the link was good once

    await page.goto(f"{box.url}/demo")
    await page.wait_for_url(f"{box.url}/sign-in?next=/demo")
    await page.get_by_label("Name").fill("admin")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{box.url}/demo")
    await expect(page.get_by_role("link", name="1000")).to_have_attribute("href", "tel:1000")

    chat = Chat(page)
    await chat.open()
    await chat.as_far_as_pin("savings please", customer)
    await page.reload()
    await chat.read()
    await chat.key(customer.pin)
    await chat.read(MOMENT, f"The balance of your savings account is {dollars(customer.savings_cents)}. {MORE}")
    await chat.write("goodbye")
    await chat.read(GOODBYE)
    await expect(chat.panel).to_contain_text("This conversation has ended.")

    conversation = await newest(box, before)
    log = await recorded(box, conversation)
    assert_kept_secret(customer.pin, sent, log)
    (attached,) = (event for event in log if isinstance(event, e.LegAttached))
    assert attached.identity.assurance is e.Assurance.SIGNED_IN
    await page.goto(f"{box.url}/#/conversations/{conversation}")
    await expect(page.get_by_text("The balance of your savings account is")).to_be_visible()
    for secret in (customer.number, customer.pin, dollars(customer.savings_cents)):
        await expect(page.get_by_text(secret)).to_have_count(0)


async def test_a_page_of_another_origin_carries_the_widget(
    box: Box, customer: Customer, page: Page, sent: list[str], embedding: Intranet
) -> None:
    before = await known(box)
    await page.goto(elsewhere(embedding))
    chat = Chat(page)
    await chat.open()
    await chat.as_far_as_pin("checking", customer)
    wrong = str((int(customer.pin) + 1) % 10**6).zfill(6)
    await chat.key(wrong)
    await chat.read(MOMENT, f"That PIN is not right. {WHICH_PIN}")
    await chat.key(customer.pin)
    await chat.read(MOMENT, f"The balance of your checking account is {dollars(customer.checking_cents)}. {MORE}")
    log = await recorded(box, await newest(box, before))
    assert_kept_secret(customer.pin, sent, log)
    assert_kept_secret(wrong, sent, log)
    assert [one.outcome for one in log if isinstance(one, e.ConnectorCallReturned)] == ["wrong_pin", "ok"]


async def test_a_page_that_may_not_carry_it_gets_nothing(
    box: Box, page: Page, embedding: Intranet, stranger: Intranet
) -> None:
    before = await known(box)
    await page.goto(elsewhere(stranger))
    await page.get_by_role("button", name="Open chat").click()
    await expect(page.get_by_role("dialog")).to_contain_text("The chat cannot be reached from here.")
    # Nor with a ticket that was given to a page which may.
    async with httpx.AsyncClient(base_url=box.url, headers={"origin": elsewhere(embedding)}) as client:
        ticket = (await client.post("/v1/widget/tickets", json={"widget": "demo"})).json()["ticket"]
    frames: list[Any] = await page.evaluate(
        """([url, ticket]) => new Promise((done) => {
          const frames = [];
          const socket = new WebSocket(url.replace('http', 'ws') + '/v1/chat');
          socket.onopen = () => socket.send(JSON.stringify({type: 'hello', ticket, after: 0}));
          socket.onmessage = (message) => frames.push(JSON.parse(message.data).type);
          socket.onclose = () => done(frames);
          setTimeout(() => done(['nothing in time', ...frames]), 8000);
        })""",
        [box.url, ticket],
    )
    assert "welcome" not in frames
    assert "nothing in time" not in frames
    await asyncio.sleep(1)
    assert await known(box) == before


class Line:
    """The WebSockets of a page; each `lose` swallows the next frame of a kind from the box and cuts the line there."""

    def __init__(self) -> None:
        self.lose: list[str] = []
        self._cutting: list[asyncio.Future[None]] = []

    def carry(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def from_box(message: str | bytes) -> None:
            kind = json.loads(message)["type"]
            if self.lose and kind == self.lose[0]:
                self.lose.pop(0)
                self._cutting += [asyncio.ensure_future(server.close()), asyncio.ensure_future(socket.close())]
            else:
                socket.send(message)

        server.on_message(from_box)


async def test_lost_lines_and_a_killed_gateway_lose_and_repeat_nothing(
    box: Box, customer: Customer, page: Page, context: BrowserContext, embedding: Intranet
) -> None:
    before = await known(box)
    line = Line()
    await page.route_web_socket("**/v1/chat", line.carry)
    await page.goto(elsewhere(embedding))
    chat = Chat(page)
    await chat.open()

    line.lose = ["accepted", "said", "reply_started", "reply_delta", "reply_finished"]
    await chat.write("what is my balance")
    await chat.read(WHICH_ACCOUNT)

    await context.set_offline(True)
    await expect(chat.panel).to_contain_text("You are offline.")
    await chat.write("checking")
    await expect(page.locator("b2t-chat li.own", has_text="checking")).to_contain_text("Sending…")
    await context.set_offline(False)
    await chat.read(WHICH_CUSTOMER)

    box.kill("gateway-1")
    await chat.write(customer.number)
    await chat.read(WHICH_PIN)

    await chat.key(customer.pin)
    box.kill("gateway-1")
    await chat.read(MOMENT, f"The balance of your checking account is {dollars(customer.checking_cents)}. {MORE}")

    line.lose += ["accepted", "reply_finished"]
    await chat.write("what are your opening hours")
    hours = "Our branches are open from nine to five, Monday to Friday, and from nine to noon on Saturday."
    await chat.read(f"{hours} {MORE}")
    assert line.lose == []
    await page.reload()
    chat.expected.remove(KEYED)  # a note of this tab alone
    await chat.read()

    log = await recorded(box, await newest(box, before))
    heard = [event.input_id for event in log if isinstance(event, e.TurnHeard)]
    assert len(heard) == len(set(heard)) == chat.written
    replies = [event.reply for event in log if isinstance(event, e.ReplyMade)]
    assert len(replies) == len(set(replies)) == len(chat.expected) - chat.written
    assert [event.outcome for event in log if isinstance(event, e.SecureCaptureEnded)] == ["valid"]
    assert [event.outcome for event in log if isinstance(event, e.ConnectorCallReturned)] == ["ok"]
    assert sum(isinstance(event, e.ConversationStarted) for event in log) == 1


async def test_a_chat_goes_on_by_phone_and_comes_back(
    box: Box, customer: Customer, page: Page, sent: list[str], embedding: Intranet
) -> None:
    """The page shows a code; the PIN is keyed on the telephone; the page shows what the caller is told."""
    before = await known(box)
    await page.goto(elsewhere(embedding))
    chat = Chat(page)
    await chat.open()
    await chat.as_far_as_pin("savings", customer)
    conversation = await newest(box, before)
    await page.get_by_role("button", name="Continue by phone").click()
    shown = page.get_by_role("region", name="Continue by phone")
    await expect(shown.get_by_role("link", name="1000")).to_have_attribute("href", "tel:1000")
    code = (await shown.locator(".digits [aria-hidden]").inner_text()).replace(" ", "")
    assert len(code) == 6
    async with SipCaller(box.sip) as caller:
        await caller.dial("1000")
        assert not (await caller.reply()).is_silent
        await caller.press(f"{code}#")
        await chat.read("Welcome back. Let us go on where we were. Please key in your PIN, then press the hash key.")
        await expect(chat.pin).to_be_visible()
        await caller.press(f"{customer.pin}#")
        await chat.read(MOMENT, f"The balance of your savings account is {dollars(customer.savings_cents)}. {MORE}")
        await expect(chat.pin).to_be_hidden()
        await expect(chat.message).to_be_visible()
    await shown.get_by_role("button", name="Close").click()
    await chat.write("goodbye")
    await chat.read(GOODBYE)
    log = await recorded(box, conversation)
    assert_kept_secret(customer.pin, sent, log)
    assert [event.channel for event in log if isinstance(event, e.LegAttached)] == [e.Channel.CHAT, e.Channel.PHONE]
