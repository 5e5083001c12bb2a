"""One request of a browser and the answer to it: who is there, in which language, what was typed; render or redirect.

Next: the page's own file (`log_in.py`, `pay.py`, …) decides what to show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from multidict import CIMultiDict, MultiDict, MultiMapping

from services.gateway.domain.form import Form
from services.gateway.domain.wording import Language
from services.gateway.http.pages.rendering import Renderer
from services.gateway.providers.identity import Identity
from services.gateway.providers.page_keys import PageKeys
from services.gateway.providers.payments import Payments
from services.gateway.providers.visit import Visit
from services.gateway.settings import GatewaySettings
from services.gateway.usecases.parts import Parts
from shared.clocks import business_day

SESSION_COOKIE = "__Host-session"
VISIT_COOKIE = "__Host-visit"
LANGUAGE_COOKIE = "__Host-language"
DRAFT_COOKIE = "__Host-draft"
YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, slots=True)
class Kit:
    """What all pages share."""

    renderer: Renderer
    keys: PageKeys


@dataclass(frozen=True, slots=True)
class MemberHere:
    """Who is logged in, as templates ask for it."""

    verified: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence on top of a page: `kind` is success, info, warning or error."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """`page` in every template."""

    language: str
    other_language: str
    path: str
    member: MemberHere | None
    csrf: str
    here: str
    notice: Notice | None
    support_phone: str
    idle_seconds: int | None
    is_sandbox: bool


class Page:
    """A request for a page. `fields` are those of a form that was checked to come from a page of ours."""

    def __init__(
        self,
        kit: Kit,
        parts: Parts,
        request: web.Request,
        visit: Visit,
        *,
        language: Language,
        visit_id: str,
        session_token: str | None,
        fields: MultiMapping[str] | None = None,
    ) -> None:
        self._kit = kit
        self._parts = parts
        self._request = request
        self._cookies: list[str] = []
        self.visit = visit
        self.language = language
        self.visit_id = visit_id
        self.session_token = session_token
        self.fields: MultiMapping[str] = MultiDict() if fields is None else fields

    @property
    def settings(self) -> GatewaySettings:
        """The gateway's settings."""
        return self._parts.settings

    @property
    def identity(self) -> Identity:
        """People, accounts, sessions, cases."""
        return self._parts.identity

    @property
    def payments(self) -> Payments:
        """Bills and payments."""
        return self._parts.payments

    async def today(self) -> date:
        """Business day in New York."""
        return business_day(await self._parts.time.now())

    @property
    def parts(self) -> Parts:
        """The gateway."""
        return self._parts

    @property
    def keys(self) -> PageKeys:
        """Signs and seals."""
        return self._kit.keys

    @property
    def is_post(self) -> bool:
        """Whether a form was sent."""
        return self._request.method == "POST"

    @property
    def address(self) -> str:
        """Where one can come back to: after a form without what it said."""
        return self._request.path if self.is_post else self._request.path_qs

    @property
    def own_address(self) -> str:
        """Where the form that was sent stands; empty when nothing can be seen there."""
        resource = self._request.match_info.route.resource
        is_shown = resource is not None and any(route.method == "GET" for route in resource)
        return self._request.path if is_shown else ""

    @property
    def query(self) -> Mapping[str, str]:
        """The first value of each query parameter."""
        return {name: self._request.query[name] for name in self._request.query}

    def many_of_query(self, name: str) -> list[str]:
        """All values of a query parameter that may stand there more than once."""
        return list(self._request.query.getall(name, []))

    @property
    def path_values(self) -> Mapping[str, str]:
        """The values in the path."""
        return self._request.match_info

    @property
    def form(self) -> Form:
        """What was typed, as a new form."""
        return Form({name: self.fields[name] for name in self.fields})

    def many(self, name: str) -> list[str]:
        """All values of a field that may be chosen more than once."""
        return list(self.fields.getall(name, []))

    def cookie(self, name: str) -> str:
        """A cookie of the request; empty when there is none."""
        return self._request.cookies.get(name, "")

    def set_cookie(self, name: str, value: str, *, seconds: int | None = None) -> None:
        """Give the browser a cookie that scripts and other sites never see; without `seconds` until it closes."""
        lasting = "" if seconds is None else f"; Max-Age={seconds}"
        self._cookies.append(f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{lasting}")

    def drop_cookie(self, name: str) -> None:
        """Take a cookie back."""
        self.set_cookie(name, "", seconds=0)

    def use_language(self, language: Language) -> None:
        """Speak this language from now on, on this device."""
        self.language = language
        self.set_cookie(LANGUAGE_COOKIE, language.value, seconds=YEAR_SECONDS)

    def _(self, words: str) -> str:
        """A text in the reader's language."""
        return self._kit.renderer.text(self.language, words)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """A text that depends on a count."""
        return self._kit.renderer.texts(self.language, one, many, count)

    def render(
        self,
        template: str,
        *,
        status: int = 200,
        here: str = "",
        notice: Notice | None = None,
        card_frame: bool = False,
        **context: Any,
    ) -> web.Response:
        """The page as HTML; `here` marks the place in the menu, `card_frame` lets the processor's frame in."""
        shown = Shown(
            language=self.language.value,
            other_language=self.language.other.value,
            path=self.address,
            member=None if self.visit.caller is None else MemberHere(self.visit.caller.is_verified),
            csrf=self.keys.form_token(self.visit_id),
            here=here,
            notice=notice,
            support_phone=self.settings.support_phone,
            idle_seconds=None if self.visit.caller is None else self.settings.session_idle_seconds,
            is_sandbox=self.settings.is_sandbox,
        )
        html = self._kit.renderer.html(template, self.language, {"page": shown, "status": status, **context})
        frames = self.settings.card_frame_origin if card_frame else "'none'"
        response = web.Response(text=html, status=status, content_type="text/html", headers=self._headers())
        response.headers["Content-Security-Policy"] = content_security_policy(frames)
        response.headers["Content-Language"] = self.language.value
        return response

    def go(self, path: str, pairs: Sequence[tuple[str, str]] = (), **query: str) -> web.Response:
        """Send the browser on to a page, as an answer to a form (303); `pairs` where a name stands more than once."""
        wanted = [*pairs, *query.items()]
        target = f"{path}?{urlencode(wanted)}" if wanted else path
        headers = self._headers()
        headers["Location"] = target
        return web.Response(status=303, headers=headers)

    def with_headers(self, response: web.Response) -> web.Response:
        """Another kind of answer (a PDF, a 204), with this page's cookies."""
        for value in self._cookies:
            response.headers.add("Set-Cookie", value)
        return response

    def _headers(self) -> CIMultiDict[str]:
        headers = CIMultiDict({"Cache-Control": "no-store"})
        for value in self._cookies:
            headers.add("Set-Cookie", value)
        return headers


def content_security_policy(frames: str) -> str:
    """What a page may load: our own files and, where a card is typed, the processor's frame. Nothing inline."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        f"frame-src {frames}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    )
