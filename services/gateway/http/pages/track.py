"""Track a payment by its reference number, without logging in: status, amount and day, nothing about anybody.

A POST, so that reference numbers stand in no address, history or log of a proxy.
"""

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.domain.marked import N_
from services.gateway.http.pages.failures import too_many_tries
from services.gateway.http.pages.page import Notice, Page
from services.gateway.providers.payments_answers import Tracked
from services.gateway.providers.refusal import ServiceRefused

MISTYPED = N_("A character of this number is wrong or missing. Check it against our email or your receipt.")


async def show_track(page: Page) -> web.Response:
    """GET /help/track."""
    return _render(page, page.form, None)


async def track(page: Page) -> web.Response:
    """POST /help/track."""
    form = page.form
    reference = form.need("reference", page._("Enter the payment reference number. It begins with HC."))
    if not form.is_fine:
        return _render(page, form, None, status=422)
    try:
        return _render(page, form, await page.payments.track(page.visit, reference))
    except ServiceRefused as refused:
        return _refused(page, form, refused)


def _refused(page: Page, form: Form, refused: ServiceRefused) -> web.Response:
    if refused.status == 429:
        return _render(page, form, None, status=429, notice=too_many_tries(page, refused))
    if refused.code == "reference-mistyped":
        form.refuse("reference", page._(MISTYPED))
    elif refused.status in (404, 422):
        words = page._(
            "We find no payment with this number. Check it against our email or your receipt, or contact us."
        )
        form.refuse("reference", words)
    else:
        raise refused
    return _render(page, form, None, status=422)


def _render(
    page: Page, form: Form, found: Tracked | None, *, status: int = 200, notice: Notice | None = None
) -> web.Response:
    return page.render("help/track.html", status=status, here="help", notice=notice, form=form, found=found)
