"""Payments that go otherwise: a card that is declined, and a payment for a later day that is canceled.

That one bill is paid once, whatever is pressed: `test_browser_paying_once.py`.
"""

import pytest

from tests.browser.conftest import SitDown
from tests.browser.story_paying import OWED_CENTS
from tests.browser.story_states import be_declined, plan_and_cancel, type_a_card
from tests.browser.walker import Setting, Walker
from tests.e2e.portal import GOOD_CARD

pytestmark = pytest.mark.timeout(120)
PHONE = Setting("es", 360)


async def charged_to(me: Walker) -> list[int]:
    """What the processor took for the member's payments."""
    payments = (await me.api.done("GET", "/v1/payments"))["items"]
    charges = [charge for each in payments for charge in await me.api.charges(each["payment_id"])]
    return [charge["amount_cents"] for charge in charges if charge["status"] == "succeeded"]


async def test_a_declined_card_is_said_and_another_one_pays(at_a_browser: SitDown) -> None:
    """Why, that nothing was charged, and a way on."""
    me = await at_a_browser(PHONE, has_account=True)
    await be_declined(me)
    assert await charged_to(me) == []
    await type_a_card(me, GOOD_CARD)
    await me.press_pay()
    await me.at("Thank you. Your payment went through.", "done")
    assert await charged_to(me) == [OWED_CENTS]


async def test_a_payment_is_planned_and_canceled(at_a_browser: SitDown) -> None:
    """On a later day, with a card that is kept for it; until then it can be canceled."""
    me = await at_a_browser(PHONE, has_account=True)
    await plan_and_cancel(me)
    assert await charged_to(me) == []
