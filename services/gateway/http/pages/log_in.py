"""Log In and log out. A wrong name and a wrong password are told alike; after it one goes on to where one wanted.

Next: `dashboard.py`.
"""

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.domain.safe_path import safe_path
from services.gateway.domain.wording import Language
from services.gateway.http.pages.failures import too_many_tries
from services.gateway.http.pages.page import DRAFT_COOKIE, LANGUAGE_COOKIE, SESSION_COOKIE, Notice, Page
from services.gateway.providers.identity_answers import SessionMade
from services.gateway.providers.refusal import ServiceRefused
from services.gateway.usecases.resolve_caller import TokenKind


async def show_log_in(page: Page) -> web.Response:
    """GET /log-in."""
    if page.visit.caller is not None:
        return page.go(safe_path(page.query.get("next"), "/dashboard"))
    return _render(page, page.form, notice=_why(page))


async def log_in(page: Page) -> web.Response:
    """POST /log-in: begin a session in a cookie, always a new one."""
    form = page.form
    username = form.need("username", page._("Enter your user name or email address."))
    if not form.raw("password"):
        form.refuse("password", page._("Enter your password."))
    if not form.is_fine:
        return _render(page, form, status=422)
    try:
        session = await page.identity.log_in(page.visit, username, form.raw("password"))
    except ServiceRefused as refused:
        return _refused(page, form, refused)
    await keep_session(page, session)
    return page.go(safe_path(form.text("next"), "/dashboard"))


async def keep_session(page: Page, session: SessionMade) -> None:
    """Give the session to the browser, and end the one it had; speak the account's language where none was chosen."""
    if page.visit.caller is not None:
        await _end_former_session(page)
    page.set_cookie(SESSION_COOKIE, session.token)
    page.visit = page.visit.of(await page.parts.callers.resolve(TokenKind.SESSION, session.token))
    if not page.cookie(LANGUAGE_COOKIE):
        account = await page.identity.account(page.visit)
        page.use_language(Language(account.language))


async def _end_former_session(page: Page) -> None:
    """The session that this browser had; one that is over already is fine."""
    try:
        await page.identity.end_session(page.visit)
    except ServiceRefused as refused:
        if refused.status not in (401, 404):
            raise


async def log_out(page: Page) -> web.Response:
    """POST /log-out: the session ends at the server, and the browser forgets it and any half-filled form."""
    if page.visit.caller is not None:
        await page.identity.end_session(page.visit)
    page.drop_cookie(SESSION_COOKIE)
    page.drop_cookie(DRAFT_COOKIE)
    return page.go("/log-in", bye="1")


async def touch_session(page: Page) -> web.Response:
    """POST /session/touch: a person who is still there says so; asking who they are counts as use."""
    return page.with_headers(web.Response(status=204))


def _why(page: Page) -> Notice | None:
    if "ended" in page.query:
        return Notice("info", page._("Your session has ended. Please log in again."))
    if "bye" in page.query:
        return Notice("success", page._("You are logged out."))
    if "reset" in page.query:
        return Notice("success", page._("Your new password is set. Please log in with it."))
    return None


def _refused(page: Page, form: Form, refused: ServiceRefused) -> web.Response:
    if refused.status == 429:
        tries = too_many_tries(page, refused)
        or_else = page._("Or set a new password with “Forgot Password”: then there is no wait.")
        return _render(page, form, status=429, notice=Notice(tries.kind, f"{tries.text} {or_else}"))
    if refused.code == "invalid-credentials":
        words = page._("That user name and password do not match. Check both, or choose “Forgot Password”.")
        form.refuse("username", words)
    elif refused.status == 422:
        form.refuse("username", page._("Check the spelling of your user name or email address."))
    else:
        raise refused
    return _render(page, form, status=422)


def _render(page: Page, form: Form, *, status: int = 200, notice: Notice | None = None) -> web.Response:
    wanted = form.text("next") if page.is_post else page.query.get("next", "")
    return page.render(
        "log_in.html", status=status, here="log-in", notice=notice, form=form, next=safe_path(wanted, "")
    )
