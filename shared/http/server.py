"""The HTTP server under the application: what goes wrong before a request reaches a route is answered plainly as well.

aiohttp would answer a broken request line itself: with the parser's words, which repeat what was sent, and a banner
naming versions. And who is slow on purpose is cut: a header has 15 s, a body the deadline of its reader (`checking.py`,
`streaming.py`), and an answer has to be taken. Next: `shared/http/app.py` answers all that can be read as a request.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast
from uuid import uuid4

import structlog
from aiohttp import HttpVersion10, HttpVersion11, hdrs, web
from aiohttp.web_protocol import RequestHandler

from shared.http.app import BASE_HEADERS, REQUEST_ID
from shared.http.problems import CONTENT_TYPE, Problem
from shared.log import describe

log = structlog.get_logger()

KEEP_ALIVE_SECONDS = 15  # also the time in which the header of a request has to arrive
LINGERING_SECONDS = 3.0  # how long the rest of a refused body is read, so that its sender gets to see the refusal
LOOK_SECONDS = 4.0
LOOKS = 2
HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
LEAST_BYTES = 2_048  # in one look: slower than any modem
SERVER_NAME = "portal"  # not which software in which version


class PlainRequestHandler(RequestHandler):
    """One connection; errors of the framework itself become problem+json, without the framework's words."""

    __slots__ = ("_line", "_looks_without", "_unsent_bytes")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has connected."""
        self._line = cast("asyncio.WriteTransport", transport)  # uvloop's is one without saying so
        self._unsent_bytes, self._looks_without = 0, 0
        super().connection_made(transport)

    def look(self) -> None:
        """Cut who does not take their answer, also where we have closed already and only its rest is to go out."""
        unsent_bytes = self._line.get_write_buffer_size()
        is_stuck = unsent_bytes > max(0, self._unsent_bytes - LEAST_BYTES)
        self._looks_without = self._looks_without + 1 if is_stuck else 0
        self._unsent_bytes = unsent_bytes
        if self._looks_without > LOOKS:
            self._line.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - the parser's words repeat what was sent
    ) -> web.StreamResponse:
        """The answer to what could not be read, or to an error outside of every route; the connection is closed."""
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent already")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("request_failed", route="unknown", **(describe(exc) if exc else {}))
        response = _plain(status)
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer; errors of the framework are put into our words first."""
        if isinstance(resp, web.HTTPException):
            resp = _plain(resp.status)
            resp.force_close()
        broken = request._payload.exception() is not None  # noqa: SLF001 - aiohttp would go on to read what it cannot
        if broken:
            resp.force_close()
        if not resp.prepared:
            resp.headers.setdefault("Server", SERVER_NAME)
        finished = await super().finish_response(request, resp, start_time)
        if broken:
            self.force_close()
        return finished


def _plain(status: int) -> web.Response:
    request_id = uuid4().hex
    problem = Problem(status, "bad-request", "The request could not be understood.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        problem = Problem(status, "internal", "Something went wrong on our side.")
    headers = {**BASE_HEADERS, REQUEST_ID: request_id}
    return web.Response(body=problem.body(request_id), status=status, content_type=CONTENT_TYPE, headers=headers)


Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def unambiguous(handler: Handler) -> Handler:
    """Only what a proxy before us cannot have read otherwise: a version that we know, a real host, no chunks in 1.0."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        headers, version = request.headers, request.version
        is_old = version == HttpVersion10
        if not (is_old or version == HttpVersion11) or (is_old and hdrs.TRANSFER_ENCODING in headers):
            raise web.HTTPBadRequest
        if not HOST.fullmatch(headers.get(hdrs.HOST, "none" if is_old else "")):
            raise web.HTTPBadRequest
        return await handler(request)

    return handle


class PlainServer(web.Server):
    """A server of such connections, which looks after them now and then."""

    _next_look: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look at all of them, and again after a while."""
        self._next_look = self._loop.call_later(LOOK_SECONDS, self.watch)
        for handler in self.connections:
            if isinstance(handler, PlainRequestHandler):
                handler.look()

    async def shutdown(self, timeout: float | None = None) -> None:
        """End all connections."""
        if self._next_look is not None:
            self._next_look.cancel()
        await super().shutdown(timeout)

    def __call__(self) -> RequestHandler:
        """A handler for a new connection."""
        return PlainRequestHandler(self, loop=self._loop, **self._kwargs)


class PlainRunner(web.AppRunner):
    """Runs an application on such a server; a caller who goes away does not cancel what was begun for them."""

    __slots__ = ()

    def __init__(self, app: web.Application, *, drain_timeout_seconds: float) -> None:
        super().__init__(
            app,
            access_log=None,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            lingering_time=LINGERING_SECONDS,
            shutdown_timeout=drain_timeout_seconds,
            handler_cancellation=False,
        )

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        options: dict[str, Any] = made._kwargs  # noqa: SLF001 - aiohttp takes no other class of server
        server = PlainServer(
            unambiguous(made.request_handler),
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=asyncio.get_running_loop(),
            **options,
        )
        server.watch()
        return server
