"""Settings: what a member can look after, and what we know of them. Next: `security.py`, `payment_methods.py`."""

from aiohttp import web

from services.gateway.http.pages.page import Page


async def show_settings(page: Page) -> web.Response:
    """GET /settings: the places below it."""
    return page.render("settings/settings.html", here="settings")


async def show_profile(page: Page) -> web.Response:
    """GET /settings/profile: name, contact data and address as we have them."""
    account = await page.identity.account(page.visit)
    return page.render("settings/profile.html", here="settings", account=account)
