"""What passes the door and what does not, in both directions."""

import asyncio
import gzip
import socket

import pytest
from aiohttp import web

from tests.gateway.gateway_world import World, open_world


async def test_a_service_answer_comes_back_as_it_is(world: World) -> None:
    """Status, problem, Retry-After, ETag and Link pass; the bytes are not touched."""
    body = b'{"type":"x/quote-stale",  "title":"caf\xc3\xa9"}'

    async def answer(_request: web.Request, _body: bytes) -> web.StreamResponse:
        headers = {"Retry-After": "7", "ETag": '"3"', "Link": '</v1/payments?cursor=x>; rel="next"'}
        return web.Response(status=409, body=body, content_type="application/problem+json", headers=headers)

    world.payments.answer = answer
    async with world.gateway.client.get(
        f"{world.gateway.url}/v1/bills", headers={"Authorization": "Bearer ana-token"}
    ) as answered:
        assert answered.status == 409
        assert await answered.read() == body
        assert answered.headers["Content-Type"] == "application/problem+json"
        assert answered.headers["Retry-After"] == "7"
        assert answered.headers["ETag"] == '"3"'
        assert answered.headers["Link"] == '</v1/payments?cursor=x>; rel="next"'


async def test_an_empty_answer_stays_empty(world: World) -> None:
    """204 after a deletion."""

    async def answer(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.Response(status=204)

    world.payments.answer = answer
    answered = await world.gateway.call("DELETE", "/v1/payment-methods/m-1", token="ana-token")
    assert (answered.status, answered.body) == (204, b"")


async def test_cookies_and_internal_headers_do_not_come_out(world: World) -> None:
    """What services say among themselves stays inside."""

    async def answer(_request: web.Request, _body: bytes) -> web.StreamResponse:
        inside = {"Set-Cookie": "a=b", "Server": "payments/7", "Portal-Node": "db-3", "Keep-Alive": "9", "X-Debug": "1"}
        return web.json_response({}, headers=inside)

    world.payments.answer = answer
    answered = await world.gateway.call("GET", "/v1/bills", token="ana-token")
    for name in ("Set-Cookie", "Portal-Node", "Keep-Alive", "X-Debug"):
        assert name not in answered.headers
    assert answered.headers["Server"] == "portal"


async def test_identity_headers_of_a_caller_do_not_go_in(world: World) -> None:
    """Nobody outside can say who they are, where they come from, or that they are the gateway."""
    forged = {
        "Portal-Gateway-Key": "guessed",
        "Portal-Client-Address": "10.0.0.1",
        "Portal-Member-Id": "somebody",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=10.0.0.1",
        "Cookie": "a=b",
        "Acting-For": "somebody",
        "X-Member-Id": "somebody",
        "Connection": "keep-alive, Idempotency-Key",
        "TE": "trailers",
    }
    await world.gateway.call("GET", "/v1/bills", token="ana-token", headers=forged)
    (received,) = world.payments.received
    assert received.headers["Portal-Gateway-Key"] != "guessed"
    assert received.headers.getall("Portal-Client-Address") == ["127.0.0.1"]
    for name in set(forged) - {"Portal-Gateway-Key", "Portal-Client-Address", "Connection"}:
        assert name not in received.headers


async def test_an_open_route_passes_no_credentials_on(world: World) -> None:
    """A token that is not needed stays at the door, and is not looked up."""
    await world.gateway.call("GET", "/v1/track/R-1", token="ana-token")
    assert "Authorization" not in world.payments.received[0].headers
    assert world.identity.asked == []


async def test_a_listed_proxy_is_believed() -> None:
    """Behind our own load balancer the address of the person is known."""
    async with open_world(trusted_proxies="127.0.0.1, 10.0.0.0/8") as world:
        sent = {"X-Forwarded-For": "6.6.6.6, 198.51.100.7, 10.1.1.1"}
        await world.gateway.call("GET", "/v1/track/R-1", headers=sent)
        assert world.payments.received[0].headers["Portal-Client-Address"] == "198.51.100.7"


async def test_the_request_id_is_the_same_on_both_sides(world: World) -> None:
    """One id finds a call in the logs of every service."""
    answered = await world.gateway.call("GET", "/v1/bills", token="ana-token", headers={"X-Request-Id": "trace-0001"})
    assert answered.headers["X-Request-ID"] == world.payments.received[0].headers["X-Request-Id"] == "trace-0001"
    answered = await world.gateway.call("GET", "/v1/bills", token="ana-token", headers={"X-Request-Id": "no\tgood"})
    assert answered.headers["X-Request-ID"] == world.payments.received[1].headers["X-Request-Id"] != "no\tgood"


async def test_a_compressed_body_arrives_unpacked(world: World) -> None:
    """So that the limit counts what is inside."""
    sent = gzip.compress(b'{"amount_cents": 1}')
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    await world.gateway.call("POST", "/v1/payments", token="ana-token", raw=sent, headers=headers, key="k")
    received = world.payments.received[0]
    assert received.body == b'{"amount_cents": 1}'
    assert "Content-Encoding" not in received.headers


async def test_a_body_that_swells_beyond_the_limit_is_413(world: World) -> None:
    """A few hundred bytes that unpack to megabytes do not pass."""
    sent = gzip.compress(b"0" * 5_000_000)
    answered = await world.gateway.call(
        "POST", "/v1/payments", token="ana-token", raw=sent, headers={"Content-Encoding": "gzip"}, key="k"
    )
    assert answered.status == 413
    assert world.payments.received == []


@pytest.mark.parametrize("value", ["a/b", "..", "%00", "%2e%2e%2f%2e%2e", "%ff", "a%3Fb%23c", "ä€", "'; DROP", "."])
async def test_a_path_value_stays_one_segment(world: World, value: str) -> None:
    """Whatever is written there, the service is asked for one thing below the listed path, or nobody is asked."""
    answered = await world.gateway.call("GET", f"/v1/bills/{value}", token="ana-token")
    assert answered.status in (200, 404)
    for received in world.payments.received:
        assert received.target.startswith("/v1/bills")
        assert received.target.count("/") <= 3
        assert "?" not in received.target


@pytest.mark.parametrize("name", ["Idempotency-Key", "If-Match", "Content-Type"])
async def test_a_doubled_header_is_refused(world: World, name: str) -> None:
    """Two keys for one payment: which one counts would be anybody's guess."""
    lines = f"POST /v1/payments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ana-token\r\n{name}: a\r\n{name}: b\r\n"
    status = await _raw(world, lines + "Content-Length: 2\r\nConnection: close\r\n\r\n{}")
    assert status == 400
    assert world.payments.received == []


@pytest.mark.parametrize(
    "value", ["caf\u00e9", "\udcff\udcfe", "k" * 1025, "\x7f", "k\tk"], ids=["utf8", "bytes", "long", "delete", "tab"]
)
async def test_odd_header_values_are_never_a_500(world: World, value: str) -> None:
    """A key of odd bytes is refused by the service, as odd as it came, or here."""
    lines = f"POST /v1/payments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ana-token\r\nIdempotency-Key: {value}\r\n"
    status = await _raw(world, lines + f"User-Agent: {value[:9]}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}")
    assert status in (200, 400)
    for received in world.payments.received:
        assert received.headers["Idempotency-Key"] != ""


@pytest.mark.parametrize(
    "raw", [b"GET /v1/bills?\xff=\xfe HTTP/1.1", b"GET /v1/bills/\xff\xfe HTTP/1.1", b"GET /v1/track/\x7f HTTP/1.1"]
)
async def test_odd_bytes_in_the_address_are_never_a_500(world: World, raw: bytes) -> None:
    """They are not found, refused, or passed on percent-encoded."""
    request = raw.decode("utf-8", "surrogateescape") + "\r\nHost: x\r\nAuthorization: Bearer ana-token\r\n"
    status = await _raw(world, request + "Connection: close\r\n\r\n")
    assert status in (200, 400, 404)


async def test_security_headers_are_on_every_answer(world: World) -> None:
    """On what is passed on, on errors, on health."""
    for path in ("/v1/bills", "/v1/nothing", "/", "/sandbox/clock", "/healthz"):
        answered = await world.gateway.call("GET", path, token="ana-token")
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
        assert answered.headers["Referrer-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answered.headers
        assert path == "/healthz" or answered.headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in answered.headers


async def test_outside_the_sandbox_browsers_are_told_to_stay_with_https() -> None:
    """HSTS on every answer, errors and health included."""
    async with open_world(portal_env="production") as world:
        for path in ("/v1/bills", "/v1/nothing", "/", "/healthz"):
            answered = await world.gateway.call("GET", path, token="ana-token")
            assert answered.headers["Strict-Transport-Security"].startswith("max-age=63072000")


async def _raw(world: World, request: str) -> int:
    """Send a request byte by byte as it is written; returns the status of the answer."""
    port = int(world.gateway.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, family=socket.AF_INET)
    writer.write(request.encode("utf-8", "surrogateescape"))
    await writer.drain()
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status
