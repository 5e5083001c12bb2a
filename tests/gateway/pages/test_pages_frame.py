"""What every page has in common: who may see it, where its forms come from, its language, what failures look like."""

import json
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiohttp import web

from services.gateway.http.pages.routes import PAGE_ROUTES
from services.gateway.http.pages.serving import Needs
from tests.gateway.gateway_world import World, open_world
from tests.gateway.pages.browsing import Browser

SESSION = "ana-token"


@pytest.fixture
async def browser(world: World) -> AsyncIterator[Browser]:
    """A browser that was never here."""
    async with Browser.at(world.gateway.url) as opened:
        yield opened


def _as_ana(browser: Browser) -> Browser:
    browser.cookies["__Host-session"] = SESSION
    return browser


async def test_every_page_says_what_it_may_load(browser: Browser) -> None:
    """Nothing inline, nothing from elsewhere, in no frame; nothing of it is kept by the browser."""
    seen = await browser.open("/log-in")
    policy = seen.headers["Content-Security-Policy"]
    for wanted in ("default-src 'none'", "script-src 'self'", "object-src 'none'", "base-uri 'none'",
                   "frame-ancestors 'none'", "form-action 'self'", "frame-src 'none'"):  # fmt: skip
        assert wanted in policy
    assert "unsafe" not in policy
    assert seen.headers["Cache-Control"] == "no-store"
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert seen.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert seen.headers["Content-Type"] == "text/html; charset=utf-8"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|\bon\w+=", seen.html)


async def test_cookies_are_out_of_reach(browser: Browser) -> None:
    """No script and no other site gets at them."""
    seen = await browser.open("/")
    for header in seen.cookies.values():
        assert header.startswith("__Host-")
        assert all(part in header for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))


@pytest.mark.parametrize("route", [it for it in PAGE_ROUTES if it.needs is not Needs.NOTHING], ids=lambda it: it.path)
async def test_who_is_not_logged_in_is_asked_to(browser: Browser, route: object) -> None:
    """Pages of members lead to Log In, and a page that was asked for comes afterwards."""
    path = re.sub(r"\{\w+\}", str(uuid4()), route.path)  # type: ignore[attr-defined] # a row of the table
    await browser.open("/log-in")
    is_form = route.method == "POST"  # type: ignore[attr-defined] # as above
    seen = await (browser.send(path, follow=False) if is_form else browser.open(path, follow=False))
    assert seen.status == 303
    assert seen.headers["Location"].startswith("/log-in")
    assert ("next=" in seen.headers["Location"]) is not is_form


async def test_a_session_that_is_over_is_said_so(browser: Browser) -> None:
    """Not an error: one logs in again, and nothing was lost."""
    browser.cookies["__Host-session"] = "over"
    seen = await browser.open("/dashboard")
    assert "Your session has ended" in seen.text
    assert "__Host-session" not in browser.cookies


@pytest.mark.parametrize(
    "more",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
    ],
)
async def test_a_form_of_another_site_does_nothing(browser: Browser, more: dict[str, str]) -> None:
    """Even with the right token."""
    await browser.open("/log-in")
    seen = await browser.send("/language", language="es", back="/", more=more)
    assert seen.status == 403
    assert "__Host-language" not in browser.cookies


@pytest.mark.parametrize("token", ["", "0" * 64, "x"])
async def test_a_form_without_our_token_does_nothing(browser: Browser, token: str) -> None:
    """The page leads back to the form, or where there is none to see, to the beginning."""
    await browser.open("/log-in")
    seen = await browser.send("/log-in", csrf=token or "none", username="ana")
    assert (seen.status, seen.heading) == (403, "This page was open for too long")
    assert '<a class="usa-button" href="/log-in">Open the page again</a>' in seen.html
    seen = await browser.send("/language", csrf=token or "none", language="es", back="/")
    assert (seen.status, seen.heading) == (403, "This page was open for too long")
    assert '<a class="usa-button" href="/">Go to the home page</a>' in seen.html


async def test_a_token_of_another_browser_does_nothing(world: World, browser: Browser) -> None:
    """Tokens belong to the browser that the page was shown to."""
    async with Browser.at(world.gateway.url) as other:
        stolen = (await other.open("/log-in")).csrf
    await browser.open("/log-in")
    assert (await browser.send("/language", csrf=stolen, language="es", back="/")).status == 403


async def test_the_language_is_the_browsers_until_one_is_chosen(world: World) -> None:
    """Spanish for who reads Spanish; the switch is remembered and leads back to the same page."""
    async with Browser.at(world.gateway.url, Accept_Language="es-MX,es;q=0.9,en;q=0.8") as browser:
        seen = await browser.open("/log-in")
        assert '<html lang="es">' in seen.html
        assert seen.headers["Content-Language"] == "es"
        seen = await browser.send("/language", language="en", back="/log-in?next=%2Fpay")
        assert seen.where == "/log-in?next=%2Fpay"
        assert '<html lang="en">' in seen.html


