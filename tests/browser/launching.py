"""The browser of the tests: this machine's Chromium."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from shared.native.packages import BROWSER_PACKAGES, find_browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Chromium without a window. Fails with what to install where there is none."""
    program = find_browser()
    assert program is not None, (
        f"These tests need a browser. Install {' and '.join(BROWSER_PACKAGES)} "
        "(python -m deploy.local install --with-browser does), then run them again."
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()
