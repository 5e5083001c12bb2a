"""A page's row as an aiohttp handler: limits, language, session, the form's token; and every failure as a page.

Next: `routes.py` has the rows, `page.py` is what a page's function gets.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import assert_never
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from multidict import MultiDict

from services.gateway.domain.caller_cache import KnownCaller
from services.gateway.domain.client_address import client_address
from services.gateway.domain.safe_path import safe_path
from services.gateway.domain.wording import Language
from services.gateway.http.limits import admit
from services.gateway.http.pages.failures import failure_of, render_failure
from services.gateway.http.pages.page import LANGUAGE_COOKIE, SESSION_COOKIE, VISIT_COOKIE, YEAR_SECONDS, Kit, Page
from services.gateway.providers.visit import Visit
from services.gateway.usecases.parts import Parts
from services.gateway.usecases.resolve_caller import TokenKind, TokenRefused
from shared.http.app import REQUEST_ID_KEY
from shared.http.checking import read_body
from shared.http.problems import Problem, too_large
from shared.log import describe

log = structlog.get_logger()
FORM_TYPE = "application/x-www-form-urlencoded"
TOKEN_FIELD = "csrf"  # noqa: S105 - the name of a field
TOKEN_HEADER = "X-CSRF"  # noqa: S105 - the name of a header
OWN_SITES = frozenset({"same-origin", "none"})
VISIT_CHARACTERS = 43
MAX_FIELDS = 200


class Needs(StrEnum):
    """Who may see a page."""

    NOTHING = "nothing"
    SESSION = "session"
    VERIFIED = "verified"


Show = Callable[[Page], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """One page. `guessable`: sending its form invites guessing, so one network gets few tries.

    `changes_caller`: what is remembered of the caller's session is wrong after its form.
    """

    method: str
    path: str
    show: Show
    needs: Needs
    guessable: bool = False
    changes_caller: bool = False


def serve_page(kit: Kit, parts: Parts, route: PageRoute) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler of one row."""

    async def handle(request: web.Request) -> web.Response:
        page = _page(kit, parts, request)
        try:
            admit(parts, route, page.visit.address)
            await _who_is_there(page)
            away = _not_for_them(page, route.needs, request)
            if away is not None:
                return away
            if route.method == "POST":
                page.fields = await _checked_fields(page, request)
            try:
                return await route.show(page)
            finally:
                if route.changes_caller and page.visit.caller is not None:
                    parts.callers.forget_account(page.visit.caller.holder_id)
        except Exception as error:  # noqa: BLE001 - the one place where failures become pages
            return _failed(page, error, request)

    return handle


def _page(kit: Kit, parts: Parts, request: web.Request) -> Page:
    told = ",".join(request.headers.getall("X-Forwarded-For", []))
    visit_id = request.cookies.get(VISIT_COOKIE, "")
    is_new = len(visit_id) != VISIT_CHARACTERS or not visit_id.isascii()
    if is_new:
        visit_id = secrets.token_urlsafe(32)
    visit = Visit(
        address=client_address(request.remote or "", told, parts.proxies),
        user_agent="".join(it if it.isprintable() and it.isascii() else "?" for it in _agent(request))[:300],
        request_id=request[REQUEST_ID_KEY],
        device=sha256(visit_id.encode()).hexdigest(),
    )
    token = request.cookies.get(SESSION_COOKIE) or None
    page = Page(kit, parts, request, visit, language=_language(request), visit_id=visit_id, session_token=token)
    if is_new:
        page.set_cookie(VISIT_COOKIE, visit_id, seconds=YEAR_SECONDS)
    return page


def _agent(request: web.Request) -> str:
    return request.headers.get("User-Agent", "")


