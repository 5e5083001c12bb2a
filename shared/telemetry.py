"""Traces: which steps a request or an event took, through all services. Off unless PORTAL_OTLP_ENDPOINT is set.

While it is off a step costs one comparison, and nothing of OpenTelemetry is imported: `shared/otlp.py` does that.
Spans carry ids, names of routes and events, and statuses; never paths, queries, values or texts of errors.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import structlog

if TYPE_CHECKING:
    from shared.otlp import Attributes, Kind, OtlpTracer

log = structlog.get_logger()

TRACEPARENT = "traceparent"
STOP_SECONDS = 4.0


class Step(Protocol):
    """A step under way."""

    def set(self, name: str, value: str | int) -> None:
        """Say more about it."""


class _Nothing:
    """A step that nobody records."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, _error: BaseException | None, _traceback: TracebackType | None) -> None:
        return

    def set(self, name: str, value: str | int) -> None:
        """Say nothing."""


NOTHING = _Nothing()
_NONE: "Attributes" = {}
_tracer: "OtlpTracer | None" = None


def is_on() -> bool:
    """Whether steps are recorded; asked where only to name a step would cost something."""
    return _tracer is not None


def step(name: str, kind: "Kind" = "internal", attributes: "Attributes" = _NONE) -> AbstractContextManager[Step]:
    """A step of the trace that is under way; nothing where none is."""
    return NOTHING if _tracer is None else _tracer.step(name, kind, attributes) or NOTHING


def begin(
    name: str, kind: "Kind", traceparent: str = "", attributes: "Attributes" = _NONE
) -> AbstractContextManager[Step]:
    """The first step in this process of the trace that `traceparent` tells; a new trace where it tells none."""
    return NOTHING if _tracer is None else _tracer.begin(name, kind, traceparent, attributes)


def follow(name: str, kind: "Kind", traceparent: str, attributes: "Attributes" = _NONE) -> AbstractContextManager[Step]:
    """As `begin`, but nothing where `traceparent` tells no trace: a message that was written without one."""
    if _tracer is None or not traceparent:
        return NOTHING
    return _tracer.follow(name, kind, traceparent, attributes) or NOTHING


def traceparent() -> str:
    """The present step, to be passed on; empty where no trace is under way."""
    return "" if _tracer is None else _tracer.traceparent()


def passed_on(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers of a call to a service of ours, with the present step."""
    if _tracer is None:
        return headers
    return {**headers, TRACEPARENT: _tracer.traceparent()}


@asynccontextmanager
async def tracing(service: str, endpoint: str | None, ratio: float) -> AsyncIterator[None]:
    """Record and send this share of all traces while the block runs; nothing without an endpoint."""
    global _tracer  # noqa: PLW0603 - one tracer for the process is the point
    if endpoint is None:
        yield
        return
    from shared.otlp import OtlpTracer  # noqa: PLC0415 - its libraries cost memory and are needed by few

    tracer = _tracer = OtlpTracer(service, endpoint, ratio)
    try:
        yield
    finally:
        _tracer = None
        await _stop(tracer)


async def _stop(tracer: "OtlpTracer") -> None:
    """Send what is left, in a thread that does not keep the process from ending when the receiver is away."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        tracer.stop()
        with suppress(RuntimeError):  # the loop is closed by now: nobody waits any more
            loop.call_soon_threadsafe(stopped.set)

    threading.Thread(target=stop, daemon=True).start()
    try:
        await asyncio.wait_for(stopped.wait(), STOP_SECONDS)
    except TimeoutError:
        log.warning("traces_not_sent")