async def test_the_language_switch_sends_nobody_elsewhere(browser: Browser) -> None:
    """An address that leads away from us is not followed."""
    await browser.open("/")
    seen = await browser.send("/language", language="es", back="//evil.example/", follow=False)
    assert seen.headers["Location"] == "/"


async def test_an_address_that_is_not_there_is_a_page(browser: Browser) -> None:
    """For people; programs get problem+json as ever."""
    seen = await browser.open("/no/such/page")
    assert (seen.status, seen.heading) == (404, "We could not find that page")
    assert "Content-Security-Policy" in seen.headers
    browser.headers["Accept"] = "*/*"
    assert (await browser.open("/no/such/page")).headers["Content-Type"].startswith("application/problem+json")


async def test_a_service_that_is_away_is_a_page_that_says_so(world: World, browser: Browser) -> None:
    """Nothing was lost, try again: in plain words, with 503."""
    await world.payments.stop()
    seen = await _as_ana(browser).open("/dashboard")
    assert (seen.status, seen.heading) == (503, "We cannot do this at the moment")
    assert f'href="{seen.where}">Try again</a>' in seen.html


@pytest.mark.parametrize(
    ("headers", "words", "offers"),
    [
        ({"Retry-After": "600"}, "Nothing was lost. You can try again in about 10 minutes.", False),
        ({"Retry-After": "20"}, "Nothing was lost. You can try again in 20 seconds.", True),
        ({}, "Nothing was lost. Please wait a moment and try again.", True),
    ],
)
async def test_who_has_to_wait_reads_one_time_to_wait(
    world: World, browser: Browser, headers: dict[str, str], words: str, *, offers: bool
) -> None:
    """And a button to try again only where that is soon."""

    async def busy(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.json_response({"type": "x/too-many"}, status=429, headers=headers)

    world.payments.answer = busy
    seen = await _as_ana(browser).open("/bills")
    assert seen.status == 429
    assert words in seen.text
    assert ("Try again</a>" in seen.html) is offers


async def test_a_service_that_talks_nonsense_is_not_shown(world: World, browser: Browser) -> None:
    """Whatever it says, people read a sentence of ours."""

    async def nonsense(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.json_response({"secret": "hunter2"})

    world.payments.answer = nonsense
    seen = await _as_ana(browser).open("/dashboard")
    assert seen.status == 503
    assert "hunter2" not in seen.html


async def test_too_many_tries_of_one_network_wait() -> None:
    """Guessing passwords by the form is as slow as by the API."""
    async with (
        open_world(strict_limit_burst=2, strict_limit_per_second=0.1) as narrow,
        Browser.at(narrow.gateway.url) as browser,
    ):
        token = (await browser.open("/log-in")).csrf
        statuses = [(await browser.send("/log-in", csrf=token, username="a")).status for _ in range(4)]
    assert statuses == [422, 422, 429, 429]


async def test_logging_in_begins_a_new_session_and_goes_on(world: World, browser: Browser) -> None:
    """The token is in a cookie that only the browser holds; one lands where one wanted to go."""
    begun = {
        "token": SESSION,
        "session_id": str(uuid4()),
        "account_id": str(uuid4()),
        "expires_at": "2027-01-01T12:00:00Z",
    }

    async def identity(request: web.Request, body: bytes) -> web.StreamResponse:
        if request.path == "/v1/sessions":
            assert json.loads(body) == {"username": "ana", "password": " Blue-Sky-9 "}
            return web.json_response(begun, status=201)
        return web.json_response({"type": "x/y"}, status=404)

    world.identity.answer = identity
    browser.cookies["__Host-language"] = "en"
    await browser.open("/log-in?next=%2Fhelp")
    seen = await browser.send("/log-in", username=" ana ", password=" Blue-Sky-9 ", next="/help", follow=False)
    assert (seen.status, seen.headers["Location"]) == (303, "/help")
    assert browser.cookies["__Host-session"] == SESSION
    assert SESSION not in seen.html


async def test_a_wrong_password_keeps_the_name_and_never_the_password(world: World, browser: Browser) -> None:
    """Nothing typed is lost, and no password comes back in a page."""

    async def refuse(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.json_response({"type": "x/invalid-credentials", "title": "No."}, status=401)

    world.identity.answer = refuse
    await browser.open("/log-in")
    seen = await browser.send("/log-in", username="ana", password="Wrong-One-11")
    assert seen.status == 422
    assert seen.field("username") == "ana"
    assert "Wrong-One-11" not in seen.html
    assert "do not match" in seen.text


async def test_logging_out_forgets_the_session(world: World, browser: Browser) -> None:
    """At the server and in the browser."""

    async def done(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.Response(status=204)

    world.identity.answer = done
    _as_ana(browser)
    await browser.open("/help")
    seen = await browser.send("/log-out")
    assert "You are logged out." in seen.text
    assert "__Host-session" not in browser.cookies
    assert [(it.method, it.target) for it in world.identity.received][-1] == ("DELETE", "/v1/sessions/current")
