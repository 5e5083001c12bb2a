"""The processor's card form, for a frame on the merchant's pay page: card data is typed here and stays here.

GET /frame/card is written for the origin that frames it and lets no other frame it; `frame/` has its page, script, look
and words. What the script and the page around it say to each other stands at the top of `frame/card.js`.
"""

import html
import re
from pathlib import Path
from string import Template

import orjson
from aiohttp import web

from deploy.processor_sandbox.errors import FieldInvalid

FOLDER = Path(__file__).with_name("frame")
LOOPBACK = ("127.0.0.1", "localhost")
MAX_ORIGIN_CHARACTERS = 300
USUAL_PORTS = {"http": "80", "https": "443"}
_ORIGIN = re.compile(r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([1-9][0-9]{0,4}))?", re.ASCII)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'"
)
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class CardFrame:
    """The page in each language, its script and its look, read once."""

    def __init__(self) -> None:
        self._page = Template((FOLDER / "card.html").read_text(encoding="utf-8"))
        self._texts: dict[str, dict[str, str]] = orjson.loads((FOLDER / "texts.json").read_bytes())
        self._script = (FOLDER / "card.js").read_text(encoding="utf-8")
        self._look = (FOLDER / "card.css").read_text(encoding="utf-8")

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/frame/card", self.show_page)
        router.add_get("/frame/card.js", self.show_script)
        router.add_get("/frame/card.css", self.show_look)

    async def show_page(self, request: web.Request) -> web.Response:
        """GET /frame/card?lang=&origin=: the form, for that origin alone. Raises FieldInvalid."""
        language = request.query.get("lang", "")
        if language not in self._texts:
            raise FieldInvalid("lang", f"This must be one of: {', '.join(self._texts)}.")
        origin = framing_origin(request.query.get("origin", ""))
        words = {name: html.escape(text) for name, text in self._texts[language].items()}
        body = self._page.substitute(words, lang=language, origin=html.escape(origin))
        return _answer(body, "text/html", f"{_POLICY}; frame-ancestors {origin}")

    async def show_script(self, _request: web.Request) -> web.Response:
        """GET /frame/card.js."""
        return _answer(self._script, "text/javascript", f"{_POLICY}; frame-ancestors 'none'")

    async def show_look(self, _request: web.Request) -> web.Response:
        """GET /frame/card.css."""
        return _answer(self._look, "text/css", f"{_POLICY}; frame-ancestors 'none'")


def framing_origin(text: str) -> str:
    """Check an origin as browsers write it: lower case, no path, no usual port; http on this machine alone.

    Raises FieldInvalid: what is not one could end the policy's directive and begin another.
    """
    found = _ORIGIN.fullmatch(text) if len(text) <= MAX_ORIGIN_CHARACTERS else None
    if found is None or ".." in text:
        raise FieldInvalid("origin", "This must be an origin as browsers write it, like https://portal.example.")
    scheme, host, port = found.groups()
    if port is not None and (port == USUAL_PORTS[scheme] or int(port) > 65_535):
        raise FieldInvalid("origin", "The port must be one that browsers write: not the usual one, at most 65535.")
    if scheme == "http" and host not in LOOPBACK:
        raise FieldInvalid("origin", "Only https:// may frame a card form; http:// only on this machine.")
    return text


def _answer(body: str, content_type: str, policy: str) -> web.Response:
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    return web.Response(text=body, content_type=content_type, charset="utf-8", headers=headers)
