"""Bytes that no browser sends, at the portal's door: every one is a 4xx, no connection hangs, no service hears of it.

The same corpus as a service gets in `tests/shared/test_http_raw.py`, for the API and for the forms of pages.
"""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.gateway.gateway_world import World, open_world
from tests.shared.raw_requests import HOST, NO_JSON, NOT_OURS, REFUSED, UNREADABLE, send, statuses

PATHS = (b"/v1/sessions", b"/v1/partner/enrollments/834", b"/log-in", b"/pay/review")


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[World]:
    """A gateway before services that note what reaches them, with short patience for bodies."""
    async with open_world(body_timeout_seconds=0.5) as opened:
        yield opened


def at(path: bytes, request: bytes) -> bytes:
    """The same request for another route."""
    return request.replace(b"POST /v1/things", b"POST " + path, 1)


@pytest.mark.parametrize("case", sorted(UNREADABLE))
async def test_what_is_no_request_stops_at_the_door(world: World, case: str) -> None:
    """400 in our words, once, and the connection is closed; nobody behind the door has heard of it."""
    for path in PATHS if b"/v1/things" in UNREADABLE[case] else PATHS[:1]:
        came = await send(world.gateway.url, at(path, UNREADABLE[case]), until_closed=True)
        assert statuses(came) == [400], (path, came[:300])
        assert not [word for word in NOT_OURS if word in came]
    assert world.identity.received == world.payments.received == []


@pytest.mark.parametrize("case", sorted(REFUSED))
async def test_what_must_not_be_done_is_refused(world: World, case: str) -> None:
    """A 4xx, for an API as a problem and for people as a page; never a 500, never silence."""
    for path in PATHS if b"/v1/things" in REFUSED[case] else PATHS[:1]:
        came = await send(world.gateway.url, at(path, REFUSED[case]))
        assert len(statuses(came)) == 1, (path, came[:300])
        expected = (303, 417) if path == b"/pay/review" else range(400, 500)  # a page of members: to Log In, unread
        assert statuses(came)[0] in expected, (path, came[:300])
        assert not [word for word in NOT_OURS if word in came]


@pytest.mark.parametrize("case", sorted(NO_JSON))
async def test_what_no_service_can_read_is_no_failure_of_the_door(world: World, case: str) -> None:
    """Passed on for its owner to refuse, or refused as a form: in either case answered, and no 500."""
    for path in PATHS:
        came = await send(world.gateway.url, at(path, NO_JSON[case]))
        assert len(statuses(came)) == 1, (path, came[:300])
        assert statuses(came)[0] < 500, (path, came[:300])


async def test_a_request_hidden_in_another_is_not_served(world: World) -> None:
    """A body in front of which nobody has logged in is not taken for the next request."""
    hidden = b"GET /v1/track/canary HTTP/1.1\r\nHost: a\r\n\r\n"
    for headers in (
        b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: %d\r\nContent-Length: 0\r\n",
    ):
        body = b"0\r\n\r\n" + hidden
        came = await send(world.gateway.url, b"POST /log-in HTTP/1.1\r\n" + HOST + headers % len(body) + b"\r\n" + body)
        assert statuses(came) == [400]
    assert world.payments.received == []


async def test_a_thousand_requests_at_once_on_one_connection(world: World) -> None:
    """All are answered in their order, and nothing is kept waiting for the last one."""
    get = b"GET /v1/nothing/%d HTTP/1.1\r\n" + HOST + b"\r\n"
    came = await send(world.gateway.url, b"".join(get % number for number in range(1_000)))
    assert statuses(came) == [404] * 1_000


async def test_forms_in_any_bytes_are_read_or_refused(world: World) -> None:
    """NUL, half characters, another alphabet, thousands of fields: a page, and no failure of ours."""
    bodies = (b"a=\x00", b"a=%ff%00", b"\xff\xfe=\xed\xa0\x80", b"&=&=&&", b"csrf=" + b"a" * 60_000, b"a=1&" * 10_000,
              b"%", b"a;b", b"csrf=%00&csrf=\xff", b"=" * 60_000, json.dumps({"csrf": 1}).encode())  # fmt: skip
    kinds = (b"", b"; charset=utf-16", b"; charset=canary", b"; charset=ascii", b'; charset="')

    async def answer_to(body: bytes, kind: bytes) -> int:
        head = b"Content-Type: application/x-www-form-urlencoded" + kind + b"\r\nContent-Length: %d\r\n" % len(body)
        request = b"POST /log-in HTTP/1.1\r\n" + HOST + head + b"\r\n" + body
        return statuses(await send(world.gateway.url, request))[0]

    answers = await asyncio.gather(*(answer_to(body, kind) for body in bodies for kind in kinds))
    assert set(answers) <= {400, 403, 413}


COOKIES = (b"a" * 8_000, b"\xff\xfe", b'__Host-visit="\\015\\012X: y"', b"__Host-visit=" + b"\xc3\xa9" * 43, b"=;=;=",
           b"__Host-session=\xff\xfe; __Host-language=zz; __Host-draft=%00", b"__Host-session=" + b"a" * 4_000,
           b'__Host-visit="' + b"\\015" * 43 + b'"', b"__Host-language=en\x01")  # fmt: skip


@pytest.mark.parametrize("cookie", COOKIES)
async def test_cookies_in_any_bytes_are_nobodys(world: World, cookie: bytes) -> None:
    """A page is shown, or the way to Log In; what a cookie holds goes nowhere."""
    for line in (b"GET /log-in", b"GET /dashboard", b"GET /create-account/sign-in", b"POST /log-in"):
        request = line + b" HTTP/1.1\r\n" + HOST + b"Cookie: " + cookie + b"\r\nContent-Length: 0\r\n\r\n"
        came = await send(world.gateway.url, request)
        assert statuses(came)[0] in (200, 303, 400, 403), (line, came[:200])
        assert b"X: y" not in came
