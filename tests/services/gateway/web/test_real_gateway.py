"""The pages against the real gateway on the real bus, with the units behind it faked: do the two agree?"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from appliance.config import Config
from services.gateway.setup_link import setup_link
from tests.fakes.units import GREETING, FakeUnits
from tests.services.gateway.conftest import PASSWORD, Box

from .conftest import ARGUMENTS, CHROMIUM, WAIT_MS, Intranet, need_browser

pytestmark = pytest.mark.browser


@pytest.fixture
async def context(pages: Path) -> AsyncIterator[BrowserContext]:
    need_browser()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1100, "height": 760})
        context.set_default_timeout(WAIT_MS)
        yield context
        await browser.close()


async def watched(context: BrowserContext, trouble: list[str]) -> Page:
    page = await context.new_page()
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    await page.expose_function("violated", lambda text: trouble.append(f"policy: {text}"))
    await page.add_init_script(
        "addEventListener('securitypolicyviolation', e => violated(e.violatedDirective + ' ' + e.blockedURI))"
    )
    return page


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    trouble: list[str] = []
    yield await watched(context, trouble)
    assert trouble == []


@pytest.fixture
def units(own: tuple[Box, FakeUnits]) -> FakeUnits:
    return own[1]


@pytest.fixture
def stopped_box(own: tuple[Box, FakeUnits]) -> Box:
    return own[0]


@pytest.fixture
async def box(stopped_box: Box) -> Box:
    await stopped_box.start()
    return stopped_box


async def set_up(page: Page, box: Box) -> None:
    link = setup_link(box.paths, Config(), port=box.port)
    assert link is not None
    await page.goto(link)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Password again").fill(PASSWORD)
    await page.get_by_role("button", name="Set password and sign in").click()
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()


async def test_console_from_the_setup_link_to_signing_out(page: Page, box: Box, units: FakeUnits) -> None:
    await set_up(page, box)
    chat = await box.chat()
    await chat.say("my card is 4111111111111111")
    await chat.next("reply_finished")
    await chat.next("reply_finished")
    (conversation,) = units.conversations
    await page.goto(f"{box.url}/#/conversations/{conversation}")
    await expect(page.get_by_text("CARD_1").first).to_be_visible()
    await expect(page.get_by_text("4111111111111111")).to_have_count(0)
    await page.get_by_text("5.3 ms").click()
    await expect(page.get_by_role("table", name="Stages of this turn")).to_contain_text("Understood3.3 ms")
    await page.get_by_role("link", name="Conversations", exact=True).click()
    await expect(page.get_by_role("table").get_by_role("row").nth(1)).to_be_visible()
    await page.get_by_role("link", name="Agents").click()
    await expect(page.get_by_role("region", name="Banking")).to_contain_text("1000")
    await page.get_by_role("link", name="API keys").click()
    await page.get_by_role("button", name="Make a key").click()
    await page.get_by_label("Name").fill("crm")
    await page.get_by_role("button", name="Make key").click()
    key = await page.locator(".secret").inner_text()
    async with box.client(key) as client:
        assert (await client.get("/v1/agents")).status_code == 403
    await page.get_by_role("button", name="I have copied it").click()
    await page.get_by_role("button", name="Revoke crm").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("There is no API key.")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url(f"{box.url}/sign-in")
    await page.get_by_label("Name").fill("admin")
    await page.get_by_label("Password").fill("something else 1")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong")
    await chat.close()


async def test_somebody_is_invited_gets_a_role_and_is_removed(page: Page, box: Box, units: FakeUnits) -> None:
    await set_up(page, box)
    await page.get_by_role("link", name="People").click()
    await page.get_by_role("button", name="Invite somebody").click()
    await page.get_by_label("Name").fill("jordan")
    await page.get_by_role("button", name="Make the link").click()
    link = await page.locator(".secret").inner_text()
    await page.get_by_role("button", name="I have copied it").click()
    await expect(page.get_by_role("row", name="jordan Member Never Invited")).to_be_visible()
    browser = page.context.browser
    assert browser is not None
    theirs = await (await browser.new_context()).new_page()
    await theirs.goto(link)
    await expect(theirs.get_by_label("Name")).to_have_value("jordan")
    await theirs.get_by_label("Password", exact=True).fill("another battery staple 2")
    await theirs.get_by_label("Password again").fill("another battery staple 2")
    await theirs.get_by_role("button", name="Set password and sign in").click()
    places = theirs.get_by_role("navigation").get_by_role("link")
    await expect(places).to_have_text(["Agents", "Demo page"])
    await page.get_by_role("link", name="jordan").click()
    await page.get_by_text("Supervisor", exact=True).click()
    await page.get_by_role("button", name="Change role").click()
    await expect(page.get_by_text("jordan is Supervisor from now on.")).to_be_visible()
    await theirs.goto(box.url)
    await expect(places).to_have_text(["Overview", "Conversations", "Agents", "Demo page"])
    await page.get_by_role("button", name="Remove jordan").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove jordan").click()
    await expect(page.get_by_text("jordan is removed.")).to_be_visible()
    await theirs.get_by_role("link", name="Conversations").click()
    await theirs.wait_for_url(f"{box.url}/sign-in")


async def test_chat_on_the_demo_page_through_kills_and_a_reload(page: Page, box: Box, units: FakeUnits) -> None:
    await set_up(page, box)
    await page.goto(f"{box.url}/demo")
    await expect(page.get_by_role("link", name="1000")).to_have_attribute("href", "tel:1000")
    await page.get_by_role("button", name="Open chat").click()
    lines = page.locator("b2t-chat li:visible .text")
    await expect(lines).to_have_text([GREETING])
    message = page.get_by_role("textbox", name="Your message")
    await message.fill("one")
    await message.press("Enter")
    expected = [GREETING, "one", "You wrote: one. What else?"]
    await expect(lines).to_have_text(expected)
    await box.stop(signal.SIGKILL)
    await message.fill("two")
    await message.press("Enter")
    await box.start()
    expected += ["two", "You wrote: two. What else?"]
    await expect(lines).to_have_text(expected, timeout=15_000)
    await page.reload()
    await expect(lines).to_have_text(expected)
    await message.fill("my balance")
    await message.press("Enter")
    await page.get_by_label("Your PIN").fill("4711")
    await page.keyboard.press("Enter")
    await expect(lines.last).to_have_text("Your balance is $1,234.56. Anything else?")
    assert units.digits == ["4711"]
    await page.get_by_role("button", name="Continue by phone").click()
    await expect(page.get_by_role("region", name="Continue by phone")).to_contain_text("482 913")
    await page.get_by_role("button", name="Close", exact=True).click()
    await page.get_by_role("button", name="End conversation").click()
    await page.get_by_role("button", name="End conversation").click()
    await expect(page.get_by_role("dialog")).to_contain_text("This conversation has ended.")
    assert units.said == ["one", "two", "my balance"]


async def test_widget_on_an_intranet_page_of_another_origin(
    page: Page, stopped_box: Box, intranet: Intranet, units: FakeUnits
) -> None:
    box = stopped_box
    origin = intranet.url.rstrip("/")
    box.settings = f'[channels.widgets.branch]\nagent = "banking"\nallowed_origins = ["{origin}"]\n'
    intranet.attributes = 'data-widget="branch"'
    intranet.gateway = box.url
    await box.start()
    await page.goto(intranet.url)
    await page.get_by_role("button", name="Open chat").click()
    lines = page.locator("b2t-chat li:visible .text")
    await expect(lines).to_have_text([GREETING])
    # A resume token that is not good any more: a new conversation, not an endless try.
    await page.evaluate(
        "Object.keys(sessionStorage).forEach(k => k.endsWith('resume') && (sessionStorage[k] = 'stale'))"
    )
    await page.reload()
    await expect(lines).to_have_text([GREETING])
    assert len(units.conversations) == 2


async def test_widget_on_a_page_it_is_not_meant_for(page: Page, box: Box, intranet: Intranet, units: FakeUnits) -> None:
    intranet.gateway = box.url
    await page.goto(intranet.url)
    await page.get_by_role("button", name="Open chat").click()
    await expect(page.get_by_role("dialog")).to_contain_text("The chat cannot be reached from here.")
    assert units.conversations == {}
