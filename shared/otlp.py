"""Traces by OpenTelemetry, sent over OTLP/HTTP. Imported by `shared/telemetry.py` alone, and only when tracing is on.

An exception is told by its class: its text, and the values in a stack trace, may be personal.
"""

from collections.abc import Mapping
from contextvars import Token
from types import TracebackType
from typing import Any, Literal, Self

import structlog
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

Kind = Literal["server", "client", "internal", "producer", "consumer"]
Attributes = Mapping[str, str | int]

EXPORT_TIMEOUT_SECONDS = 3
_KINDS = {kind: trace.SpanKind[kind.upper()] for kind in ("server", "client", "internal", "producer", "consumer")}
_PROPAGATOR = TraceContextTextMapPropagator()


class OtlpSpan:
    """One step, from `with` to its end. The log lines of an `entry` say its trace."""

    def __init__(self, span: trace.Span, *, entry: bool) -> None:
        self._span = span
        self._entry = entry
        self._attached: Token[Context] | None = None
        self._bound: Mapping[str, Token[Any]] = {}

    def __enter__(self) -> Self:
        self._attached = contexts.attach(trace.set_span_in_context(self._span))
        if self._entry:
            trace_id = trace.format_trace_id(self._span.get_span_context().trace_id)
            self._bound = structlog.contextvars.bind_contextvars(trace_id=trace_id)
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: TracebackType | None) -> None:
        if error is not None:
            self._span.set_attribute("error.type", type(error).__name__)
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()
        structlog.contextvars.reset_contextvars(**self._bound)
        if self._attached is not None:
            contexts.detach(self._attached)

    def set(self, name: str, value: str | int) -> None:
        """Say more about the step; a status of 500 or more makes it a failed one."""
        self._span.set_attribute(name, value)
        if name == "http.response.status_code" and int(value) >= 500:
            self._span.set_status(trace.StatusCode.ERROR)


class OtlpTracer:
    """Makes spans and sends them in the background; what cannot be sent is dropped, and nobody waits for it."""

    def __init__(self, service: str, endpoint: str, ratio: float) -> None:
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_SECONDS)
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": service, "service.namespace": "portal"}),
            sampler=ParentBasedTraceIdRatio(ratio),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("portal")

    def step(self, name: str, kind: Kind, attributes: Attributes) -> OtlpSpan | None:
        """A step of the trace that is under way; None where none is."""
        if not trace.get_current_span().get_span_context().is_valid:
            return None
        return self._span(name, kind, attributes, None)

    def begin(self, name: str, kind: Kind, traceparent: str, attributes: Attributes) -> OtlpSpan:
        """The first step in this process of the trace that `traceparent` tells; a new trace where it tells none."""
        return self._span(name, kind, attributes, _told_by(traceparent))

    def follow(self, name: str, kind: Kind, traceparent: str, attributes: Attributes) -> OtlpSpan | None:
        """As `begin`, but None where `traceparent` tells no trace."""
        told = _told_by(traceparent)
        if not trace.get_current_span(told).get_span_context().is_valid:
            return None
        return self._span(name, kind, attributes, told)

    def _span(self, name: str, kind: Kind, attributes: Attributes, told: Context | None) -> OtlpSpan:
        span = self._tracer.start_span(name, context=told, kind=_KINDS[kind], attributes=attributes)
        return OtlpSpan(span, entry=told is not None)

    def traceparent(self) -> str:
        """The present step, as W3C Trace Context says it; empty where no trace is under way."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get("traceparent", "")

    def stop(self) -> None:
        """Send what is left; blocks, and for long where the receiver is away."""
        self._provider.shutdown()


def _told_by(traceparent: str) -> Context:
    """What a traceparent tells, and nothing else: no trace for what cannot be read."""
    return _PROPAGATOR.extract({"traceparent": traceparent}, context=Context())
