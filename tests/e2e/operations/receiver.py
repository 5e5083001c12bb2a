"""A receiver of traces, as an operator would run one: OTLP over HTTP, decoded from its protobuf."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

WITHIN_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Seen:
    """One step of a trace, as a service told it."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    failed: bool
    attributes: dict[str, Any]

    @property
    def title(self) -> str:
        """What a person reads in a tree of traces."""
        return f"{self.service}: {self.name}"


def _seen(service: str, span: Span) -> Seen:
    return Seen(
        service=service,
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        failed=span.status.code == Status.StatusCode.STATUS_CODE_ERROR,
        attributes={it.key: it.value.string_value or it.value.int_value for it in span.attributes},
    )


@dataclass
class Receiver:
    """Keeps what it was sent; `raw` is every byte of it."""

    url: str = ""
    raw: bytes = b""
    spans: list[Seen] = field(default_factory=list)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """`POST /v1/traces`."""
        body = await request.read()
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {it.key: it.value.string_value for it in resource.resource.attributes}
            self.spans += [_seen(named["service.name"], span) for each in resource.scope_spans for span in each.spans]
        self._arrived.set()
        return web.Response(content_type="application/x-protobuf")

    def trace(self, trace_id: str) -> list[Seen]:
        """The steps of a trace."""
        return [span for span in self.spans if span.trace_id == trace_id]

    async def until(self, found: Callable[[], Any]) -> Any:
        """Wait for spans until `found` finds what it looks for."""
        async with asyncio.timeout(WITHIN_SECONDS):
            while not (result := found()):
                self._arrived.clear()
                await self._arrived.wait()
        return result


Tree = list[tuple[str, "Tree"]]


def tree(spans: Iterable[Seen]) -> Tree:
    """The steps by title, each with those below it; what belongs to no known step stands at the top."""
    known = sorted(spans, key=lambda span: span.title)
    ids = {span.span_id for span in known}

    def below(parent_id: str) -> Tree:
        children = [span for span in known if (span.parent_id if span.parent_id in ids else "") == parent_id]
        return sorted((child.title, below(child.span_id)) for child in children)

    return below("")


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver()
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/v1/traces", receiver.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield receiver
    finally:
        await runner.cleanup()