def _language(request: web.Request) -> Language:
    """The language that was chosen here, else the first of the browser's that we speak, else English."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in tuple(Language):
        return Language(chosen)
    for wanted in request.headers.get("Accept-Language", "")[:200].split(","):
        spoken = wanted.partition(";")[0].strip().lower()[:2]
        if spoken in tuple(Language):
            return Language(spoken)
    return Language.EN


async def _who_is_there(page: Page) -> None:
    """Put the caller of the session into the visit; a session that is over is forgotten by the browser too."""
    if page.session_token is None:
        return
    try:
        caller: KnownCaller = await page.parts.callers.resolve(TokenKind.SESSION, page.session_token)
    except TokenRefused:
        page.drop_cookie(SESSION_COOKIE)
        return
    page.visit = page.visit.of(caller)


def _not_for_them(page: Page, needs: Needs, request: web.Request) -> web.Response | None:
    match needs:
        case Needs.NOTHING:
            return None
        case Needs.SESSION | Needs.VERIFIED:
            if page.visit.caller is None:
                return _to_log_in(page, request)
            if needs is Needs.VERIFIED and not page.visit.caller.is_verified:
                return page.go("/create-account/verify")
            return None
        case _:
            assert_never(needs)


def _to_log_in(page: Page, request: web.Request) -> web.Response:
    """To the log-in, and back afterwards; who was here a moment ago reads that the session ended."""
    wanted = [("next", safe_path(request.path_qs, "/dashboard"))] if request.method == "GET" else []
    ended = [("ended", "1")] if page.session_token is not None else []
    return page.go("/log-in", [*ended, *wanted])


async def _checked_fields(page: Page, request: web.Request) -> MultiDict[str]:
    """The fields of a form that a page of ours showed to this browser. Raises Problem 400, 403, 408, 413, 415."""
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in OWN_SITES or (
        origin not in (None, page.settings.portal_origin) and not _is_this_host(request, origin)
    ):
        raise Problem(403, "form-not-ours", "This form did not come from our pages.")
    if request.content_type != FORM_TYPE and request.content_length:
        raise Problem(415, "form-not-readable", "This form could not be read.")
    raw = await read_body(request, page.settings.body_timeout_seconds) if request.can_read_body else b""
    fields = _fields(raw)
    shown = fields.get(TOKEN_FIELD, "") or request.headers.get(TOKEN_HEADER, "")
    if not page.keys.form_token_fits(page.cookie(VISIT_COOKIE), shown):
        raise Problem(403, "form-too-old", "This page was open for too long.")
    return fields


def _fields(raw: bytes) -> MultiDict[str]:
    """The fields in a body; browsers write it in UTF-8, whatever they say. Raises Problem 413 for too many."""
    try:
        found = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise too_large() from None
    return MultiDict((name, _clean(value)) for name, value in found)


def _is_this_host(request: web.Request, origin: str | None) -> bool:
    """On a developer's machine the portal has more than one name; a browser never lies about both headers."""
    return origin == f"http://{request.host}" and request.host.partition(":")[0] in ("localhost", "127.0.0.1")


def _clean(value: str) -> str:
    """What a form brings, as text that can be kept: no NUL, no half characters, one kind of line end."""
    return value.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\x00", "")


def _failed(page: Page, error: Exception, request: web.Request) -> web.Response:
    failure = failure_of(error)
    if failure.status >= 500 and failure.code == "internal":
        log.error("page_failed", page=request.match_info.route.resource and request.match_info.route.resource.canonical,
                  request_id=page.visit.request_id, **describe(error))  # fmt: skip
    if failure.status == 401:
        page.drop_cookie(SESSION_COOKIE)
        return _to_log_in(page, request)
    if failure.code == "not-verified":
        return page.go("/create-account/verify")
    return render_failure(page, failure)


def add_pages(app: web.Application, kit: Kit, parts: Parts, routes: Sequence[PageRoute]) -> None:
    """Add every page to the application, and pages for what does not exist to those who want to read HTML."""
    for route in routes:
        app.router.add_route(route.method, route.path, serve_page(kit, parts, route))

    @web.middleware
    async def not_there(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        wants_html = "text/html" in request.headers.get("Accept", "")
        if not wants_html or request.path.startswith(("/v1/", "/static/", "/sandbox/")):
            return await handler(request)
        try:
            return await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
            page = _page(kit, parts, request)
            await _who_is_there(page)
            return render_failure(page, failure_of(error))

    app.middlewares.append(not_there)
