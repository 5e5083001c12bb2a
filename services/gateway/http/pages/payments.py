"""Payment History, a payment with all that happened to it, and canceling one that waits for its day.

Next: `receipt.py` gives the PDF.
"""

import asyncio
from contextlib import suppress

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.domain.marked import N_
from services.gateway.http.pages.bills import policy_choices
from services.gateway.http.pages.page import Notice, Page
from services.gateway.http.pages.pay_done import still_owed, why_declined
from services.gateway.http.pages.track import MISTYPED
from services.gateway.providers.refusal import ServiceRefused
from services.gateway.providers.upstream import ServiceAway

STATUSES = {
    "succeeded": N_("Succeeded"),
    "processing": N_("Processing"),
    "scheduled": N_("Scheduled"),
    "declined": N_("Declined"),
    "canceled": N_("Canceled"),
}
ON_A_PAGE = "12"
CANCELED_WHY = {
    "member": N_("You canceled it. Nothing was charged."),
    "nothing_owed": N_("Nothing was owed anymore on the day of the payment. Nothing was charged."),
    "method_removed": N_(
        "The card was removed before the day of the payment. Nothing was charged; please pay with another card."
    ),
}


async def show_payments(page: Page) -> web.Response:
    """GET /payments: newest first; with ?reference= on to that payment, when it is one of the member's."""
    form = Form(page.query)
    if form.text("reference"):
        found = await _find(page, form)
        if found is not None:
            return page.go(f"/payments/{found}")
    filters = _filters(page, form)
    try:
        payments, policies = await asyncio.gather(
            page.payments.payments(page.visit, {**filters, "limit": ON_A_PAGE}), page.payments.policies(page.visit)
        )
    except ServiceRefused as refused:
        if refused.status != 422:
            raise
        return page.go("/payments")
    kept = {name: text for name, text in filters.items() if name != "cursor"}
    return page.render(
        "payments/list.html",
        here="payments",
        form=form,
        payments=payments.items,
        policies=policy_choices(policies.items),
        statuses=[{"value": status, "label": page._(words)} for status, words in STATUSES.items()],
        is_filtered=bool(kept),
        next_query={**kept, "cursor": payments.next_cursor} if payments.next_cursor else None,
        is_first="cursor" not in filters,
        can_be_paid=not (payments.items or kept) and await _can_be_paid(page),
    )


async def show_payment(page: Page) -> web.Response:
    """GET /payments/{reference}; one that is mistyped leads to the search, which says so."""
    try:
        return await _render(page)
    except ServiceRefused as refused:
        if refused.code != "reference-mistyped":
            raise
        return page.go("/payments", reference=page.path_values["reference"])


async def ask_to_cancel(page: Page) -> web.Response:
    """GET /payments/{reference}/cancel: are you sure? One that cannot be canceled is shown, which says why."""
    payment = await page.payments.payment(page.visit, page.path_values["reference"])
    if payment.cancel_until is None:
        return page.go(f"/payments/{payment.reference}")
    return page.render("payments/cancel.html", here="payments", payment=payment)


async def cancel(page: Page) -> web.Response:
    """POST /payments/{reference}/cancel: a scheduled payment, until the evening before its day."""
    reference = page.path_values["reference"]
    try:
        await page.payments.cancel(page.visit, reference)
    except ServiceRefused as refused:
        if refused.code not in ("too-late-to-cancel", "not-cancelable"):
            raise
        words = page._("This payment can no longer be canceled. Below you see how it stands.")
        return await _render(page, notice=Notice("error", words), status=409)
    return page.go(f"/payments/{reference}", canceled="1")


async def _render(page: Page, *, notice: Notice | None = None, status: int = 200) -> web.Response:
    payment = await page.payments.payment(page.visit, page.path_values["reference"])
    if "canceled" in page.query and payment.status == "canceled":
        words = page._("The payment is canceled. Nothing was charged; what you owe is still to be paid.")
        notice = Notice("success", words)
    why = why_declined(page, payment.decline.code) if payment.decline else ""
    if payment.cancel_reason in CANCELED_WHY:
        why = page._(CANCELED_WHY[payment.cancel_reason])
    return page.render(
        "payments/payment.html",
        status=status,
        here="payments",
        notice=notice,
        payment=payment,
        why=why,
        balance=await still_owed(page, payment),
    )


async def _can_be_paid(page: Page) -> bool:
    """For who has not paid yet: whether there is anything to pay; not offered while payments does not answer."""
    with suppress(ServiceAway, ServiceRefused):
        return (await page.payments.balance(page.visit)).can_be_paid
    return False


async def _find(page: Page, form: Form) -> str | None:
    """The reference number as we write it; None, with words, when the member has no such payment."""
    try:
        return (await page.payments.payment(page.visit, form.text("reference"))).reference
    except ServiceRefused as refused:
        if refused.code == "reference-mistyped":
            words = page._(MISTYPED)
        elif refused.status in (404, 422):
            words = page._("You have no payment with this number. Check it against our email or your receipt.")
        else:
            raise
        form.refuse("reference", words)
        return None


def _filters(page: Page, form: Form) -> dict[str, str]:
    wanted = {
        name: page.query[name] for name in ("status", "policy_id", "from", "to", "cursor") if page.query.get(name)
    }
    if wanted.get("status") not in (None, *STATUSES):
        del wanted["status"]
    if wanted.get("from", "") > wanted.get("to", "9"):
        form.refuse("from", page._("The day in “From” is after the day in “Through”. Change one of the two."))
        del wanted["from"]
    return wanted
