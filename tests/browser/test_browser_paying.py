"""Impatient and absent-minded people at Make a Payment: whatever they press, one bill is paid once."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import SitDown
from tests.browser.story_paying import OWED_CENTS
from tests.browser.story_states import be_declined, plan_and_cancel, type_a_card
from tests.browser.walker import Setting, Walker
from tests.e2e.portal import GOOD_CARD

pytestmark = pytest.mark.timeout(120)
DESK, PHONE = Setting("en", 1280), Setting("es", 360)


@pytest.fixture
async def payer(at_a_browser: SitDown) -> Walker:
    """A member with a kept card, logged in, at the review of the first bill."""
    me = await at_a_browser(DESK, has_account=True)
    card = await me.api.save_card()
    await me.open(
        f"/pay/review?amount_cents={OWED_CENTS}&policy_id={await policy_of(me)}&method_id={card['method_id']}"
    )
    await expect(me.heading).to_have_text(me.words("Make a Payment: review"))
    return me


async def policy_of(me: Walker) -> str:
    """The member's policy."""
    [policy] = (await me.api.done("GET", "/v1/balance"))["policies"]
    return str(policy["policy_id"])


async def paid_by(me: Walker) -> list[int]:
    """What the processor charged for each of the member's payments."""
    payments = (await me.api.done("GET", "/v1/payments"))["items"]
    charges = [charge for each in payments for charge in await me.api.charges(each["payment_id"])]
    return [charge["amount_cents"] for charge in charges if charge["status"] == "succeeded"]


async def test_a_double_click_pays_once(payer: Walker) -> None:
    """An impatient finger pays one bill once, and the page says so."""
    await payer.press_pay(clicks=2)
    await payer.at("Thank you. Your payment is made.", "done")
    assert await paid_by(payer) == [OWED_CENTS]


async def test_two_clicks_without_scripts_pay_once(at_a_browser: SitDown) -> None:
    """Where no script holds the second click back, the form's key does."""
    me = await at_a_browser(Setting("en", 1280, scripts=False), has_account=True)
    card = await me.api.save_card()
    await me.open(
        f"/pay/review?amount_cents={OWED_CENTS}&policy_id={await policy_of(me)}&method_id={card['method_id']}"
    )
    await me.press_pay(clicks=2)
    await me.at("Thank you. Your payment is made.", "done")
    assert await paid_by(me) == [OWED_CENTS]


async def test_reloading_the_confirmation_pays_nothing(payer: Walker) -> None:
    """Reload and back show pages; only the button pays."""
    await payer.press_pay()
    await payer.at("Thank you. Your payment is made.", "done")
    await payer.page.reload()
    await payer.at("Thank you. Your payment is made.", "done")
    await payer.page.go_back()
    await payer.page.go_forward()
    await payer.at("Thank you. Your payment is made.", "done")
    assert await paid_by(payer) == [OWED_CENTS]


async def test_two_tabs_with_the_same_bill_pay_it_once(payer: Walker) -> None:
    """The second tab is told that what is owed has changed, and nothing is charged for it."""
    first, second = payer.page, await payer.page.context.new_page()
    await second.goto(first.url)
    await payer.press_pay()
    await payer.at("Thank you. Your payment is made.", "done")
    payer.page = second
    await payer.press_pay()
    await payer.reads(payer.words("What you owe has changed"))
    await payer.look("owes-less-now")
    assert await paid_by(payer) == [OWED_CENTS]


async def test_a_declined_card_is_said_and_another_one_pays(at_a_browser: SitDown) -> None:
    """Why, that nothing was charged, and a way on; all of it on a phone, in Spanish."""
    me = await at_a_browser(PHONE, has_account=True)
    await be_declined(me)
    assert await paid_by(me) == []
    await type_a_card(me, GOOD_CARD)
    await me.press_pay()
    await me.at("Thank you. Your payment is made.", "done")
    assert await paid_by(me) == [OWED_CENTS]


async def test_a_payment_is_planned_and_canceled(at_a_browser: SitDown) -> None:
    """On a later day, with a card that is kept for it; until then it can be canceled."""
    me = await at_a_browser(PHONE, has_account=True)
    await plan_and_cancel(me)
    assert await paid_by(me) == []
