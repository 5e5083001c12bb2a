"""One bill, one charge: impatient fingers, reloads, the back button, two tabs, and an answer that gets lost.

What was charged is asked of the portal's API and of the processor's own books.
"""

import asyncio
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import SitDown
from tests.browser.walker import Setting, Walker
from tests.e2e.portal import PREMIUM_CENTS, SUBSIDY_CENTS

pytestmark = pytest.mark.timeout(180)
OWED = f"${(PREMIUM_CENTS - SUBSIDY_CENTS) / 100:,.2f}"
LOST_ANSWER_CARD = "4000000000007777"
WITH_SCRIPTS, WITHOUT_SCRIPTS = Setting("en", 360), Setting("en", 1280, scripts=False)
EACH_WAY = pytest.mark.parametrize("setting", [WITH_SCRIPTS, WITHOUT_SCRIPTS], ids=lambda setting: setting.name)
MADE = "Thank you. Your payment went through."


async def _about_to_pay(at_a_browser: SitDown, setting: Setting) -> Walker:
    """A member with a bill and a kept card, on the page with the button that pays."""
    me = await at_a_browser(setting, has_account=True)
    await me.api.save_card()
    await me.open("/pay")
    await _to_the_button(me)
    return me


async def _to_the_button(me: Walker) -> None:
    await expect(me.heading).to_have_text("Make a Payment: amount and day")
    await me.press("Continue")
    await expect(me.heading).to_have_text("Make a Payment: card")
    await me.press("Continue")
    await expect(me.heading).to_have_text("Make a Payment: review")


async def _pay(page: Page) -> None:
    await page.get_by_role("button", name=f"Pay {OWED} now").click()


async def _paid_once(me: Walker) -> dict[str, Any]:
    """The only payment of this person, charged once; fails for none and for a second one."""
    payments = (await me.api.done("GET", "/v1/payments"))["items"]
    assert [it["amount_cents"] for it in payments] == [PREMIUM_CENTS - SUBSIDY_CENTS]
    charges = await me.api.charges(payments[0]["payment_id"])
    assert [it["amount_cents"] for it in charges] == [PREMIUM_CENTS - SUBSIDY_CENTS]
    paid: dict[str, Any] = payments[0]
    return paid


@EACH_WAY
async def test_a_double_click_on_the_button_pays_once(at_a_browser: SitDown, setting: Setting) -> None:
    """With scripts the second click does nothing; without them both carry the same key."""
    me = await _about_to_pay(at_a_browser, setting)
    await me.page.get_by_role("button", name=f"Pay {OWED} now").dblclick()
    await expect(me.heading).to_have_text(MADE)
    paid = await _paid_once(me)
    await me.reads(paid["reference"])


@EACH_WAY
async def test_a_reload_of_the_confirmation_pays_nothing(at_a_browser: SitDown, setting: Setting) -> None:
    """It shows the same payment again, as often as one likes."""
    me = await _about_to_pay(at_a_browser, setting)
    await _pay(me.page)
    await expect(me.heading).to_have_text(MADE)
    for _ in range(3):
        await me.page.reload()
        await expect(me.heading).to_have_text(MADE)
    paid = await _paid_once(me)
    assert me.page.url == urljoin(me.portal, f"/pay/done/{paid['reference']}")


@EACH_WAY
async def test_back_after_paying_does_not_pay_again(at_a_browser: SitDown, setting: Setting) -> None:
    """The page says that it was paid, and the button alone does not do it once more."""
    me = await _about_to_pay(at_a_browser, setting)
    await _pay(me.page)
    await expect(me.heading).to_have_text(MADE)
    await me.page.go_back()
    await expect(me.heading).to_have_text("Make a Payment: review")
    await me.page.reload()
    await me.sees_alert("You have paid already")
    await me.look("pay-review-paid-already")
    await _pay(me.page)
    await me.refused("pay-review-once-more", "Yes, I want to pay once more")
    await _paid_once(me)


async def test_two_tabs_with_the_same_bill_pay_it_once(at_a_browser: SitDown) -> None:
    """The second tab learns that what is owed has changed, and pays nothing."""
    me = await _about_to_pay(at_a_browser, WITH_SCRIPTS)
    second = await me.page.context.new_page()
    await second.goto(me.page.url)
    await _pay(me.page)
    await expect(me.heading).to_have_text(MADE)
    await _pay(second)
    await expect(second.get_by_role("main")).to_contain_text("What you owe has changed since this page was shown.")
    await _pay(second)
    await expect(second.get_by_role("main")).to_contain_text("Check the box if you want to pay once more.")
    await _paid_once(me)


async def test_two_tabs_at_the_same_moment_pay_once(at_a_browser: SitDown) -> None:
    """Whichever is first; the other one is told."""
    me = await _about_to_pay(at_a_browser, WITHOUT_SCRIPTS)
    second = await me.page.context.new_page()
    await second.goto(me.page.url)
    await asyncio.gather(_pay(me.page), _pay(second))
    headings = {await me.heading.inner_text(), await second.locator("h1").inner_text()}
    assert headings == {MADE, "Make a Payment: review"}
    await _paid_once(me)


async def test_an_answer_that_gets_lost_at_the_processor_is_found_out(at_a_browser: SitDown) -> None:
    """Charged, but nobody said so: the page asks for patience, not for the card; soon it knows."""
    me = await at_a_browser(WITH_SCRIPTS, has_account=True)
    await me.open("/pay")
    await me.press("Continue")
    await me.card_form_is_there()
    await me.type_card(LOST_ANSWER_CARD)
    await me.press("Continue")
    await expect(me.heading).to_have_text("Make a Payment: review")
    await _pay(me.page)
    await expect(me.heading).to_have_text("We have received your payment")
    await me.look("pay-done-not-known-yet")
    await me.reads("Please do not pay again.")
    await me.api.done("POST", "/sandbox/clock", {"advance": "PT1M"})
    await me.follow("Check again")
    await me.at(MADE, "pay-done-found-out")
    await _paid_once(me)
