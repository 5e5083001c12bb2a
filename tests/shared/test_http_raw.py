"""HTTP as bytes on a socket: what cannot be read as a request is a plain 400 without versions; what is slow is cut."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest

from shared.testing.http import ServiceUnderTest
from tests.shared.sample_service import sample_service

CANARY = b"canary-5f1e"
HOST = b"Host: a\r\n"
GOOD = b'{"name":"x","amount_cents":1}'


@pytest.fixture(scope="module")
async def service() -> AsyncIterator[ServiceUnderTest]:
    """The sample service, with short patience for bodies."""
    async with sample_service(body_timeout_seconds=0.3) as running:
        yield running


async def connect(service: ServiceUnderTest) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to it."""
    return await asyncio.open_connection("127.0.0.1", int(service.url.rpartition(":")[2]))


async def send(service: ServiceUnderTest, content: bytes, *, then_end: bool = False) -> bytes:
    """What comes back until the service closes the connection, or is silent for a while."""
    reader, writer = await connect(service)
    writer.write(content)
    if then_end:
        writer.write_eof()
    came = b""
    try:
        async with asyncio.timeout(1.0):
            while chunk := await reader.read(65536):
                came += chunk
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return came


def post(headers: bytes, body: bytes = b"") -> bytes:
    """A POST to /v1/things as bytes."""
    return b"POST /v1/things HTTP/1.1\r\n" + HOST + headers + b"\r\n" + body


UNREADABLE = {
    "no HTTP": CANARY + b"\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version that is none": b"GET / HTTP/canary-5f1e\r\n" + HOST + b"\r\n",
    "a method that is none": b"G\x00T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a made-up method": b"CANARY-5F1E / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a very long address": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a NUL in the address": b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "an address that is none": b"GET http://[canary-5f1e HTTP/1.1\r\n" + HOST + b"\r\n",
    "a port that is none": b"GET http://a:canary-5f1e/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\n" + HOST + CANARY + b"\r\n\r\n",
    "a header name with a space": b"GET / HTTP/1.1\r\n" + HOST + b"canary 5f1e: x\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\n" + HOST + b"canary-5f1e : x\r\n\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\n" + HOST + b"X: canary-5f1e\x00\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n canary-5f1e\r\n\r\n",
    "a bare CR in a header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rcanary-5f1e: b\r\n\r\n",
    "a very long header": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
    "very many headers": b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X%d: 1\r\n" % n for n in range(1000)) + b"\r\n",
    "length and chunks": post(b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "two lengths": post(b"Content-Length: 3\r\nContent-Length: 5\r\n", b"abcde"),
    "a negative length": post(b"Content-Length: -1\r\n"),
    "a signed length": post(b"Content-Length: +3\r\n", b"abc"),
    "a length in words": post(b"Content-Length: canary-5f1e\r\n"),
    "a huge length": post(b"Content-Length: " + b"9" * 50 + b"\r\n"),
    "a coding that is nearly chunked": post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "a coding that is twice chunked": post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"),
    "a chunk size that is none": post(b"Transfer-Encoding: chunked\r\n", b"canary-5f1e\r\n\r\n"),
    "a chunk size that is negative": post(b"Transfer-Encoding: chunked\r\n", b"-1\r\n\r\n"),
}


@pytest.mark.parametrize("case", sorted(UNREADABLE))
async def test_what_is_no_request_is_a_plain_400(service: ServiceUnderTest, case: str) -> None:
    """One problem, no version of anything, nothing of what was sent, and the connection is closed."""
    came = await send(service, UNREADABLE[case])
    head, _, body = came.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ")), came[:300]
    problem = json.loads(body)
    assert problem["status"] == 400
    assert problem["request_id"].encode() in head
    assert b"application/problem+json" in head
    assert b"nosniff" in head
    for word in (b"canary", b"CANARY", b"Python", b"aiohttp", b"Traceback", b"llhttp", b"bytearray"):
        assert word not in came


async def test_a_second_request_cannot_hide_in_the_first(service: ServiceUnderTest) -> None:
    """Of a request with both a length and chunks nothing is served, the hidden one least."""
    hidden = b"0\r\n\r\nGET /v1/raw HTTP/1.1\r\nHost: a\r\n\r\n"
    headers = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(hidden)
    came = await send(service, post(headers, hidden))
    assert came.count(b"HTTP/1.") == 1
    assert b" 400 " in came.splitlines()[0]


async def test_a_length_that_is_too_small_leaves_the_rest_to_be_refused(service: ServiceUnderTest) -> None:
    """What follows the declared length is read as another request and refused; it is never a part of the first."""
    came = await send(service, post(b"Content-Length: %d\r\n" % len(GOOD), GOOD + CANARY + b"\r\n\r\n"))
    statuses = [line.split()[1] for line in came.splitlines() if line.startswith(b"HTTP/1.")]
    assert statuses in ([b"400"], [b"201", b"400"])
    assert CANARY not in came


async def test_a_body_that_does_not_come_is_408(service: ServiceUnderTest) -> None:
    """A length that promises more than is sent: the answer comes when patience ends, not never."""
    started = time.monotonic()
    came = await send(service, post(b"Content-Length: 500\r\n", b'{"name":'))
    assert came.startswith(b"HTTP/1.1 408 ")
    assert json.loads(came.partition(b"\r\n\r\n")[2])["type"].endswith("/too-slow")
    assert time.monotonic() - started < 3


async def test_a_body_that_drips_is_408(service: ServiceUnderTest) -> None:
    """A byte now and then does not keep a request alive."""
    reader, writer = await connect(service)
    writer.write(post(b"Content-Length: 500\r\n"))
    answer = asyncio.create_task(reader.readline())
    async with asyncio.timeout(5):
        while not answer.done():
            writer.write(b" ")
            await asyncio.wait([answer], timeout=0.02)
    assert (await answer).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_a_body_that_is_broken_off_harms_nobody(service: ServiceUnderTest) -> None:
    """The caller goes away in the middle of the body; the next caller is served."""
    await send(service, post(b"Content-Length: 500\r\n", b'{"name":'), then_end=True)
    await send(service, post(b"Transfer-Encoding: chunked\r\n", b"5\r\nab"), then_end=True)
    assert (await service.call("GET", "/v1/things")).status == 200


async def test_requests_on_one_connection_are_answered_in_order(service: ServiceUnderTest) -> None:
    """Sent together, answered one after the other."""
    get = b"GET /v1/things?limit=%d HTTP/1.1\r\nHost: a\r\n\r\n"
    came = await send(service, b"".join(get % number for number in (1, 2, 3)))
    assert [came.find(b'"limit":%d' % number) > 0 for number in (1, 2, 3)] == [True] * 3
    assert came.find(b'"limit":1') < came.find(b'"limit":2') < came.find(b'"limit":3')


@pytest.mark.parametrize("user_agent", [b"\xff\xfe", b"a\x01b", b"caf\xc3\xa9", b"\xed\xa0\x80", b"x" * 5000])
async def test_headers_that_are_no_text_can_still_be_stored(service: ServiceUnderTest, user_agent: bytes) -> None:
    """A browser's name in any bytes becomes text that a database takes, or the request is refused."""
    came = await send(service, b"GET /v1/things HTTP/1.1\r\n" + HOST + b"User-Agent: " + user_agent + b"\r\n\r\n")
    head, _, body = came.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"200", b"400")
    if head.split()[1] == b"200":
        shown = json.loads(body)["user_agent"]
        assert shown.isprintable()
        assert len(shown) <= 300
