"""What every answer says to a browser, pages and errors alike: load nothing from elsewhere, keep and guess nothing.

Made from the tables of pages and routes, over real services; what only happens when a service is away or wrong comes
from stand-ins. Next: `services/gateway/http/pages/page.py` and `services/gateway/wiring.py` set them.
"""

import re
from collections.abc import Mapping
from uuid import uuid4

import pytest
from aiohttp import web

from services.gateway.http.pages.page import SESSION_COOKIE
from services.gateway.http.pages.routes import PAGE_ROUTES
from services.gateway.http.pages.serving import PageRoute
from services.gateway.http.routes import PUBLIC_ROUTES, PublicRoute
from tests.contracts.two_members import Pair
from tests.gateway.gateway_world import World, open_world
from tests.gateway.pages.browsing import FORM_TYPE, Browser

POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'", "font-src": "'self'",
    "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'",
    "object-src": "'none'",
}  # fmt: skip
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "portal",
}
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)
HTML = {"Accept": "text/html"}


def named(route: PageRoute | PublicRoute) -> str:
    """The row as a test's name."""
    return f"{route.method} {route.path}"


def assert_safe(headers: Mapping[str, str], html: str = "") -> None:
    """The headers of an answer that is nobody else's business; of a page also what it may load, and nothing inline."""
    shown = {name.lower(): value for name, value in headers.items()}
    for name, value in EVERYWHERE.items():
        assert shown.get(name.lower()) == value, (name, shown)
    assert shown["cache-control"] == "no-store", shown
    if shown.get("content-type", "").startswith("text/html"):
        said = (part.strip().partition(" ") for part in shown["content-security-policy"].split(";"))
        policy = {name: value for name, _, value in said}
        assert POLICY.items() <= policy.items(), policy
        assert set(policy) - set(POLICY) == {"frame-src"}, policy
        assert not INLINE.search(html), INLINE.search(html)


@pytest.mark.parametrize("route", PAGE_ROUTES, ids=named)
async def test_every_page_and_every_refused_form(pair: Pair, route: PageRoute) -> None:
    """Logged in and not; with a form that is not ours, of another kind, too large, or cut in its characters."""
    path = re.sub(r"\{(\w+)\}", lambda name: pair.others.get(name[1]) or str(uuid4()), route.path)
    for session in ("", pair.portal.session, "a session that is over"):
        headers = HTML | ({"Cookie": f"{SESSION_COOKIE}={session}"} if session else {})
        for kind, raw in ((FORM_TYPE, b"a=1"), ("text/plain", b"a"), (FORM_TYPE, b"a" * 70_000), (FORM_TYPE, b"%ff")):
            sent = headers | {"Content-Type": kind} if route.method == "POST" else headers
            body = raw if route.method == "POST" else None
            url = pair.portal.gateway.url + path
            call = pair.portal.gateway.client.request(route.method, url, headers=sent, data=body, allow_redirects=False)
            async with call as answer:
                assert answer.status < 500
                assert_safe(answer.headers, await answer.text("utf-8", "replace"))


@pytest.mark.parametrize("route", PUBLIC_ROUTES, ids=named)
async def test_every_route_of_the_api(pair: Pair, route: PublicRoute) -> None:
    """Answered or refused, with a session and without; a method that is not there."""
    path = re.sub(r"\{(\w+)\}", lambda name: pair.others.get(name[1]) or str(uuid4()), route.path)
    for token in (None, "nobody's"):
        for method, raw in ((route.method, b"{"), (route.method, b"x" * 70_000), ("PATCH", b"")):
            body = raw if method != "GET" else None
            answered = await pair.portal.gateway.call(method, path, token=token, raw=body)
            assert answered.status < 500
            assert_safe(answered.headers)


@pytest.mark.parametrize("accept", ["text/html", "*/*", ""])
async def test_what_is_not_there(pair: Pair, accept: str) -> None:
    """404 and 405, for people and for programs; health and metrics too."""
    for method, path in (("GET", "/no/such/page"), ("DELETE", "/pay"), ("GET", "/v1/nothing"), ("GET", "/static/x.js"),
                         ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/openapi.json")):  # fmt: skip
        answered = await pair.portal.gateway.call(method, path, headers={"Accept": accept})
        text = answered.body.decode() if isinstance(answered.body, bytes) else ""
        assert_safe(answered.headers, text)


async def test_when_a_service_is_away_or_talks_nonsense() -> None:
    """503, and an answer that is none of ours: the page of the failure is as closed as every other."""
    async with open_world() as world, Browser.at(world.gateway.url) as browser:
        browser.cookies[SESSION_COOKIE] = "ana-token"

        async def nonsense(_request: web.Request, _body: bytes) -> web.StreamResponse:
            return web.Response(body=b"<script>", content_type="text/html", status=200)

        world.payments.answer = nonsense
        await _assert_503(world, browser)
        await world.payments.stop()
        await _assert_503(world, browser)


async def _assert_503(world: World, browser: Browser) -> None:
    seen = await browser.open("/dashboard")
    assert seen.status == 503
    assert_safe(seen.headers, seen.html)
    answered = await world.gateway.call("GET", "/v1/bills", token="ana-token", headers={"Accept": "*/*"})
    if answered.status == 503:
        assert_safe(answered.headers)


async def test_when_something_fails_on_our_side() -> None:
    """500: a page that says so, as closed as every other."""
    async with open_world() as world, Browser.at(world.gateway.url) as browser:
        browser.cookies[SESSION_COOKIE] = "ana-token"
        world.parts.callers.resolve = None  # type: ignore[method-assign,assignment] # a fault of ours, wherever it is
        seen = await browser.open("/dashboard")
        assert seen.status == 500
        assert_safe(seen.headers, seen.html)


async def test_only_a_page_with_a_card_frame_lets_the_processor_in(pair: Pair) -> None:
    """Of all pages, those where a card is typed; and of all addresses, the processor's alone."""
    allowed = set()
    for route in PAGE_ROUTES:
        if route.method == "GET" and "{" not in route.path:
            async with Browser.at(pair.portal.gateway.url) as browser:
                browser.cookies[SESSION_COOKIE] = pair.portal.session
                query = "?amount_cents=1000" if route.path == "/pay/method" else ""
                seen = await browser.open(route.path + query)
            frames = re.search(r"frame-src ([^;]+)", seen.headers["Content-Security-Policy"])
            assert frames is not None
            assert frames[1] in ("'none'", "http://processor.example")
            if frames[1] != "'none'":
                allowed.add(seen.where.partition("?")[0])
    assert allowed == {"/pay/method", "/settings/payment-methods"}
