"""Looks over a browser's shoulder during a whole test: what must never happen on any page, whatever is done there.

Next: `inspector.py` looks at single pages.
"""

import re
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response

STATUS_NOTE = re.compile(r"Failed to load resource: the server responded with a status of (4|5)\d\d")
"""Chromium's own note beside a page that came with such a status, as pages with errors do (422, 503)."""


class Watcher:
    """Watches all pages of a browser context; `complaints` must be empty at the end.

    `is_shown_failures`: the portal is made to fail, so that a page with a status of 5xx is no reason to complain.
    """

    def __init__(
        self, context: BrowserContext, portal: str, processor: str, *, is_shown_failures: bool = False
    ) -> None:
        self._worst = 599 if is_shown_failures else 499
        self.seen: list[str] = []
        self._context = context
        self._portal = portal
        self._hosts = {urlsplit(portal).netloc, urlsplit(processor).netloc}
        self._complaints: list[str] = []
        self._refused_pages: set[str] = set()
        self._notes: list[tuple[str, str]] = []
        context.on("console", self._heard)
        context.on("weberror", lambda error: self._complaints.append(f"script failed: {error.error}"))
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("page", lambda page: page.on("crash", self._crashed))

    def _heard(self, message: ConsoleMessage) -> None:
        where = message.location["url"]
        if STATUS_NOTE.match(message.text):
            self._notes.append((where, message.text))
        else:
            self._complaints.append(f"console {message.type}: {message.text} ({where})")

    def _crashed(self, page: Page) -> None:
        self._complaints.append(f"the browser gave up on {page.url}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self._hosts:
            self._complaints.append(f"asked somebody else: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status > self._worst:
            self._complaints.append(f"{response.status} from {response.url}")
        if not response.url.startswith(self._portal):
            return
        is_page = response.request.is_navigation_request()
        if is_page and 400 <= response.status <= self._worst:
            self._refused_pages.add(response.url)
        if is_page and response.status not in (302, 303):
            self.seen.append(response.url)
            self._check_headers(response)

    def _check_headers(self, response: Response) -> None:
        headers = response.headers
        policy = headers.get("content-security-policy", "")
        if "html" in headers.get("content-type", "") and ("default-src 'none'" not in policy or "unsafe" in policy):
            self._complaints.append(f"weak policy {policy!r} on {response.url}")
        if "no-store" not in headers.get("cache-control", ""):
            self._complaints.append(f"may be stored: {response.url}")

    async def complaints(self) -> list[str]:
        """Everything that should not have been, so far."""
        notes = [f"console: {text} ({where})" for where, text in self._notes if where not in self._refused_pages]
        return [*self._complaints, *notes, *await self._bad_cookies()]

    async def _bad_cookies(self) -> list[str]:
        return [
            f"cookie {cookie['name']} is not __Host-, Secure, HttpOnly, SameSite=Lax"
            for cookie in await self._context.cookies(self._portal)
            if not (
                cookie["name"].startswith("__Host-")
                and cookie["secure"]
                and cookie["httpOnly"]
                and cookie["sameSite"] == "Lax"
                and cookie["path"] == "/"
            )
        ]
