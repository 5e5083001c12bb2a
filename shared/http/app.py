"""An aiohttp application from a route table: request ids, problem+json for every error, counts and traces of requests.

One request: `RequestFrame` (id, timing, errors) -> `Checker` (limits, caller, body) -> the route's handler -> answer.
Health, readiness and metrics are in `health.py`.
"""

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import structlog
from aiohttp import hdrs, web
from pydantic import BaseModel

from shared.context import causation_id, correlation_id
from shared.db import Unavailable
from shared.http.checking import Checker
from shared.http.metrics import Metrics
from shared.http.problems import CONTENT_TYPE, Problem, not_found, too_large, unavailable
from shared.http.routes import Reply, Route
from shared.idempotency import KeyReused
from shared.log import describe
from shared.telemetry import NOTHING, TRACEPARENT, Step, begin, is_on

log = structlog.get_logger()

REQUEST_ID = "X-Request-Id"
REQUEST_ID_KEY = web.RequestKey("request_id", str)
REQUEST_ID_FORM = re.compile(r"[A-Za-z0-9_-]{8,64}")
SLOW_SECONDS = 2.0
UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})
BASE_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

Problems = Mapping[type[Exception], Callable[[Any], Problem]]
NextStep = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RequestFrame:
    """Around every request: its id, its time, and an answer in plain words whatever goes wrong.

    `believes_callers`: a caller may say which trace a request belongs to; strangers are not asked.
    """

    def __init__(self, metrics: Metrics, problems: Problems, *, believes_callers: bool) -> None:
        self._metrics = metrics
        self._problems = problems
        self._believes_callers = believes_callers

    async def __call__(self, request: web.Request, handler: NextStep) -> web.StreamResponse:
        """Serve the request (an aiohttp middleware)."""
        started = time.perf_counter()
        shown = request.headers.get(REQUEST_ID, "")
        request_id = shown if REQUEST_ID_FORM.fullmatch(shown) else uuid4().hex
        request[REQUEST_ID_KEY] = request_id
        correlation_id.set(request_id)
        causation_id.set(request_id)
        with self._step(request) as step:
            try:
                response = await handler(request)
            except Exception as error:  # noqa: BLE001 - the one place where errors become answers
                response = self._failed(error, request, request_id)
            step.set("http.response.status_code", response.status)
        if not response.prepared:
            response.headers[REQUEST_ID] = request_id
            for name, value in BASE_HEADERS.items():
                response.headers.setdefault(name, value)
        seconds = time.perf_counter() - started
        self._metrics.note(_method_name(request), _route_name(request), response.status, seconds)
        if seconds > SLOW_SECONDS:
            log.warning("request_slow", route=_route_name(request), seconds=round(seconds, 3), request_id=request_id)
        return response

    def _step(self, request: web.Request) -> AbstractContextManager[Step]:
        if not is_on() or request.path in UNTRACED:
            return NOTHING
        method, route = _method_name(request), _route_name(request)
        told = request.headers.get(TRACEPARENT, "") if self._believes_callers else ""
        return begin(f"{method} {route}", "server", told, {"http.request.method": method, "http.route": route})

    def _failed(self, error: Exception, request: web.Request, request_id: str) -> web.Response:
        problem = self._problem(error, request, request_id)
        return web.Response(
            body=problem.body(request_id), status=problem.status, content_type=CONTENT_TYPE, headers=problem.headers
        )

    def _problem(self, error: Exception, request: web.Request, request_id: str) -> Problem:
        if isinstance(error, Problem):
            return error
        for kind in type(error).__mro__:
            if kind in self._problems:
                return self._problems[kind](error)
        if isinstance(error, Unavailable):
            return unavailable()
        if isinstance(error, KeyReused):
            return Problem(
                422,
                "idempotency-key-reused",
                "This Idempotency-Key was used for another request.",
                "Use a new key for a new payment; the same key only to send the same payment again.",
            )
        if isinstance(error, web.HTTPException):
            return _of_framework(error)
        log.error("request_failed", route=_route_name(request), request_id=request_id, **describe(error))
        return Problem(
            500, "internal", "Something went wrong on our side.", "Please try again; if it goes on, contact support."
        )


def _method_name(request: web.Request) -> str:
    """The method as a metrics label: callers may make up as many as they like."""
    return request.method if request.method in hdrs.METH_ALL else "unknown"


def _route_name(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"


def _of_framework(error: web.HTTPException) -> Problem:
    if error.status == 404:
        return not_found()
    if error.status == 405:
        allow = error.headers.get("Allow", "")
        return Problem(405, "method-not-allowed", "This address does not do that.", headers={"Allow": allow})
    if error.status == 413:
        return too_large()
    return Problem(error.status, "bad-request", "The request could not be understood.")


def respond(route_status: int, result: BaseModel | Reply | None) -> web.Response:
    """The answer as HTTP: a model with the route's status, nothing as 204, or what a Reply says."""
    if result is None:
        return web.Response(status=204)
    if isinstance(result, BaseModel):
        result = Reply(result)
    body = result.body
    if isinstance(body, BaseModel):
        body = body.model_dump_json().encode()
    return web.Response(
        body=body,
        status=result.status or route_status,
        content_type=result.content_type if body is not None else None,
        headers=result.headers,
    )


def serve_route(checker: Checker, route: Route) -> NextStep:
    """The aiohttp handler of one row of the table."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if route.max_body_bytes is not None:
            request._client_max_size = route.max_body_bytes  # noqa: SLF001 - aiohttp has no limit per route
        call = await checker.call(route, request, request[REQUEST_ID_KEY])
        return respond(route.status, await route.handler(call))

    return handle


def build_app(
    *,
    routes: Sequence[Route],
    checker: Checker,
    metrics: Metrics,
    problems: Problems,
    max_body_bytes: int,
    believes_callers: bool,
) -> web.Application:
    """The application that serves the table."""
    frame = RequestFrame(metrics, problems, believes_callers=believes_callers)

    @web.middleware
    async def middleware(request: web.Request, handler: NextStep) -> web.StreamResponse:
        return await frame(request, handler)

    app = web.Application(middlewares=[middleware], client_max_size=max_body_bytes)
    for route in routes:
        app.router.add_route(route.method, route.path, serve_route(checker, route))
    return app
