"""The HTTP server under the application: what goes wrong before a request reaches a route is answered plainly as well.

aiohttp would answer a broken request line itself: with the parser's words, which repeat what was sent, and a banner
naming versions. Next: `shared/http/app.py` answers all that can be read as a request.
"""

import asyncio
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from shared.http.app import BASE_HEADERS, REQUEST_ID
from shared.http.problems import CONTENT_TYPE, Problem
from shared.log import describe

log = structlog.get_logger()

KEEP_ALIVE_SECONDS = 15  # also the time in which the header of a request has to arrive
SERVER_NAME = "portal"  # not which software in which version


class PlainRequestHandler(RequestHandler):
    """One connection; errors of the framework itself become problem+json, without the framework's words."""

    __slots__ = ()

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


class PlainServer(web.Server):
    """A server of such connections."""

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
            shutdown_timeout=drain_timeout_seconds,
            handler_cancellation=False,
        )

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        options: dict[str, Any] = made._kwargs  # noqa: SLF001 - aiohttp takes no other class of server
        return PlainServer(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=asyncio.get_running_loop(),
            **options,
        )
