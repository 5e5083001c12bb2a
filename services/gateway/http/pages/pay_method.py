"""Make a Payment, step 2: which card. A new one is typed into the processor's frame; we get a token for it.

Next: `pay_review.py`.
"""

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.domain.marked import N_
from services.gateway.domain.pay_choice import PayChoice
from services.gateway.http.pages.page import Notice, Page
from services.gateway.http.pages.payment_methods import add_card, typed_card
from services.gateway.http.pages.sealed_card import seal_card
from services.gateway.providers.payments_answers import Method

NEW = "new"
GONE = N_("The card you chose can no longer be used. Please choose another one, or enter your card details again.")


async def show_method(page: Page) -> web.Response:
    """GET /pay/method; without an amount it begins with step 1. The next step leads back with `gone` for no card."""
    choice = PayChoice.read(page.query, page.many_of_query("policy_id"))
    if choice is None:
        return page.go("/pay")
    notice = Notice("warning", page._(GONE)) if "gone" in page.query else None
    return await _render(page, choice, page.form, notice=notice)


async def choose_method(page: Page) -> web.Response:
    """POST /pay/method."""
    form = page.form
    choice = PayChoice.read({name: form.text(name) for name in ("amount_cents", "pay_on")}, page.many("policy_id"))
    if choice is None:
        return page.go("/pay")
    wanted = form.text("method")
    if not wanted:
        form.refuse("method", page._("Choose a card."))
        return await _render(page, choice, form, status=422)
    if wanted != NEW and not await _is_usable(page, wanted):
        form.refuse("method", page._(GONE))
        return await _render(page, choice, form, status=422)
    if wanted != NEW:
        return page.go("/pay/review", choice.by_method(wanted).pairs())
    card = typed_card(page, form)
    if card is None:
        return await _render(page, choice, form, status=422)
    if form.text("keep") != "yes" and choice.pay_on is None:
        return page.go("/pay/review", choice.by_card(seal_card(page.keys, card)).pairs())
    method = await add_card(page, form, card)
    if method is None:
        return await _render(page, choice, form, status=422)
    return page.go("/pay/review", choice.by_method(str(method.method_id)).pairs())


async def _render(
    page: Page, choice: PayChoice, form: Form, *, status: int = 200, notice: Notice | None = None
) -> web.Response:
    methods = (await page.payments.methods(page.visit)).items
    this_month = f"{await page.today():%Y-%m}"
    return page.render(
        "pay/method.html",
        status=status,
        here="pay",
        notice=notice,
        card_frame=True,
        form=form,
        choice=choice,
        methods=[(method, _is_over(method, this_month)) for method in methods],
        card_frame_url=page.settings.card_frame_url,
    )


async def _is_usable(page: Page, method_id: str) -> bool:
    """Whether it is a card of the member's that has not expired: it may have gone in another tab."""
    this_month = f"{await page.today():%Y-%m}"
    methods = (await page.payments.methods(page.visit)).items
    return any(str(it.method_id) == method_id and not _is_over(it, this_month) for it in methods)


def _is_over(method: Method, this_month: str) -> bool:
    """A card is good to the end of the month that stands on it."""
    return method.expires < this_month
