"""The gateway over real HTTP, with stand-ins for the services at their HTTP border: they note what they are sent.

Next: `conftest.py` offers a running one as the fixture `world`.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from aiohttp import web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDict

from services.gateway.domain.owner import Owner
from services.gateway.providers.upstream import open_pool
from services.gateway.settings import GatewaySettings
from services.gateway.usecases.parts import Parts
from services.gateway.wiring import SERVICE, make_parts
from shared.clocks import SystemClock
from shared.testing.http import GATEWAY_KEY, ServiceUnderTest, base_settings, serving

SERVICE_TOKEN = "service-token-of-"
START = datetime(2027, 1, 1, 12, tzinfo=UTC)
PAGE_SETTINGS = {
    "portal_url": "http://portal.example",
    "page_key": base64.b64encode(b"a key of the tests, not a secret").decode(),
    "card_frame_url": "http://processor.example/frame/card",
}
Answer = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Received:
    """One public call as it reached a service."""

    method: str
    target: str
    headers: CIMultiDict[str]
    body: bytes


async def answer_ok(_request: web.Request, _body: bytes) -> web.StreamResponse:
    """What a stand-in answers unless it is told otherwise."""
    return web.json_response({"ok": True})


@dataclass
class StandIn:
    """A service at its HTTP border. `due` are its timers in business time, `pending` what it has still to do."""

    name: str
    answer: Answer = answer_ok
    received: list[Received] = field(default_factory=list)
    server: TestServer | None = None
    ready: bool = True
    offset: timedelta = timedelta(0)
    due: list[datetime] = field(default_factory=list)
    done: list[tuple[datetime, datetime]] = field(default_factory=list)
    works: bool = True
    runs_ahead: bool = False
    pending: dict[str, int] = field(default_factory=dict)
    inside_answer: Answer | None = None
    part: dict[str, Any] = field(default_factory=lambda: {"openapi": "3.1.0", "paths": {}})

    @property
    def url(self) -> str:
        """Where it answers."""
        assert self.server is not None
        return str(self.server.make_url("")).rstrip("/")

    def now(self) -> datetime:
        """Business time: START plus what it was moved by; it stands still between moves."""
        return START + self.offset

    async def start(self, port: int | None = None) -> None:
        """Listen on a free port, or on the one it had."""
        app = web.Application()
        app.router.add_route("*", "/{anything:.*}", self._serve)
        self.server = TestServer(app, port=port)
        await self.server.start_server(shutdown_timeout=0.1)

    async def stop(self) -> int:
        """Go away; returns the port, for a later start."""
        assert self.server is not None
        port = self.server.port or 0
        await self.server.close()
        return port

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if request.path == "/readyz":
            return web.json_response({}, status=200 if self.ready else 503)
        if request.path.startswith(("/internal/", "/sandbox/")):
            assert request.headers["Portal-Gateway-Key"] == GATEWAY_KEY
            return await (self.inside_answer or self.inside)(request, body)
        self.received.append(Received(request.method, request.raw_path, CIMultiDict(request.headers), body))
        return await self.answer(request, body)

    async def inside(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """What only the gateway asks."""
        match (request.method, request.path):
            case ("GET", "/internal/openapi.json"):
                return web.json_response(self.part)
            case ("GET", "/sandbox/clock"):
                return web.json_response({"now": self.now().isoformat()})
            case ("PUT", "/sandbox/clock"):
                return self._moved(datetime.fromisoformat(json.loads(body)["now"]))
            case ("GET", "/sandbox/next-due"):
                return web.json_response({"due_at": min(self.due).isoformat() if self.due else None})
            case ("GET", "/sandbox/pending"):
                return web.json_response({"pending": {"outbox": 0, **self.pending}})
        return web.Response(status=404)

    def _moved(self, now: datetime) -> web.Response:
        if now < self.now() or self.runs_ahead:
            return web.Response(status=409)
        self.offset = now - START
        if self.works:
            self.done += [(at, now) for at in self.due if at <= now]
            self.due = [at for at in self.due if at > now]
        return web.json_response({"now": now.isoformat()})


@dataclass
class IdentityStandIn(StandIn):
    """identity: it knows sessions and partner keys; `asked` are the tokens it was asked about."""

    sessions: dict[str, UUID] = field(default_factory=dict)
    unverified: set[str] = field(default_factory=set)
    partner_keys: dict[str, UUID] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hold: asyncio.Event | None = None

    async def inside(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Who stands behind a token."""
        if request.path == "/internal/sessions/resolve":
            return await self._session(json.loads(body)["token"])
        if request.path == "/internal/partner-keys/resolve":
            return self._partner(json.loads(body)["key"])
        return await super().inside(request, body)

    async def _session(self, token: str) -> web.Response:
        self.asked.append(token)
        account_id = self.sessions.get(token)
        if self.hold is not None:
            await self.hold.wait()
        if account_id is None:
            return web.json_response({"type": "x/session-ended"}, status=401)
        return web.json_response(
            {
                "service_token": f"{SERVICE_TOKEN}{token}",
                "expires_in_seconds": 60,
                "session_id": str(uuid4()),
                "account_id": str(account_id),
                "member_id": None if token in self.unverified else str(uuid4()),
                "audience": "member",
            }
        )

    def _partner(self, key: str) -> web.Response:
        self.asked.append(key)
        if key not in self.partner_keys:
            return web.json_response({"type": "x/invalid-partner-key"}, status=401)
        shown = {"service_token": f"{SERVICE_TOKEN}{key}", "expires_in_seconds": 60, "audience": "partner"}
        return web.json_response({**shown, "partner_id": str(self.partner_keys[key])})


@dataclass
class World:
    """The gateway and the stand-ins behind it; `ana-token` is a member's session, `acme-key` a partner's key."""

    identity: IdentityStandIn
    payments: StandIn
    notify: StandIn
    gateway: ServiceUnderTest
    parts: Parts

    def owner(self, owner: Owner) -> StandIn:
        """The stand-in of a service."""
        return {Owner.IDENTITY: self.identity, Owner.PAYMENTS: self.payments, Owner.NOTIFY: self.notify}[owner]


@asynccontextmanager
async def open_world(**settings: Any) -> AsyncIterator[World]:
    """Start everything on free ports; `settings` override those of the gateway."""
    identity = IdentityStandIn("identity", sessions={"ana-token": uuid4()}, partner_keys={"acme-key": uuid4()})
    payments, notify = StandIn("payments"), StandIn("notify")
    async with AsyncExitStack() as stack:
        for service in (identity, payments, notify):
            await service.start()
            stack.push_async_callback(service.stop)
        urls = {"identity_url": identity.url, "payments_url": payments.url, "notify_url": notify.url}
        known = GatewaySettings.model_validate(base_settings(**{**PAGE_SETTINGS, **urls, **settings}))
        parts = make_parts(known, await stack.enter_async_context(open_pool()))
        gateway = await stack.enter_async_context(serving(SERVICE, parts, known, None, SystemClock()))
        yield World(identity, payments, notify, gateway, parts)
