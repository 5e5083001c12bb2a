"""A browser without scripts, for tests of pages: it keeps cookies, follows forms, and sends what browsers send."""

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

from aiohttp import ClientSession, DummyCookieJar

FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it came; `where` is its address without the host."""

    status: int
    where: str
    html: str
    headers: dict[str, str]
    cookies: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """What a person reads, in one line."""
        return _Text.of(self.html)

    @property
    def heading(self) -> str:
        """The main heading."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.html, re.S)
        return _Text.of(found[1]) if found else ""

    @property
    def rows(self) -> list[list[str]]:
        """The rows of all tables, cell by cell, heads left out."""
        found = re.findall(r"<tr[^>]*>(.*?)</tr>", self.html, re.S)
        cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in found if "columnheader" not in row]
        return [[_Text.of(cell) for cell in row] for row in cells]

    @property
    def csrf(self) -> str:
        """The token of the forms of this page."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.html)
        return unescape(found[1]) if found else ""

    def field(self, name: str) -> str:
        """The value of a hidden or filled-in field."""
        found = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', self.html)
        value = re.search(r'value="([^"]*)"', found[0]) if found else None
        return unescape(value[1]) if value else ""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    @classmethod
    def of(cls, html: str) -> str:
        reader = cls()
        reader.feed(html)
        return " ".join("".join(reader.parts).split())


@dataclass
class Browser:
    """One browser at one portal. `headers` go with every request."""

    url: str
    client: ClientSession
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    last: Seen | None = None

    @classmethod
    def at(cls, url: str, **headers: str) -> "Browser":
        """A new browser; `async with browser:` closes it."""
        named = {"Accept": "text/html", **{name.replace("_", "-"): text for name, text in headers.items()}}
        return cls(url, ClientSession(cookie_jar=DummyCookieJar()), headers=named)

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.client.close()

    async def open(self, path: str, *, follow: bool = True) -> Seen:
        """Go to a page, and on where it sends one."""
        return await self._ask("GET", path, None, {}, follow=follow)

    async def send(
        self,
        path: str,
        *,
        follow: bool = True,
        csrf: str | None = None,
        more: dict[str, str] | None = None,
        **fields: Any,
    ) -> Seen:
        """Send a form with the token of the page seen last; a list sends a field more than once."""
        shown = csrf if csrf is not None else (self.last.csrf if self.last else "")
        pairs = [("csrf", shown)] if shown else []
        for name, value in fields.items():
            pairs += [(name, str(one)) for one in (value if isinstance(value, list) else [value])]
        return await self._ask("POST", path, pairs, more or {}, follow=follow)

    async def _ask(
        self, method: str, path: str, pairs: list[tuple[str, str]] | None, more: dict[str, str], *, follow: bool
    ) -> Seen:
        seen = await self._once(method, path, pairs, more)
        while follow and seen.status in (302, 303):
            seen = await self._once("GET", seen.headers["Location"], None, {})
        self.last = seen
        return seen

    async def _once(self, method: str, path: str, pairs: list[tuple[str, str]] | None, more: dict[str, str]) -> Seen:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**self.headers, **({"Cookie": cookie} if cookie else {}), **more}
        async with self.client.request(
            method, self.url + path, data=pairs, headers=headers, allow_redirects=False
        ) as response:
            body = await response.read()
            set_now: dict[str, str] = {}
            for header in response.headers.getall("Set-Cookie", []):
                name, _, rest = header.partition("=")
                value = rest.partition(";")[0]
                set_now[name] = header
                if "Max-Age=0" in header:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = value
            html = body.decode("utf-8", "replace") if "html" in response.content_type else ""
            return Seen(response.status, path, html, dict(response.headers), set_now, body)
