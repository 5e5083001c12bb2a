"""Story, aside: the pages of members whose affairs stand differently, and the last pages of payments that go otherwise.

Next: `test_browser_members.py` and `screenshots.py` tell it.
"""

from playwright.async_api import expect

from deploy.local.demo_people import PEOPLE, Progress
from tests.browser.story_paying import OWED_CENTS
from tests.browser.walker import Walker
from tests.e2e.portal import DECLINED_CARD, GOOD_CARD

PAGES = ("dashboard", "bills", "payments", "pay", "help", "settings/payment-methods")
VERIFIED = [person for person in PEOPLE if person.progress not in (Progress.ENROLLED, Progress.UNVERIFIED)]


async def look_around(me: Walker) -> None:
    """All that a member of the demo data has."""
    for path in PAGES:
        await me.open(f"/{path}")
        await expect(me.heading).to_be_visible()
        await me.look(f"{me.person.username}-{path.replace('/', '-')}")


async def be_declined(me: Walker) -> None:
    """A member with an account pays with a card that is declined."""
    await type_a_card(me, DECLINED_CARD)
    await me.press_pay()
    await me.at("Your payment was declined", "pay-done-declined")
    await me.open("/dashboard")
    await me.look("dashboard-declined")


async def plan_and_cancel(me: Walker) -> None:
    """A member with an account plans a payment for a later day, and cancels it."""
    await me.open("/pay")
    await me.tick("On a later day")
    await me.press("Continue")
    await me.refused("pay-amount-without-day", "Day of the payment")
    await me.field("Day of the payment").select_option(index=1)
    await me.press("Continue")
    await me.card_form_is_there()
    await me.type_card(GOOD_CARD)
    await me.press("Continue")
    await me.at("Make a Payment: review", "pay-review-later")
    await me.press("Schedule")
    await me.at("Your payment is scheduled", "pay-done-scheduled")
    await me.follow("See this payment")
    await me.at("Payment", "payment-scheduled")
    await me.follow("Cancel this payment")
    await me.at("Cancel this payment?", "payment-cancel")
    await me.press("Cancel this payment")
    await me.reads(me.words("The payment is canceled."))
    await me.look("payment-canceled")


async def type_a_card(me: Walker, number: str) -> None:
    """To the review of the first bill, with a card typed in."""
    [policy] = (await me.api.done("GET", "/v1/balance"))["policies"]
    await me.open(f"/pay/method?amount_cents={OWED_CENTS}&policy_id={policy['policy_id']}")
    await me.card_form_is_there()
    await me.type_card(number)
    await me.press("Continue")
    await expect(me.heading).to_have_text(me.words("Make a Payment: review"))
