"""Track a payment by its reference number, without logging in: status, amount and day, nothing about anybody.

A POST, so that reference numbers stand in no address, history or log of a proxy.
"""

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.http.pages.failures import waiting_time
from services.gateway.http.pages.page import Page
from services.gateway.providers.payments_answers import Tracked
from services.gateway.providers.refusal import ServiceRefused


async def show_track(page: Page) -> web.Response:
    """GET /help/track."""
    return _render(page, page.form, None)


async def track(page: Page) -> web.Response:
    """POST /help/track."""
    form = page.form
    reference = form.need("reference", page._("Enter the payment reference number. It looks like HC-XXXX-XXXX-X."))
    found = None
    if form.is_fine:
        try:
            found = await page.payments.track(page.visit, reference)
        except ServiceRefused as refused:
            _refused(page, form, refused)
    return _render(page, form, found, status=200 if form.is_fine else 422)


def _refused(page: Page, form: Form, refused: ServiceRefused) -> None:
    if refused.status == 429:
        wait = waiting_time(page, refused.retry_after_seconds or 60)
        form.refuse("reference", page._("Too many tries. Please wait %(wait)s and try again.") % {"wait": wait})
    elif refused.code == "reference-mistyped":
        words = page._("A character of this number is wrong or missing. It looks like HC-XXXX-XXXX-X.")
        form.refuse("reference", words)
    elif refused.status in (404, 422):
        words = page._("We find no payment with this number. Check it against your receipt, or contact us.")
        form.refuse("reference", words)
    else:
        raise refused


def _render(page: Page, form: Form, found: Tracked | None, *, status: int = 200) -> web.Response:
    return page.render("help/track.html", status=status, here="help", form=form, found=found)
