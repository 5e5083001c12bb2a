"""The only module that knows every part of the gateway. Next: `__main__.py` runs it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import aiohttp
from aiohttp import web

from services.gateway.domain.caller_cache import CallerCache
from services.gateway.domain.owner import Owner
from services.gateway.domain.rate_limit import RateLimiter
from services.gateway.domain.receipt import Help
from services.gateway.events import SessionListener
from services.gateway.http.forward import forwarding_route
from services.gateway.http.own import OWN_ROUTES
from services.gateway.http.pages.assets import Assets
from services.gateway.http.pages.page import Kit
from services.gateway.http.pages.rendering import Renderer
from services.gateway.http.pages.routes import PAGE_ROUTES
from services.gateway.http.pages.serving import add_pages
from services.gateway.http.problems import PROBLEMS
from services.gateway.http.receipt import RECEIPT_ROUTE, receipt_description
from services.gateway.http.routes import PUBLIC_ROUTES
from services.gateway.providers.identity import Identity
from services.gateway.providers.notify import Notify
from services.gateway.providers.page_keys import PageKeys
from services.gateway.providers.payments import Payments
from services.gateway.providers.service import PortalService
from services.gateway.providers.typesetter import Typesetter
from services.gateway.providers.upstream import Upstream, open_pool
from services.gateway.settings import GatewaySettings
from services.gateway.usecases.business_time import BusinessTime
from services.gateway.usecases.describe_api import ApiDescription
from services.gateway.usecases.move_clock import SandboxClock
from services.gateway.usecases.parts import Parts
from services.gateway.usecases.resolve_caller import CallerResolver
from services.gateway.usecases.write_receipt import ReceiptWriter
from shared.service import Core, Service

MAX_CALLERS = 50_000
MAX_PARTNERS = 1_000
MAX_REFUSALS = 1_000
MAX_NETWORKS = 100_000
KEEP_CALLER_SECONDS = 10.0
KEEP_REFUSAL_SECONDS = 1.5
API_INFO = {"title": "Health Connector Payment Portal", "version": "1"}
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with none at all, browsers say "Origin: null" of our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Server": "portal",  # not which software in which version
}
HSTS = "max-age=63072000; includeSubDomains"
NEEDED_TO_BE_READY = (Owner.IDENTITY, Owner.PAYMENTS)


def make_parts(settings: GatewaySettings, pool: aiohttp.ClientSession) -> Parts:
    """The parts, over an open pool of connections."""
    identity = Identity(_upstream(Owner.IDENTITY, settings.identity_url, settings, pool), _key(settings))
    payments = Payments(_upstream(Owner.PAYMENTS, settings.payments_url, settings, pool), _key(settings))
    notify = Notify(_upstream(Owner.NOTIFY, settings.notify_url, settings, pool), _key(settings))
    services: dict[Owner, PortalService] = {service.OWNER: service for service in (identity, payments, notify)}
    every = tuple(services.values())
    return Parts(
        settings=settings,
        services=services,
        identity=identity,
        payments=payments,
        callers=CallerResolver(identity, _cache(MAX_CALLERS), _cache(MAX_PARTNERS)),
        time=BusinessTime(payments if settings.is_sandbox else None),
        limiter=RateLimiter(MAX_NETWORKS),
        proxies=settings.trusted_proxies,
        api=ApiDescription(
            every,
            [*((it.method, it.path) for it in PUBLIC_ROUTES), (RECEIPT_ROUTE.method, RECEIPT_ROUTE.path)],
            API_INFO,
            own=receipt_description(),
        ),
        sandbox_clock=SandboxClock(every, settings.settle_timeout_seconds) if settings.is_sandbox else None,
        receipts=ReceiptWriter(Help(settings.support_phone, settings.portal_url, settings.is_sandbox), Typesetter()),
    )


def _upstream(owner: Owner, url: str, settings: GatewaySettings, pool: aiohttp.ClientSession) -> Upstream:
    return Upstream(owner, url, pool, settings.upstream_timeout_seconds)


def _key(settings: GatewaySettings) -> str:
    return settings.gateway_key.get_secret_value()


def _cache(max_entries: int) -> CallerCache:
    return CallerCache(
        max_entries=max_entries,
        max_refusals=MAX_REFUSALS,
        keep_seconds=KEEP_CALLER_SECONDS,
        keep_refusal_seconds=KEEP_REFUSAL_SECONDS,
    )


@asynccontextmanager
async def build(core: Core) -> AsyncIterator[Parts]:
    """The parts, with the listener for ended sessions at work; it never keeps the gateway from serving."""
    settings: GatewaySettings = core.settings
    async with open_pool() as pool:
        parts = make_parts(settings, pool)
        listener = SessionListener(settings.amqp_url.get_secret_value(), parts.callers)
        listening = asyncio.create_task(listener.run(), name="session listener")
        try:
            yield parts
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


async def missing_services(parts: Parts) -> Sequence[str]:
    """The services which the gateway cannot work without and which do not answer."""
    needed = [parts.services[owner] for owner in NEEDED_TO_BE_READY]
    ready = await asyncio.gather(*(service.is_ready() for service in needed))
    return [service.OWNER.value for service, is_ready in zip(needed, ready, strict=True) if not is_ready]


def extend_app(app: web.Application, parts: Parts) -> None:
    """Add the pages, and put the security headers on every answer, errors and health included.

    Outside the sandbox, which has no HTTPS, browsers are told to stay with it. Raises AssetsMissing.
    """
    assets = Assets()
    app.router.add_get("/static/{name}", assets.serve)
    add_pages(app, Kit(Renderer(assets), PageKeys(parts.settings.page_key_bytes)), parts, PAGE_ROUTES)
    headers = SECURITY_HEADERS if parts.settings.is_sandbox else SECURITY_HEADERS | {"Strict-Transport-Security": HSTS}

    async def secure(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)

    app.on_response_prepare.append(secure)


SERVICE: Service[Parts] = Service(
    name="gateway",
    settings=GatewaySettings,
    routes=(*OWN_ROUTES, *(forwarding_route(public) for public in PUBLIC_ROUTES)),
    build=build,
    problems=PROBLEMS,
    ready=missing_services,
    extend=extend_app,
    is_public=True,
)
