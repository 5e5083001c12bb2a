"""What must not work in a browser: markup in names, pages of others, addresses that lead elsewhere, old forms.

The rules that need no browser, for every row of the table: `test_browser_rows.py`.
"""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from playwright.async_api import expect

from deploy.local.demo_people import PASSWORD
from tests.browser.conftest import SitDown
from tests.browser.sitting_down import somebody_new
from tests.browser.story_paying import OWED_CENTS
from tests.browser.walker import Setting, Walker

pytestmark = pytest.mark.timeout(120)
DESK = Setting("en", 1280)
MARKUP = (
    '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "</title><svg/onload=alert(1)>'-alert(1)-'{{7*7}}${7*7}%3Cscript%3E",
)
OWN_PAGES = ("/dashboard", "/bills", "/payments", "/pay", "/help", "/help/contact", "/settings/profile")


@pytest.mark.parametrize("markup", MARKUP)
async def test_markup_in_a_name_is_text(at_a_browser: SitDown, markup: str) -> None:
    """The name of a plan and a message to support are shown as they were written, and nothing of them runs."""
    me = await at_a_browser(DESK, has_account=True, person=replace(somebody_new("en"), plan=markup))
    case = await me.api.done("POST", "/v1/cases", {"topic": "other", "message": f"About {markup}"})
    [bill] = (await me.api.done("GET", "/v1/bills"))["items"]
    dialogs: list[str] = []
    me.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    for path in (*OWN_PAGES, f"/bills/{bill['bill_id']}", f"/help/cases/{case['case_id']}"):
        await me.open(path)
        await expect(me.heading).to_be_visible()
        assert await me.page.locator("main :is(script, svg[onload], img)").count() == 0, path
    await me.reads(f"About {markup}")
    await me.open("/dashboard")
    await me.reads(markup)
    assert dialogs == []


async def test_pages_of_others_are_not_there(at_a_browser: SitDown) -> None:
    """Another member's bill, payment, receipt, case and card: the same page as for a number that nobody has."""
    other = await at_a_browser(DESK, has_account=True)
    card = await other.api.save_card()
    paid = await other.api.done(
        "POST", "/v1/payments", {"amount_cents": 1_000, "method_id": card["method_id"]}, key="of-another"
    )
    case = await other.api.done("POST", "/v1/cases", {"topic": "other", "message": "Hello"})
    [bill] = (await other.api.done("GET", "/v1/bills"))["items"]
    me = await at_a_browser(DESK, has_account=True)
    for path in (
        f"/bills/{bill['bill_id']}",
        f"/payments/{paid['reference']}",
        f"/payments/{paid['payment_id']}",
        f"/payments/{paid['reference']}/receipt",
        f"/pay/done/{paid['reference']}",
        f"/help/cases/{case['case_id']}",
    ):
        answer = await me.page.goto(me.portal + path)
        assert answer is not None
        assert answer.status == 404, path
        await expect(me.heading).to_have_text(me.words("We could not find that page"))
    await me.open(f"/settings/payment-methods/{card['method_id']}/remove")
    await expect(me.heading).to_have_text(me.words("Billing Information"))
    await me.open(f"/pay/review?amount_cents={OWED_CENTS}&method_id={card['method_id']}")
    await expect(me.heading).not_to_have_text(me.words("Make a Payment: review"))


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "https:evil.example",
)


async def test_log_in_leads_nobody_elsewhere(at_a_browser: SitDown) -> None:
    """Whatever an address says where to go next, one stays at the portal."""
    me = await at_a_browser(DESK, has_account=True, log_in=False)
    for elsewhere in ELSEWHERE:
        await me.open(f"/log-in?{urlencode({'next': elsewhere})}")
        await log_in(me)
        await expect(me.heading).to_be_visible()
        assert me.page.url.startswith(f"{me.portal}/"), elsewhere
        await me.log_out()
        await expect(me.heading).to_have_text(me.words("Log In"))


async def log_in(me: Walker) -> None:
    """Fill in the form and send it."""
    await me.fill("User name or email address", me.person.username)
    await me.fill("Password", PASSWORD)
    await me.press("Log In")
    await me.page.wait_for_url(lambda url: "/log-in" not in url)


async def test_a_session_that_ended_is_said_and_leads_back(at_a_browser: SitDown) -> None:
    """Ended elsewhere: the next page asks to log in, says why, and leads back to where one was."""
    me = await at_a_browser(DESK, has_account=True)
    await me.open("/bills")
    await me.at("Bills", "bills")
    await me.api.done("DELETE", "/v1/sessions")
    await me.page.reload()
    await me.at("Log In", "session-ended")
    await me.reads(me.words("Your session has ended."))
    await log_in(me)
    await me.at("Bills", "bills")


async def test_an_ended_session_sends_no_form(at_a_browser: SitDown) -> None:
    """A form of somebody who is not logged in any more asks to log in, and does nothing."""
    me = await at_a_browser(DESK, has_account=True)
    await me.open("/help/contact")
    await me.field("What is it about?").select_option("other")
    await me.fill("Your message", "Hello")
    await me.open("/settings/security")
    await me.api.done("DELETE", "/v1/sessions")
    await me.fill("Current password", PASSWORD)
    await me.fill("New password", "Copper-Lantern-63")
    await me.press("Change my password")
    await me.at("Log In", "session-ended")
    await log_in(me)


async def test_the_other_language_keeps_the_page(at_a_browser: SitDown) -> None:
    """Switched there and back, with the page's choice in its address."""
    me = await at_a_browser(DESK, has_account=True)
    await me.open("/bills?status=paid")
    await me.page.get_by_role("button", name="Español").first.click()
    await expect(me.heading).to_have_text("Facturas")
    assert me.page.url == f"{me.portal}/bills?status=paid"
    await me.page.get_by_role("button", name="English").first.click()
    await expect(me.heading).to_have_text("Bills")


async def test_an_old_form_does_nothing(at_a_browser: SitDown) -> None:
    """A form without this browser's token is a page that says what to do."""
    me = await at_a_browser(DESK, log_in=False)
    await me.open("/log-in")
    await me.page.locator("main form input[name=csrf]").evaluate("(field) => { field.value = 'of-yesterday'; }")
    await me.fill("User name or email address", me.person.username)
    await me.fill("Password", PASSWORD)
    await me.press("Log In")
    await me.at("This page was open for too long", "form-too-old")
