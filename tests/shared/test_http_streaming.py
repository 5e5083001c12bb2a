"""Bodies that are read piece by piece: all of it or a refusal, with a limit that holds however they are sent."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.http.models import Output
from shared.http.openapi import openapi_part
from shared.http.routes import Call, Route, Who
from shared.service import Core, Service
from shared.settings import ServiceSettings
from shared.testing.clock import FixedClock
from shared.testing.http import ServiceUnderTest, base_settings, serving

MOST_BYTES = 100_000


class Counted(Output):
    """How much came."""

    size: int


async def count(call: Call[None, None]) -> Counted:
    """Count what comes; a route that reads nothing before its handler asks."""
    assert call.stream is not None
    assert call.raw_body == b""
    return Counted(size=sum([len(piece) async for piece in call.stream]))


ROUTE = Route(
    "POST", "/v1/files", count, who=Who.ANYONE, summary="Count", answer=Counted, streamed="application/edi-x12",
    max_body_bytes=MOST_BYTES,
)  # fmt: skip


@asynccontextmanager
async def no_parts(_core: Core) -> AsyncIterator[None]:
    """It needs none."""
    yield


@pytest.fixture(scope="module")
async def service() -> AsyncIterator[ServiceUnderTest]:
    """A service with one streamed route, and short patience for bodies."""
    settings = ServiceSettings(**base_settings(body_timeout_seconds=0.3))
    made: Service[None] = Service(name="payments", settings=ServiceSettings, routes=(ROUTE,), build=no_parts)
    async with serving(made, None, settings, None, FixedClock()) as running:
        yield running


async def pieces(count_of: int, size: int = 1_000) -> AsyncIterator[bytes]:
    """A body without a length."""
    for _ in range(count_of):
        yield b"x" * size


async def test_a_body_is_read_to_its_end(service: ServiceUnderTest) -> None:
    """With a length, in chunks, compressed, or none at all: as many bytes as were sent."""
    for body, size in ((b"x" * 70_000, 70_000), (pieces(70), 70_000), (b"", 0)):
        async with service.client.post(service.url + "/v1/files", data=body) as answer:
            assert (answer.status, (await answer.json())["size"]) == (200, size)
    packed = await service.call(
        "POST", "/v1/files", raw=gzip.compress(b"x" * 70_000), headers={"Content-Encoding": "gzip"}
    )
    assert packed.body == {"size": 70_000}


async def test_above_the_limit_it_is_413_however_it_is_sent(service: ServiceUnderTest) -> None:
    """By its length, by what came in chunks, or by what it unpacks to."""
    for body in (b"x" * (MOST_BYTES + 1), pieces(101)):
        async with service.client.post(service.url + "/v1/files", data=body) as answer:
            assert (answer.status, (await answer.json())["type"].endswith("/too-large")) == (413, True)
    bomb = gzip.compress(b"x" * 10_000_000)
    packed = await service.call("POST", "/v1/files", raw=bomb, headers={"Content-Encoding": "gzip"})
    assert (packed.status, packed.problem) == (413, "too-large")


async def test_what_is_not_what_it_says_is_400(service: ServiceUnderTest) -> None:
    """A body that says it is compressed and is not."""
    answer = await service.call("POST", "/v1/files", raw=b"\x1f\x8b" + bytes(20), headers={"Content-Encoding": "gzip"})
    assert (answer.status, answer.problem) == (400, "not-readable")


async def test_a_body_that_stops_arriving_is_408(service: ServiceUnderTest) -> None:
    """The next piece has its time; one that keeps coming has longer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(service.url.rpartition(":")[2]))
    writer.write(b"POST /v1/files HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nxxx")
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()


def test_the_document_says_that_it_is_a_file() -> None:
    """Content type and binary form; 413, 408 and 400 are among the answers."""
    operation = openapi_part((ROUTE,))["paths"]["/v1/files"]["post"]
    content = operation["requestBody"]["content"]
    assert content == {"application/edi-x12": {"schema": {"type": "string", "format": "binary"}}}
    assert {"400", "408", "413"} <= set(operation["responses"])
