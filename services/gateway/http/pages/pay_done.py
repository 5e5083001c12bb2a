"""Make a Payment, step 4: what became of it, with its reference number. Reloading it does nothing but look again.

Next: `payments.py` shows the same payment ever after.
"""

from contextlib import suppress

from aiohttp import web

from services.gateway.domain.marked import N_
from services.gateway.domain.pay_choice import PayChoice
from services.gateway.http.pages.page import Page
from services.gateway.providers.payments_answers import Balance, Payment
from services.gateway.providers.refusal import ServiceRefused
from services.gateway.providers.upstream import ServiceAway

TOLD_HERE = frozenset({"accepted", "processing", "succeeded", "declined", "scheduled", "canceled"})

DECLINES = {
    "card_declined": N_(
        "The bank that issued the card declined it. Call the number on the back of the card, or pay with another card."
    ),
    "insufficient_funds": N_(
        "There is not enough money or credit on the card. Pay a smaller amount, or use another card."
    ),
    "expired_card": N_("The card has expired. Check the date on the card, or use another card."),
    "processing_error": N_(
        "There was a technical problem with the card. Try again in a few minutes, or use another card."
    ),
    "not_charged": N_("We could not reach the card processor, so the payment was called off. Please make it again."),
}


def why_declined(page: Page, code: str) -> str:
    """Why, and what to do, in the reader's language; a code that we do not know is the bank's no."""
    return page._(DECLINES.get(code, DECLINES["card_declined"]))


async def still_owed(page: Page, payment: Payment) -> Balance | None:
    """What is owed now, for who has just been declined; without it while payments does not answer."""
    if payment.status != "declined":
        return None
    with suppress(ServiceAway, ServiceRefused):
        return await page.payments.balance(page.visit)
    return None


async def show_done(page: Page) -> web.Response:
    """GET /pay/done/{reference}; what happened to a payment long after is told on its own page."""
    payment = await page.payments.payment(page.visit, page.path_values["reference"])
    if payment.status not in TOLD_HERE:
        return page.go(f"/payments/{payment.reference}")
    return page.render(
        "pay/done.html",
        here="pay",
        payment=payment,
        why=why_declined(page, payment.decline.code) if payment.decline else "",
        balance=await still_owed(page, payment),
        once_more=_same_again(payment).pairs(),
    )


def _same_again(payment: Payment) -> PayChoice:
    """The choice behind a payment, without its card. What is above what was owed belongs to no policy: then to all."""
    policy_ids = dict.fromkeys(str(part.policy_id) for part in payment.allocations)
    return PayChoice(payment.amount_cents, () if payment.credit_cents else tuple(policy_ids))
