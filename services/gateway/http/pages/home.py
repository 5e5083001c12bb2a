"""The front door, and the choice of language. Members go on to their dashboard.

Next: `log_in.py`, `create_account.py`.
"""

from aiohttp import web

from services.gateway.domain.safe_path import safe_path
from services.gateway.domain.wording import Language
from services.gateway.http.pages.page import Page


async def show_home(page: Page) -> web.Response:
    """GET /: what this is, and the two ways in."""
    if page.visit.caller is not None:
        return page.go("/dashboard")
    return page.render("home.html")


async def choose_language(page: Page) -> web.Response:
    """POST /language: speak the other language, and back to where the person was."""
    wanted = page.fields.get("language", "")
    if wanted in tuple(Language):
        page.use_language(Language(wanted))
    return page.go(safe_path(page.fields.get("back"), "/"))
