"""The page /docs: the API document, to be read by people who write programs."""

from aiohttp import web

from services.gateway.http.pages.page import Page


async def show(page: Page) -> web.Response:
    """GET /docs."""
    return page.render("api.html")
