"""Create Account, steps 1, 2 and 4: about you, user name and password, done. Nothing is sent for good before step 2.

What step 1 was told waits in a sealed cookie of half an hour, so that back and reload lose nothing and the Social
Security Number stands in no page, address or log. Next: `verify.py` is step 3.
"""

from typing import Any

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.domain.sign_up import PHONE_WORDS, birth_date, check_about_you, check_sign_in
from services.gateway.http.pages.failures import too_many_tries
from services.gateway.http.pages.log_in import keep_session
from services.gateway.http.pages.new_password import refuse_password
from services.gateway.http.pages.page import DRAFT_COOKIE, Notice, Page
from services.gateway.providers.identity_answers import SessionMade
from services.gateway.providers.refusal import ServiceRefused

DRAFT = "create-account"
DRAFT_SECONDS = 1800
NAMES = ("first", "middle", "last", "suffix")
ABOUT_YOU = (*NAMES, "birth_month", "birth_day", "birth_year")


async def show_about_you(page: Page) -> web.Response:
    """GET /create-account: step 1, with what was typed before; of the Social Security Number its end alone."""
    if page.visit.caller is not None:
        return page.go("/dashboard" if page.visit.caller.is_verified else "/create-account/verify")
    draft = _draft(page) or {}
    form = Form({name: draft[name] for name in ABOUT_YOU if name in draft})
    return _render_about_you(page, form, draft.get("ssn", ""), notice=_why(page))


async def tell_about_you(page: Page) -> web.Response:
    """POST /create-account: check step 1 and keep it for step 2; a good number is kept even if the rest is not."""
    if page.visit.caller is not None:
        return page.go("/create-account/verify")
    form = page.form
    kept = (_draft(page) or {}).get("ssn", "")
    ssn = check_about_you(form, await page.today(), page._, kept)
    told = {name: form.text(name) for name in ABOUT_YOU} | {"ssn": ssn or kept, "is_checked": form.is_fine}
    page.set_cookie(DRAFT_COOKIE, page.keys.seal(DRAFT, told, DRAFT_SECONDS), seconds=DRAFT_SECONDS)
    if not form.is_fine:
        return _render_about_you(page, form, ssn or kept, status=422)
    return page.go("/create-account/sign-in")


async def show_sign_in(page: Page) -> web.Response:
    """GET /create-account/sign-in: step 2; who comes here first, or too late, begins with step 1."""
    if page.visit.caller is not None:
        return page.go("/create-account/verify")
    if _checked_draft(page) is None:
        return page.go("/create-account")
    return _render_sign_in(page, page.form)


async def create_account(page: Page) -> web.Response:
    """POST /create-account/sign-in: make the account, log in, and on to step 3."""
    if page.visit.caller is not None:
        return page.go("/create-account/verify")
    draft = _checked_draft(page)
    if draft is None:
        return page.go("/create-account", late="1")
    form = page.form
    check_sign_in(form, page._)
    if not form.is_fine:
        return _render_sign_in(page, form, status=422)
    try:
        session = await _made(page, form, draft)
    except ServiceRefused as refused:
        return _refused(page, form, refused)
    page.use_language(page.language)
    page.drop_cookie(DRAFT_COOKIE)
    await keep_session(page, session)
    return page.go("/create-account/verify")


async def show_done(page: Page) -> web.Response:
    """GET /create-account/done: step 4, all is set."""
    return page.render("create_account/done.html", here="create-account")


async def _made(page: Page, form: Form, draft: dict[str, Any]) -> SessionMade:
    """Make the account and log in. Whose form came twice, or whose answer was lost, has the account already: name and
    password fit, and they go on with it. Raises ServiceRefused."""
    username, password = form.text("username"), form.raw("password")
    try:
        await page.identity.create_account(page.visit, _account(page, form, draft))
    except ServiceRefused as refused:
        if refused.code != "username-taken":
            raise
        try:
            return await page.identity.log_in(page.visit, username, password)
        except ServiceRefused:
            raise refused from None
    return await page.identity.log_in(page.visit, username, password)


def _draft(page: Page) -> dict[str, Any] | None:
    return page.keys.unseal(DRAFT, page.cookie(DRAFT_COOKIE))


def _checked_draft(page: Page) -> dict[str, Any] | None:
    draft = _draft(page)
    return draft if draft is not None and draft.get("is_checked") else None


def _why(page: Page) -> Notice | None:
    if "late" not in page.query:
        return None
    words = page._(
        "That took longer than half an hour. For your safety we did not keep what you typed. Please begin again."
    )
    return Notice("info", words)


def _account(page: Page, form: Form, draft: dict[str, Any]) -> dict[str, Any]:
    about_you = Form(draft)
    born_on = birth_date(about_you)
    names = {name: about_you.text(name) for name in NAMES if about_you.text(name)}
    phone = {"phone": form.text("phone")} if form.text("phone") else {}
    return {
        "legal_name": names,
        "date_of_birth": born_on.isoformat() if born_on else "",
        "ssn": draft["ssn"],
        "username": form.text("username"),
        "password": form.raw("password"),
        "email": form.text("email"),
        "language": page.language.value,
        **phone,
    }


def _refused(page: Page, form: Form, refused: ServiceRefused) -> web.Response:
    """What identity refused, beside its field; what belongs to step 1 leads back there."""
    if refused.status == 429:
        return _render_sign_in(page, form, status=429, notice=too_many_tries(page, refused))
    if refused.code == "username-taken":
        form.refuse("username", page._("This user name is taken. Choose another one."))
    elif refused.code == "weak-password":
        refuse_password(page, form, "password", refused)
    elif refused.status == 422:
        _refuse_fields(page, form, refused)
    else:
        raise refused
    return _render_sign_in(page, form, status=422)


def _refuse_fields(page: Page, form: Form, refused: ServiceRefused) -> None:
    words = {
        "/username": page._("This user name cannot be used. Choose another one, without your Social Security Number."),
        "/email": page._("This email address cannot be used. Check it."),
        "/phone": page._(PHONE_WORDS),
        "/password": page._("This password cannot be used. Choose another one."),
    }
    for error in refused.errors:
        if error.pointer in words:
            form.refuse(error.pointer[1:], words[error.pointer])
    if form.is_fine:
        form.refuse("username", page._("Something about you needs another look. Please go back to step 1."))


def _render_about_you(
    page: Page, form: Form, ssn: str, *, status: int = 200, notice: Notice | None = None
) -> web.Response:
    return page.render(
        "create_account/about_you.html",
        status=status,
        here="create-account",
        notice=notice,
        form=form,
        ssn_ends="" if "ssn" in form.errors else ssn[-4:],
    )


def _render_sign_in(page: Page, form: Form, *, status: int = 200, notice: Notice | None = None) -> web.Response:
    return page.render("create_account/sign_in.html", status=status, here="create-account", notice=notice, form=form)
