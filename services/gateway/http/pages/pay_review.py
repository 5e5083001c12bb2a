"""Make a Payment, step 3: look at all of it, then pay. The form has a key of its own: sent twice, it pays once.

What is owed may have changed since the page was drawn: then nothing is paid and the page is drawn anew.
Next: `pay_done.py`.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.domain.marked import N_
from services.gateway.domain.pay_choice import PayChoice
from services.gateway.http.pages.failures import waiting_time
from services.gateway.http.pages.page import Notice, Page
from services.gateway.http.pages.pay_amount import say_refused
from services.gateway.http.pages.sealed_card import open_card
from services.gateway.providers.payments_answers import Payment, Preview
from services.gateway.providers.refusal import ServiceRefused
from services.gateway.providers.upstream import ServiceAway

PAID_OF_LATE = timedelta(hours=24)
ON_THEIR_WAY = frozenset({"accepted", "processing", "succeeded"})
LOOKED_AT = "10"
SURE = N_("Check the box if you want to pay once more. If not, you are done: your payment was made.")


@dataclass(frozen=True, slots=True)
class PayingWith:
    """The card as the member knows it."""

    brand: str
    last4: str


async def show_review(page: Page) -> web.Response:
    """GET /pay/review; what is missing leads back to its step."""
    choice = PayChoice.read(page.query, page.many_of_query("policy_id"))
    if choice is None:
        return page.go("/pay")
    return await _render(page, choice, Form())


async def pay(page: Page) -> web.Response:
    """POST /pay/review: pay, once per key; then the payment's own page."""
    choice = PayChoice.read({name: page.fields[name] for name in page.fields}, page.many("policy_id"))
    if choice is None:
        return page.go("/pay")
    form = page.form
    if form.text("asked") and not form.text("once_more"):
        form.refuse("once_more", page._(SURE))
        return await _render(page, choice, form, status=422)
    told = _told(page, choice)
    if told is None:
        return page.go("/payments") if page.fields.get("again") else _to_method(page, choice)
    wanted = choice.wanted() | told | {"quote_id": page.fields.get("quote_id", "")}
    try:
        payment = await page.payments.pay(page.visit, wanted, page.fields.get("key", ""))
    except ServiceAway:
        return _not_known(page, choice)
    except ServiceRefused as refused:
        return await _refused(page, choice, refused)
    return page.go(f"/pay/done/{payment.reference}")


async def _paying_with(page: Page, choice: PayChoice) -> PayingWith | None:
    """The chosen card, when it is still there."""
    if choice.card:
        card = open_card(page.keys, choice.card)
        return None if card is None else PayingWith(card.brand, card.last4)
    methods = await page.payments.methods(page.visit)
    found = next((method for method in methods.items if str(method.method_id) == choice.method_id), None)
    return None if found is None else PayingWith(found.brand, found.last4)


def _told(page: Page, choice: PayChoice) -> dict[str, Any] | None:
    """How the API is told of the card; None when none was chosen, or the hour of a card for this once is over."""
    if choice.method_id:
        return {"method_id": choice.method_id}
    card = open_card(page.keys, choice.card)
    return None if card is None else {"method": {"type": "card", "token": card.token}}


def _to_method(page: Page, choice: PayChoice) -> web.Response:
    return page.go("/pay/method", [*choice.without_method.pairs(), ("gone", "1")])


def _to_amount(page: Page, choice: PayChoice) -> web.Response:
    return page.go("/pay", [*choice.without_method.pairs(), ("changed", "1")])


async def _paid_of_late(page: Page) -> Payment | None:
    """The member's newest payment that went through or may yet, when it is not a day old.

    Who comes back by the browser's button, or has a second tab open, is told of it before paying once more.
    """
    newest, now = await asyncio.gather(page.payments.payments(page.visit, {"limit": LOOKED_AT}), page.parts.time.now())
    return next((it for it in newest.items if it.status in ON_THEIR_WAY and now - it.accepted_at < PAID_OF_LATE), None)


async def _render(
    page: Page, choice: PayChoice, form: Form, notice: Notice | None = None, status: int = 200
) -> web.Response:
    with_what = await _paying_with(page, choice)
    if with_what is None:
        return _to_method(page, choice)
    try:
        preview, earlier = await asyncio.gather(page.payments.preview(page.visit, choice.wanted()), _paid_of_late(page))
    except ServiceRefused as refused:
        say_refused(page, Form(), refused)  # raises what another amount or day would not mend
        return _to_amount(page, choice)
    return page.render(
        "pay/review.html",
        status=status,
        here="pay",
        notice=notice,
        form=form,
        choice=choice,
        method=with_what,
        preview=preview,
        earlier=earlier,
        asks_once_more=earlier is not None and _is_the_same_again(preview, earlier),
        key=str(uuid4()),
    )


def _is_the_same_again(preview: Preview, earlier: Payment) -> bool:
    """Whether a payment looks like one that was made already: it pays no bill, or as much as that one."""
    return not preview.allocations or preview.amount_cents == earlier.amount_cents


async def _refused(page: Page, choice: PayChoice, refused: ServiceRefused) -> web.Response:
    match refused.code:
        case "quote-stale":
            words = page._(
                "What you owe has changed since this page was shown. Nothing was charged. Please look again."
            )
        case "too-many-declines":
            wait = waiting_time(page, refused.retry_after_seconds or 60)
            words = page._(
                "Several payments were declined within an hour. Nothing was charged. You can try again in %(wait)s; "
                "meanwhile please ask the bank that issued your card."
            ) % {"wait": wait}
        case "processor-unavailable" | "too-many-charges":
            words = page._("The card processor does not answer at the moment. Nothing was charged. Please try again.")
        case "payments-paused":
            words = page._(
                "Payments are paused at the moment. Nothing was charged. Please try again later; "
                "what is due, and by when, is under Bills."
            )
        case "unavailable":
            return _not_known(page, choice)
        case "amount-above-limit" | "pay-on-not-allowed":
            return _to_amount(page, choice)
        case "not-found" | "invalid-fields":
            return _to_method(page, choice)
        case _:
            raise refused
    return await _render(page, choice, Form(), Notice("warning", words), status=refused.status)


def _not_known(page: Page, choice: PayChoice) -> web.Response:
    """The answer was lost: the same form once more finds the payment that it made, or makes it; never a second one."""
    again = [*choice.pairs(), *((name, page.fields.get(name, "")) for name in ("quote_id", "key")), ("again", "yes")]
    return page.render("pay/not_known.html", status=503, here="pay", again=again)
