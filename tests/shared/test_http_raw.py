"""HTTP as bytes on a socket: what cannot be read as a request is a plain 400 without versions; what is slow is cut."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest

from shared.testing.http import ServiceUnderTest
from tests.shared.raw_requests import (
    CANARY,
    GOOD,
    HOST,
    NO_JSON,
    NOT_OURS,
    REFUSED,
    UNREADABLE,
    connect,
    post,
    send,
    statuses,
)
from tests.shared.sample_service import sample_service


@pytest.fixture(scope="module")
async def service() -> AsyncIterator[ServiceUnderTest]:
    """The sample service, with short patience for bodies."""
    async with sample_service(body_timeout_seconds=0.3) as running:
        yield running


@pytest.mark.parametrize("case", sorted(UNREADABLE))
async def test_what_is_no_request_is_a_plain_400(service: ServiceUnderTest, case: str) -> None:
    """One problem, no version of anything, nothing of what was sent, and the connection is closed."""
    came = await send(service.url, UNREADABLE[case], until_closed=True)
    assert statuses(came) == [400], came[:300]
    assert_plain(came)


@pytest.mark.parametrize("case", sorted(REFUSED | NO_JSON))
async def test_what_must_not_be_done_is_a_4xx(service: ServiceUnderTest, case: str) -> None:
    """Refused in our words; whether the connection goes on or not, nothing hangs and nothing is a 500."""
    came = await send(service.url, (REFUSED | NO_JSON)[case])
    assert len(statuses(came)) == 1, came[:300]
    assert 400 <= statuses(came)[0] < 500, came[:300]
    assert_plain(came)


def assert_plain(came: bytes) -> None:
    """A problem as every one is, about nothing but itself."""
    head, _, body = came.partition(b"\r\n\r\n")
    problem = json.loads(body)
    assert str(problem["status"]).encode() == head.split()[1]
    assert problem["request_id"].encode() in head
    assert b"application/problem+json" in head
    assert b"nosniff" in head
    assert not [word for word in NOT_OURS if word in came]


async def test_a_second_request_cannot_hide_in_the_first(service: ServiceUnderTest) -> None:
    """Of a request with both a length and chunks nothing is served, the hidden one least."""
    hidden = b"0\r\n\r\nGET /v1/raw HTTP/1.1\r\nHost: a\r\n\r\n"
    headers = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(hidden)
    came = await send(service.url, post(headers, hidden))
    assert came.count(b"HTTP/1.") == 1
    assert b" 400 " in came.splitlines()[0]


async def test_a_length_that_is_too_small_leaves_the_rest_to_be_refused(service: ServiceUnderTest) -> None:
    """What follows the declared length is read as another request and refused; it is never a part of the first."""
    came = await send(service.url, post(b"Content-Length: %d\r\n" % len(GOOD), GOOD + CANARY + b"\r\n\r\n"))
    statuses = [line.split()[1] for line in came.splitlines() if line.startswith(b"HTTP/1.")]
    assert statuses in ([b"400"], [b"201", b"400"])
    assert CANARY not in came


async def test_a_body_that_does_not_come_is_408(service: ServiceUnderTest) -> None:
    """A length that promises more than is sent: the answer comes when patience ends, not never."""
    started = time.monotonic()
    came = await send(service.url, post(b"Content-Length: 500\r\n", b'{"name":'))
    assert came.startswith(b"HTTP/1.1 408 ")
    assert json.loads(came.partition(b"\r\n\r\n")[2])["type"].endswith("/too-slow")
    assert time.monotonic() - started < 3


async def test_a_body_that_drips_is_408(service: ServiceUnderTest) -> None:
    """A byte now and then does not keep a request alive."""
    reader, writer = await connect(service.url)
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
    await send(service.url, post(b"Content-Length: 500\r\n", b'{"name":'), then_end=True)
    await send(service.url, post(b"Transfer-Encoding: chunked\r\n", b"5\r\nab"), then_end=True)
    assert (await service.call("GET", "/v1/things")).status == 200


async def test_requests_on_one_connection_are_answered_in_order(service: ServiceUnderTest) -> None:
    """Sent together, answered one after the other."""
    get = b"GET /v1/things?limit=%d HTTP/1.1\r\nHost: a\r\n\r\n"
    came = await send(service.url, b"".join(get % number for number in (1, 2, 3)))
    assert [came.find(b'"limit":%d' % number) > 0 for number in (1, 2, 3)] == [True] * 3
    assert came.find(b'"limit":1') < came.find(b'"limit":2') < came.find(b'"limit":3')


@pytest.mark.parametrize("user_agent", [b"\xff\xfe", b"a\x01b", b"caf\xc3\xa9", b"\xed\xa0\x80", b"x" * 5000])
async def test_headers_that_are_no_text_can_still_be_stored(service: ServiceUnderTest, user_agent: bytes) -> None:
    """A browser's name in any bytes becomes text that a database takes, or the request is refused."""
    came = await send(service.url, b"GET /v1/things HTTP/1.1\r\n" + HOST + b"User-Agent: " + user_agent + b"\r\n\r\n")
    head, _, body = came.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"200", b"400")
    if head.split()[1] == b"200":
        shown = json.loads(body)["user_agent"]
        assert shown.isprintable()
        assert len(shown) <= 300
