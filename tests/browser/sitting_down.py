"""A new person of the marketplace in front of a browser, and the watcher behind them.

Next: `walker.py` has what they do.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, expect

from deploy.local.demo_people import PASSWORD, PEOPLE, Person, Progress
from services.gateway.http.pages.page import SESSION_COOKIE
from tests.browser.inspector import inspect
from tests.browser.walker import Look, Setting, Walker
from tests.browser.watcher import Watcher
from tests.e2e.portal import PREMIUM_CENTS, SUBSIDY_CENTS, Running, Visitor

LOCALES = {"en": "en-US", "es": "es-US"}
HEIGHTS = {360: 800, 1280: 900}
WAIT_MILLISECONDS = 15_000

_random = SystemRandom()


@asynccontextmanager
async def sit_down(
    stack: Running,
    browser: Browser,
    setting: Setting,
    *,
    look: Look | None = None,
    person: Person | None = None,
    has_account: bool = False,
    log_in: bool = True,
) -> AsyncIterator[Walker]:
    """Somebody new, enrolled, or this `person`; those of the demo data have an account. Fails for what the watcher saw.

    `has_account`: verified, and logged in unless `log_in` is False.
    """
    told = stack.told()
    async with Visitor(stack) as api, windows(browser, setting) as context:
        someone = person or somebody_new(setting.language)
        is_known = someone in PEOPLE
        if not is_known:
            await api.enroll(someone)
            await api.settle()
        if has_account and not is_known:
            await api.register(someone)
            await api.verify(someone)
        if is_known:
            await _log_in_by_api(api, someone)
        watcher = Watcher(context, told["gateway_url"], told["processor_url"])
        if api.token and log_in:
            await context.add_cookies([session_cookie(told["gateway_url"], api.token)])
        page = await context.new_page()
        yield Walker(page, told["gateway_url"], setting, someone, api, look or look_closely)
        complaints = await watcher.complaints()
        assert complaints == [], "\n".join(complaints)


async def _log_in_by_api(api: Visitor, person: Person) -> None:
    session = await api.done("POST", "/v1/sessions", {"username": person.username, "password": PASSWORD})
    api.token = session["token"]


def session_cookie(portal: str, token: str) -> Any:
    """The cookie of a session, as a browser keeps it."""
    # said to come from https: browsers take no such cookie from elsewhere, but send it to localhost
    secure = f"https://{urlsplit(portal).hostname}/"
    return {"name": SESSION_COOKIE, "value": token, "url": secure, "secure": True, "httpOnly": True, "sameSite": "Lax"}


def somebody_new(language: str) -> Person:
    """Somebody whom no portal has met, also one that has been running for long."""
    number = _random.randrange(600_000, 990_000)
    name = "".join("abcdefghij"[int(digit)] for digit in str(number))
    ssn = f"212-{number // 10_000}-{_random.randrange(1, 10_000):04d}"
    return Person(
        Progress.ENROLLED, number, "Ada", f"Visitor{name}", "1984-05-17", ssn, "07081",
        language, "Evergreen Silver 2500", PREMIUM_CENTS, SUBSIDY_CENTS,
    )  # fmt: skip


async def look_closely(walker: Walker, name: str) -> None:
    """Fail for everything that is wrong with the page."""
    setting, person = walker.setting, walker.person
    problems = await inspect(
        walker.page,
        language=setting.language,
        with_scripts=setting.scripts,
        secrets=(person.ssn, person.ssn.replace("-", ""), PASSWORD, "4242424242424242"),
    )
    assert problems == [], f"{setting.name}, {name} ({walker.page.url}):\n" + "\n".join(problems)


@asynccontextmanager
async def windows(browser: Browser, setting: Setting) -> AsyncIterator[BrowserContext]:
    """Windows and cookies of their own."""
    context = await browser.new_context(
        locale=LOCALES[setting.language],
        viewport={"width": setting.width, "height": HEIGHTS[setting.width]},
        has_touch=setting.is_phone,
        is_mobile=setting.is_phone,
        java_script_enabled=setting.scripts,
    )
    context.set_default_timeout(WAIT_MILLISECONDS)
    expect.set_options(timeout=WAIT_MILLISECONDS)
    try:
        yield context
    finally:
        await context.close()
