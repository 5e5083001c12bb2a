"""Settings, Billing Information: the cards that a member keeps here. Adding one gives us a token, never a number.

Next: `pay_method.py` uses the same two functions for a card typed on the way.
"""

import asyncio
import re

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.http.pages.page import Notice, Page
from services.gateway.http.pages.sealed_card import TypedCard
from services.gateway.providers.payments_answers import Method
from services.gateway.providers.refusal import ServiceRefused

TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
WORD = re.compile(r"[A-Za-z0-9_-]{1,30}", re.ASCII)


def typed_card(page: Page, form: Form) -> TypedCard | None:
    """The card that the processor's frame put into the form; None, with words, when there is none."""
    card = TypedCard(*(form.text(f"card_{part}") for part in ("token", "brand", "last4", "expires")))
    if not TOKEN.fullmatch(card.token) or not all(WORD.fullmatch(it) for it in (card.brand, card.last4, card.expires)):
        words = page._(
            "Enter your card details into the form of the card processor. That needs JavaScript to be turned on."
        )
        form.refuse("card_token", words)
        return None
    return card


async def add_card(page: Page, form: Form, card: TypedCard) -> Method | None:
    """Keep a card; None, with words, when the processor does not know the token (any more) or does not answer."""
    try:
        return await page.payments.add_card(page.visit, card.token)
    except ServiceRefused as refused:
        if refused.code == "processor-unavailable":
            form.refuse("card_token", page._("The card processor does not answer. Please try again in a minute."))
        elif refused.status == 422:
            form.refuse("card_token", page._("The card could not be saved. Please enter its details once more."))
        else:
            raise
    return None


async def show_methods(page: Page) -> web.Response:
    """GET /settings/payment-methods."""
    return await _render(page, page.form, notice=_done(page))


async def keep_card(page: Page) -> web.Response:
    """POST /settings/payment-methods: keep a new card."""
    form = page.form
    card = typed_card(page, form)
    if card is None or await add_card(page, form, card) is None:
        return await _render(page, form, status=422)
    return page.go("/settings/payment-methods", done="added")


async def ask_to_remove(page: Page) -> web.Response:
    """GET /settings/payment-methods/{method_id}/remove: are you sure?"""
    found = await _find(page, page.path_values["method_id"])
    if found is None:
        return page.go("/settings/payment-methods")
    return page.render("settings/remove_method.html", here="settings", method=found)


async def remove(page: Page) -> web.Response:
    """POST /settings/payment-methods/{method_id}/remove; a card that is gone already is fine."""
    try:
        await page.payments.remove_method(page.visit, page.path_values["method_id"])
    except ServiceRefused as refused:
        if refused.status != 404:
            raise
    return page.go("/settings/payment-methods", done="removed")


async def _find(page: Page, method_id: str) -> Method | None:
    methods = await page.payments.methods(page.visit)
    return next((method for method in methods.items if str(method.method_id) == method_id), None)


def _done(page: Page) -> Notice | None:
    match page.query.get("done"):
        case "added":
            return Notice("success", page._("Your card is saved for your next payment."))
        case "removed":
            return Notice("success", page._("The card is removed. It can no longer be charged."))
        case _:
            return None


async def _render(page: Page, form: Form, *, status: int = 200, notice: Notice | None = None) -> web.Response:
    methods, account = await asyncio.gather(page.payments.methods(page.visit), page.identity.account(page.visit))
    this_month = f"{await page.today():%Y-%m}"
    return page.render(
        "settings/payment_methods.html",
        status=status,
        here="settings",
        notice=notice,
        card_frame=True,
        form=form,
        methods=[(method, method.expires < this_month) for method in methods.items],
        address=account.mailing_address,
        card_frame_url=page.settings.card_frame_url,
    )
