"""Forgot Password: a link by email, and the new password behind it. The answer is the same whoever asks.

Next: `log_in.py`, with the new password.
"""

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.http.pages.new_password import refuse_password
from services.gateway.http.pages.page import SESSION_COOKIE, Page
from services.gateway.providers.refusal import ServiceRefused


async def show_forgot_password(page: Page) -> web.Response:
    """GET /forgot-password."""
    return _render(page, page.form)


async def ask_for_link(page: Page) -> web.Response:
    """POST /forgot-password: a link is sent, if there is such an account; the page does not tell."""
    form = page.form
    username = form.need("username", page._("Enter your user name or email address."))
    if not form.is_fine:
        return _render(page, form, status=422)
    try:
        await page.identity.request_password_reset(page.visit, username)
    except ServiceRefused as refused:
        if refused.status != 422:
            raise
        form.refuse("username", page._("Check the spelling of your user name or email address."))
        return _render(page, form, status=422)
    return page.go("/forgot-password/sent")


async def show_sent(page: Page) -> web.Response:
    """GET /forgot-password/sent: look into your mail."""
    return page.render("forgot_password/sent.html")


async def show_new_password(page: Page) -> web.Response:
    """GET /forgot-password/{token}: choose a new password, while the link is good."""
    try:
        await page.identity.check_password_reset(page.visit, page.path_values["token"])
    except ServiceRefused as refused:
        return _expired(page, refused)
    return page.render("forgot_password/new_password.html", form=page.form, token=page.path_values["token"])


async def set_new_password(page: Page) -> web.Response:
    """POST /forgot-password/{token}: the new password is set, and every session ends."""
    form, token = page.form, page.path_values["token"]
    if not form.raw("password"):
        form.refuse("password", page._("Choose a password."))
    if form.is_fine:
        try:
            await page.identity.reset_password(page.visit, token, form.raw("password"))
        except ServiceRefused as refused:
            if refused.status != 422:
                return _expired(page, refused)
            refuse_password(page, form, "password", refused)
    if not form.is_fine:
        return page.render("forgot_password/new_password.html", status=422, form=form, token=token)
    page.drop_cookie(SESSION_COOKIE)
    return page.go("/log-in", reset="1")


def _expired(page: Page, refused: ServiceRefused) -> web.Response:
    if refused.status not in (404, 410, 422):
        raise refused
    return page.render("forgot_password/expired.html", status=410)


def _render(page: Page, form: Form, *, status: int = 200) -> web.Response:
    return page.render("forgot_password/ask.html", status=status, form=form)
