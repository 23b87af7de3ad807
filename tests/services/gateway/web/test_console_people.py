"""The console's people, invitations and one's own password in a browser, against invented records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.gateway_http import INVITATION, PASSWORD, Console, problem
from tests.fakes.gateway_ws import FakeGateway

pytestmark = pytest.mark.browser
Check = Callable[[Page], list[str]]
JORDAN = "m5e7y4zs2n6q3t5v7x2a4c6d3f"
SAM = "p7g3a6bu4q2s5v7x3z4c6e2f5h"
ADMIN = "dz37sugnve26xca6geuxpazcc7"
NEW = "another battery staple 2"


def test_inviting_by_keyboard_shows_a_link_once(page: Page, box: FakeGateway, console: Console) -> None:
    page.goto(f"{box.url}/#/people")
    page.get_by_role("button", name="Invite somebody").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.type("casey")
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("radio", name="Member")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(dialog.get_by_role("radio", name="Compliance officer")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text(f"/invitation#{INVITATION}")).to_be_visible()
    dialog.get_by_role("button", name="I have copied it").click()
    expect(dialog).to_have_count(0)
    assert INVITATION not in page.content()
    expect(page.get_by_role("row", name="casey Compliance officer Never Invited")).to_be_visible()
    assert not any(INVITATION in url for url in console.asked)


def test_a_name_that_is_taken_is_said(page: Page, box: FakeGateway) -> None:
    page.goto(f"{box.url}/#/people")
    page.get_by_role("button", name="Invite somebody").click()
    page.get_by_role("dialog").get_by_label("Name").fill("jordan")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("There is an account of this name already.")


def test_a_role_is_changed_and_told(page: Page, box: FakeGateway, console: Console) -> None:
    page.goto(f"{box.url}/#/people")
    page.get_by_role("link", name="jordan").click()
    expect(page.get_by_role("heading", name="jordan")).to_be_focused()
    page.get_by_text("Analyst", exact=True).click()
    page.get_by_role("button", name="Change role").click()
    told = page.get_by_text("jordan is Analyst from now on.")
    expect(told).to_be_focused()
    assert console.people[JORDAN]["role"] == "analyst"


def test_why_it_cannot_be_is_said(page: Page, box: FakeGateway, console: Console) -> None:
    last = problem(409, "last-administrator", "This is the last administrator who can sign in; make another one first.")
    console.failing[f"/v1/accounts/{JORDAN}/lock"] = last
    page.goto(f"{box.url}/#/people/{JORDAN}")
    page.get_by_role("button", name="Lock").click()
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_role("button", name="Lock").click()
    expect(dialog.get_by_role("alert")).to_contain_text("make another one first")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Lock")).to_be_focused()


def test_locking_unlocking_resetting_and_removing(page: Page, box: FakeGateway, console: Console) -> None:
    page.goto(f"{box.url}/#/people/{JORDAN}")

    def confirm(what: str) -> None:
        page.get_by_role("button", name=what).click()
        asking = page.get_by_role("alertdialog")
        asking.get_by_role("button", name=what).click()
        expect(asking).to_have_count(0)

    confirm("Lock")
    expect(page.get_by_text("jordan is locked. Their sessions have ended.")).to_be_focused()
    confirm("Unlock")
    expect(page.get_by_text("jordan can sign in again.")).to_be_focused()
    confirm("Reset password")
    expect(page.get_by_role("dialog").get_by_text(INVITATION)).to_be_visible()
    page.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_text("jordan has to set a new password with the new link.")).to_be_focused()
    expect(page.get_by_role("button", name="New link")).to_be_visible()
    page.get_by_role("button", name="Remove jordan").click()
    asking = page.get_by_role("alertdialog")
    expect(asking).to_contain_text("This cannot be undone.")
    asking.get_by_role("button", name="Leave it").click()
    expect(asking).to_have_count(0)
    assert JORDAN in console.people
    confirm("Remove jordan")
    expect(page.get_by_text("jordan is removed.")).to_be_visible()
    assert JORDAN not in console.people


def test_nobody_changes_their_own_account_or_one_beyond_them(page: Page, box: FakeGateway, console: Console) -> None:
    page.goto(f"{box.url}/#/people/{ADMIN}")
    expect(page.get_by_text("This is your own account")).to_be_visible()
    expect(page.get_by_role("button", name="Lock")).to_have_count(0)
    console.rights[:] = ["accounts.manage", "agents.read", "conversations.take_part"]
    page.goto("about:blank")
    page.goto(f"{box.url}/#/people/{JORDAN}")
    expect(page.get_by_text("This account may do what you may not")).to_be_visible()
    page.get_by_role("link", name="People").first.click()
    page.get_by_role("button", name="Invite somebody").click()
    expect(page.get_by_role("radio")).to_have_count(1)


def test_who_may_little_sees_the_places_that_they_may(page: Page, box: FakeGateway, console: Console) -> None:
    console.rights[:] = ["agents.read", "conversations.take_part"]
    page.goto(box.url)
    expect(page.get_by_role("heading", name="Agents")).to_be_visible()
    places = page.get_by_role("navigation").get_by_role("link")
    expect(places).to_have_text(["Agents", "Demo page"])
    console.rights[:] = []
    page.reload()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_on_a_phone_the_place_where_one_is_can_be_seen(page: Page, box: FakeGateway) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{box.url}/#/people")
    expect(page.get_by_role("link", name="People")).to_be_in_viewport(ratio=0.9)
    page.goto(f"{box.url}/#/")
    expect(page.get_by_role("link", name="Overview")).to_be_in_viewport(ratio=0.9)


def test_accepting_an_invitation(page: Page, box: FakeGateway, console: Console) -> None:
    console.signed_in = False
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{box.url}/invitation#{INVITATION}")
    expect(page.get_by_label("Name")).to_have_value("admin")
    expect(page.get_by_text("as Supervisor")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD + "x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The two passwords are not the same.")
    page.get_by_label("Password again").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert console.accepted == [PASSWORD]
    assert INVITATION not in page.url
    assert not any(INVITATION in url.partition("#")[0] for url in requested)


def test_an_invitation_used_up_or_cut_off(page: Page, box: FakeGateway) -> None:
    page.goto(f"{box.url}/invitation")
    expect(page.get_by_role("alert")).to_contain_text("Open the whole link")
    page.goto("about:blank")
    page.goto(f"{box.url}/invitation#old")
    expect(page.get_by_role("alert")).to_contain_text("This invitation is not valid any more.")


def test_changing_ones_own_password(page: Page, box: FakeGateway, console: Console) -> None:
    page.goto(box.url)
    page.get_by_role("link", name="admin, your account").click()
    page.get_by_label("Current password").fill("wrong")
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("New password again").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The current password is wrong.")
    page.get_by_label("Current password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your password is changed.")).to_be_focused()
    expect(page.get_by_label("Current password")).to_have_value("")
    assert console.accepted == [NEW]


PLACES = ["/#/people", f"/#/people/{JORDAN}", f"/#/people/{SAM}", "/#/account", f"/invitation#{INVITATION}"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_accessible_everywhere(page: Page, box: FakeGateway, violations: Check, scheme: Any, width: int) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    for place in PLACES:
        page.goto("about:blank")
        page.goto(box.url + place)
        page.get_by_role("heading", level=1).wait_for()
        expect(page.get_by_text("Loading…")).to_have_count(0)
        assert violations(page) == [], place
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
    page.goto(f"{box.url}/#/people")
    page.get_by_role("button", name="Invite somebody").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    page.goto("about:blank")
    page.goto(f"{box.url}/#/people/{JORDAN}")
    page.get_by_role("button", name="Remove jordan").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    assert violations(page) == []
