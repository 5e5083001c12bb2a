"""A new person of the marketplace in front of a browser, and the watcher behind them.

Next: `walker.py` has what they do.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Any, Protocol

from playwright.async_api import Browser, BrowserContext

from deploy.local.demo_people import PASSWORD, Person, Progress
from tests.browser.inspector import inspect
from tests.browser.walker import Look, Setting, Walker
from tests.browser.watcher import Watcher
from tests.e2e.portal import PREMIUM_CENTS, SUBSIDY_CENTS, Visitor

LOCALES = {"en": "en-US", "es": "es-US"}
HEIGHTS = {360: 800, 1280: 900}
WAIT_MILLISECONDS = 15_000

_random = SystemRandom()


class Told(Protocol):
    """A running portal."""

    def told(self) -> dict[str, Any]:
        """What `stack.json` says."""


@asynccontextmanager
async def sit_down(
    stack: Told,
    browser: Browser,
    setting: Setting,
    *,
    look: Look | None = None,
    has_account: bool = False,
    person: Person | None = None,
) -> AsyncIterator[Walker]:
    """Somebody new, enrolled; with `has_account` verified and logged in by API. Fails for what the watcher saw.

    `person` is somebody whom the portal knows already.
    """
    told = stack.told()
    async with Visitor(stack) as api, _windows(browser, setting) as context:
        someone = person or somebody_new(setting.language)
        if person is None:
            await api.enroll(someone)
            await api.settle()
        watcher = Watcher(context, told["gateway_url"], told["processor_url"])
        page = await context.new_page()
        walker = Walker(page, told["gateway_url"], setting, someone, api, look or look_closely)
        if has_account:
            await api.register(someone)
            await api.verify(someone)
        yield walker
        complaints = await watcher.complaints()
        assert complaints == [], "\n".join(complaints)


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
async def _windows(browser: Browser, setting: Setting) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(
        locale=LOCALES[setting.language],
        viewport={"width": setting.width, "height": HEIGHTS[setting.width]},
        has_touch=setting.is_phone,
        is_mobile=setting.is_phone,
        java_script_enabled=setting.scripts,
    )
    context.set_default_timeout(WAIT_MILLISECONDS)
    try:
        yield context
    finally:
        await context.close()
