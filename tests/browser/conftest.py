"""A whole portal with its demo data, a browser, and people who sit down in front of it.

One worker runs all tests that need a portal (`tests/e2e/one_stack_at_a_time.py`). Next: `walker.py`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.launching import open_browser
from tests.browser.sitting_down import sit_down
from tests.browser.walker import Setting, Walker
from tests.e2e.stack_process import StackProcess

SitDown = Callable[..., Awaitable[Walker]]


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StackProcess]:
    """The stack, ready, with demo data."""
    running = StackProcess(tmp_path_factory.mktemp("stack") / "local", "--any-ports")
    try:
        await running.start()
        await running.until_ready()
        yield running
    finally:
        await running.discard()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser; each person in a test has windows and cookies of their own."""
    async with open_browser() as browser:
        yield browser


@pytest.fixture
async def at_a_browser(stack: StackProcess, browser: Browser) -> AsyncIterator[SitDown]:
    """Somebody new, enrolled and without an account, in front of a browser; watched to the end of the test."""
    async with AsyncExitStack() as sitting:

        async def come(setting: Setting, **options: Any) -> Walker:
            return await sitting.enter_async_context(sit_down(stack, browser, setting, **options))

        yield come
