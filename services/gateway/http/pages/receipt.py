"""The receipt of a payment as PDF, in the language of the pages. Next: `usecases/show_receipt.py` makes it."""

from aiohttp import web

from services.gateway.domain.receipt import NoReceiptYet
from services.gateway.http.pages.page import Page
from services.gateway.usecases.show_receipt import show_receipt


async def show(page: Page) -> web.Response:
    """GET /payments/{reference}/receipt; a payment without a receipt leads to its own page, which says why."""
    reference = page.path_values["reference"]
    try:
        receipt = await show_receipt(page.parts, page.visit, reference, page.language)
    except NoReceiptYet:
        return page.go(f"/payments/{reference}")
    response = web.Response(body=receipt.pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = receipt.disposition
    response.headers["Cache-Control"] = "no-store"
    return page.with_headers(response)
