"""Settings, sign-in and security: the password, and where one is logged in.

Next: `log_in.py`, after logging out everywhere.
"""

import asyncio

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.domain.marked import N_
from services.gateway.http.pages.failures import too_many_tries
from services.gateway.http.pages.new_password import refuse_password
from services.gateway.http.pages.page import SESSION_COOKIE, Notice, Page
from services.gateway.providers.refusal import ServiceRefused

UNKNOWN_DEVICE = N_("Unknown device")


async def show_security(page: Page) -> web.Response:
    """GET /settings/security."""
    return await _render(page, page.form, notice=_done(page))


async def change_password(page: Page) -> web.Response:
    """POST /settings/security: the old password, and a new one; every other session ends."""
    form = page.form
    if not form.raw("old_password"):
        form.refuse("old_password", page._("Enter your current password."))
    if not form.raw("new_password"):
        form.refuse("new_password", page._("Choose a password."))
    if not form.is_fine:
        return await _render(page, form, status=422)
    try:
        await page.identity.change_password(page.visit, form.raw("old_password"), form.raw("new_password"))
    except ServiceRefused as refused:
        return await _refused(page, form, refused)
    return page.go("/settings/security", done="password")


async def end_session(page: Page) -> web.Response:
    """POST /settings/security/sessions: log out one device; one that is logged out already is fine."""
    try:
        await page.identity.end_session(page.visit, page.fields.get("session_id", ""))
    except ServiceRefused as refused:
        if refused.status != 404:
            raise
    return page.go("/settings/security", done="session")


async def end_all_sessions(page: Page) -> web.Response:
    """POST /settings/security/log-out-everywhere: all devices, this one too."""
    await page.identity.end_all_sessions(page.visit)
    page.drop_cookie(SESSION_COOKIE)
    return page.go("/log-in", bye="1")


def _done(page: Page) -> Notice | None:
    match page.query.get("done"):
        case "password":
            return Notice("success", page._("Your password was changed. All other devices were logged out."))
        case "session":
            return Notice("success", page._("That device is logged out."))
        case _:
            return None


async def _refused(page: Page, form: Form, refused: ServiceRefused) -> web.Response:
    if refused.status == 429:
        return await _render(page, form, status=429, notice=too_many_tries(page, refused))
    if refused.code == "wrong-password":
        form.refuse("old_password", page._("This is not your current password. Enter it again."))
    elif refused.status == 422:
        refuse_password(page, form, "new_password", refused)
    else:
        raise refused
    return await _render(page, form, status=422)


async def _render(page: Page, form: Form, *, status: int = 200, notice: Notice | None = None) -> web.Response:
    account, sessions = await asyncio.gather(page.identity.account(page.visit), page.identity.sessions(page.visit))
    return page.render(
        "settings/security.html",
        status=status,
        here="settings",
        notice=notice,
        form=form,
        username=account.username,
        sessions=[(_device(page, session.device), session) for session in sessions.items],
    )


def _device(page: Page, name: str) -> str:
    """`Chrome on Android`, as identity names it, in the reader's language."""
    browser, is_both, system = name.partition(" on ")
    if is_both:
        return page._("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return page._(UNKNOWN_DEVICE) if name == UNKNOWN_DEVICE else name
