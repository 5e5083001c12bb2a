"""Story, part two: from the dashboard to the receipt, and where the payment is found afterwards.

Next: `story_leaving.py`.
"""

import re
from urllib.parse import urljoin

from playwright.async_api import expect

from tests.browser.walker import Walker
from tests.e2e.portal import GOOD_CARD, PREMIUM_CENTS, SUBSIDY_CENTS

OWED_CENTS = PREMIUM_CENTS - SUBSIDY_CENTS
REFERENCE = re.compile(r"HC-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]")


def money(amount_cents: int) -> str:
    """An amount as pages write it."""
    return f"${amount_cents / 100:,.2f}"


async def pay_the_first_bill(me: Walker) -> None:
    """See what is due, look at the bill, pay it, and find the payment again."""
    await see_what_is_due(me)
    await choose_the_amount(me)
    await choose_the_card(me)
    await review_and_pay(me)
    await find_it_again(me)


async def see_what_is_due(me: Walker) -> None:
    """The dashboard, the bills, and the bill with its lines."""
    await me.at("Hello, %(name)s", "dashboard", name=me.person.first)
    await me.reads(money(OWED_CENTS))
    await me.go_to("Payment History")
    await me.at("Payment History", "payments-none")
    await me.go_to("Bills")
    await me.at("Bills", "bills")
    await me.page.get_by_role("main").get_by_role("rowheader").get_by_role("link").first.click()
    await me.at("Bill for", "bill")
    lines = me.page.get_by_role("table", name=me.words("Lines of this bill"))
    await expect(lines).to_contain_text(money(PREMIUM_CENTS))
    await expect(lines).to_contain_text(money(SUBSIDY_CENTS))
    await expect(lines).to_contain_text(money(OWED_CENTS))
    await me.follow("Make a Payment")


async def choose_the_amount(me: Walker) -> None:
    """Step 1: an amount that is none is refused; all that is due is taken."""
    await me.at("Make a Payment: amount and day", "pay-amount")
    await me.tick("Another amount")
    await me.fill("Other amount", "a lot")
    await me.press("Continue")
    await me.refused("pay-amount-wrong", "Other amount")
    await me.still_typed("Other amount", "a lot")
    await me.tick("Full amount due")
    await me.press("Continue")


async def choose_the_card(me: Walker) -> None:
    """Step 2: no card is refused; then a new one in the processor's frame, or one that is kept, without scripts."""
    await me.at("Make a Payment: card", "pay-card")
    if me.setting.scripts:
        await me.card_form_is_there()
        await me.press("Continue")
        await me.reads(me.words("Please check the card details."))
        await me.look("pay-card-empty")
        await me.type_card(GOOD_CARD)
    else:
        await me.press("Continue")
        await me.refused("pay-card-without-scripts")
        await me.keep_a_card_by_api()
        await me.page.go_back()
        await me.page.reload()
        await me.at("Make a Payment: card", "pay-card-kept")
    await me.press("Continue")


async def review_and_pay(me: Walker) -> None:
    """Step 3 and 4: look, pay, and get the reference number."""
    await me.at("Make a Payment: review", "pay-review")
    await me.reads(me.words("Pay %(sum)s now", sum=money(OWED_CENTS)))
    await me.press_pay()
    await me.at("Thank you. Your payment went through.", "pay-done")
    shown = REFERENCE.search(await me.page.get_by_role("main").inner_text())
    assert shown, "the page of a payment shows its reference number"
    me.reference = shown[0]
    await me.page.reload()
    await me.at("Thank you. Your payment went through.", "pay-done-again")


async def find_it_again(me: Walker) -> None:
    """Payment History, the payment, its receipt; once a payment with a number that nobody has."""
    await me.go_to("Payment History")
    await me.at("Payment History", "payments")
    await me.page.get_by_role("main").get_by_role("link", name=me.reference).click()
    await me.at("Payment %(reference)s", "payment", reference=me.reference)
    await me.reads(me.words("Succeeded"))
    link = me.page.get_by_role("main").get_by_role("link", name=me.words("Receipt (PDF)"))
    receipt = await me.page.context.request.get(urljoin(me.page.url, await link.get_attribute("href")))
    assert (receipt.status, receipt.headers["content-type"]) == (200, "application/pdf")
    assert (await receipt.body()).startswith(b"%PDF-")
    await me.open("/payments/HC-0000-0000-0")
    await me.at("We could not find that page", "payment-not-there")
