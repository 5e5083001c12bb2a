"""What a caller sees while the services behind the door fail: 503 in plain words, never a 500."""

import asyncio
import json

import pytest
from aiohttp import ClientError, web

from tests.gateway.gateway_world import World, answer_ok, open_world


async def _vanish(request: web.Request, _body: bytes) -> web.StreamResponse:
    """Take the call, then break the connection without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _never(_request: web.Request, _body: bytes) -> web.StreamResponse:
    """Take the call and do not answer."""
    await asyncio.Event().wait()
    return web.Response()


@pytest.mark.parametrize(
    ("method", "path", "key", "times"),
    [
        ("GET", "/v1/bills", None, 3),
        ("POST", "/v1/payments", "k-1", 3),
        ("POST", "/v1/payments", None, 1),
        ("POST", "/v1/payment-methods", None, 1),
        ("POST", "/v1/payment-methods", "k-1", 1),
        ("DELETE", "/v1/payment-methods/m", None, 1),
    ],
)
async def test_only_what_is_safe_to_repeat_is_repeated(
    world: World, method: str, path: str, key: str | None, times: int
) -> None:
    """A question, and a payment with its key, are asked again at most twice; anything else is left to the caller."""
    world.payments.answer = _vanish
    answered = await world.gateway.call(method, path, token="ana-token", raw=b"{}", key=key)
    assert (answered.status, answered.problem) == (503, "unavailable" if method == "GET" else "answer-lost")
    assert "Retry-After" in answered.headers
    assert len(world.payments.received) == times
    assert len({received.headers.get("Idempotency-Key") for received in world.payments.received}) == 1


async def test_a_service_that_comes_back_between_two_tries_answers(world: World) -> None:
    """A restart of payments is not felt by who pays with a key."""

    async def vanish_once(request: web.Request, body: bytes) -> web.StreamResponse:
        world.payments.answer = answer_ok
        return await _vanish(request, body)

    world.payments.answer = vanish_once
    answered = await world.gateway.call("POST", "/v1/payments", token="ana-token", raw=b"{}", key="k-1")
    assert answered.status == 200
    assert [it.headers["Idempotency-Key"] for it in world.payments.received] == ["k-1", "k-1"]


async def test_a_restarted_service_is_found_again(world: World) -> None:
    """Kept connections to the old process do not stand in the way, even of what is not repeated."""
    for _ in range(3):
        await world.gateway.call("GET", "/v1/bills", token="ana-token")
    port = await world.payments.stop()
    assert (await world.gateway.call("GET", "/v1/bills", token="ana-token")).status == 503
    await world.payments.start(port)
    assert (await world.gateway.call("POST", "/v1/payment-methods", token="ana-token", raw=b"{}")).status == 200


async def test_a_service_that_does_not_answer_is_503_in_time() -> None:
    """The caller learns that it is not known whether it went through."""
    async with open_world(upstream_timeout_seconds=0.3) as world:
        world.payments.answer = _never
        answered = await world.gateway.call("POST", "/v1/payments", token="ana-token", raw=b"{}", key="k-1")
        assert (answered.status, answered.problem) == (503, "answer-late")
        assert answered.headers["Retry-After"] == "5"
        assert "Idempotency-Key" in answered.body["detail"]
        assert len(world.payments.received) == 1


async def test_a_failure_in_another_form_is_told_in_ours(world: World) -> None:
    """A stack trace or an HTML page of a broken service does not reach the caller."""

    async def fail(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.Response(status=500, text="Traceback (most recent call last): secret")

    world.payments.answer = fail
    answered = await world.gateway.call("GET", "/v1/bills", token="ana-token")
    assert (answered.status, answered.problem) == (503, "unavailable")
    assert "secret" not in json.dumps(answered.body)


async def test_a_problem_of_a_service_passes(world: World) -> None:
    """What a service says in our form is for the caller."""

    async def refuse(_request: web.Request, _body: bytes) -> web.StreamResponse:
        shown = b'{"type": "x/unavailable"}'
        return web.Response(
            status=503, body=shown, content_type="application/problem+json", headers={"Retry-After": "3"}
        )

    world.payments.answer = refuse
    answered = await world.gateway.call("GET", "/v1/bills", token="ana-token")
    assert (answered.status, answered.headers["Retry-After"], answered.body) == (503, "3", {"type": "x/unavailable"})


async def test_an_answer_cut_short_is_503(world: World) -> None:
    """Half a JSON document is no answer."""

    async def cut(request: web.Request, _body: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"items": [')
        assert request.transport is not None
        request.transport.abort()
        return response

    world.payments.answer = cut
    answered = await world.gateway.call("POST", "/v1/payment-methods", token="ana-token", raw=b"{}")
    assert answered.status == 503


async def test_a_redirect_is_not_followed(world: World) -> None:
    """A service cannot send the gateway elsewhere with a caller's token."""

    async def redirect(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})

    world.payments.answer = redirect
    async with world.gateway.client.get(
        f"{world.gateway.url}/v1/bills", headers={"Authorization": "Bearer ana-token"}, allow_redirects=False
    ) as answered:
        assert answered.status == 302


async def test_a_caller_who_leaves_does_not_stop_the_payment(world: World) -> None:
    """The call that was taken goes on to its end."""
    arrived, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_request: web.Request, _body: bytes) -> web.StreamResponse:
        arrived.set()
        await go_on.wait()
        done.set()
        return web.json_response({})

    world.payments.answer = slow
    call = asyncio.create_task(world.gateway.call("POST", "/v1/payments", token="ana-token", raw=b"{}", key="k"))
    await arrived.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    go_on.set()
    await asyncio.wait_for(done.wait(), 5)


async def test_a_body_that_is_not_json_is_answered_by_the_service(world: World) -> None:
    """The gateway passes bytes on; the service says what is wrong with them."""

    async def refuse(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.Response(status=400, body=b'{"type": "x/not-json"}', content_type="application/problem+json")

    world.payments.answer = refuse
    for raw in (b"", b"{", b"\x00", b"\xff\xfe", b"[" * 60_000, b"amount=1"):
        answered = await world.gateway.call("POST", "/v1/payments/preview", token="ana-token", raw=raw)
        assert (answered.status, answered.problem) == (400, "not-json")
    assert [len(received.body) for received in world.payments.received] == [0, 1, 1, 2, 60_000, 8]


async def test_a_body_that_ends_too_early_is_never_a_500(world: World) -> None:
    """The connection breaks in mid-body: nothing reaches the service."""
    port = int(world.gateway.url.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST /v1/payments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ana-token\r\nContent-Length: 100\r\n\r\n{"
    writer.write(head)
    await writer.drain()
    writer.transport.abort()
    assert (await world.gateway.call("GET", "/healthz")).status == 200
    assert world.payments.received == []


async def test_ready_means_that_identity_and_payments_answer(world: World) -> None:
    """Without notify the portal works; without the others it does not."""
    await world.notify.stop()
    assert (await world.gateway.call("GET", "/readyz")).status == 200
    world.payments.ready = False
    answered = await world.gateway.call("GET", "/readyz")
    assert (answered.status, answered.body["missing"]) == (503, ["payments"])
    await world.identity.stop()
    answered = await world.gateway.call("GET", "/readyz")
    assert answered.body["missing"] == ["identity", "payments"]
    assert (await world.gateway.call("GET", "/healthz")).status == 200


async def test_the_gateway_ends_no_connection_by_itself_under_load(world: World) -> None:
    """32 members at full speed from one address are not limited, and each gets an answer."""

    async def pay_all(member: int) -> None:
        for number in range(25):
            answered = await world.gateway.call(
                "POST", "/v1/payments", token="ana-token", raw=b"{}", key=f"k-{member}-{number}"
            )
            assert answered.status == 200

    try:
        await asyncio.gather(*(pay_all(member) for member in range(32)))
    except ClientError as error:
        pytest.fail(f"a connection was lost: {error!r}")
    assert len(world.payments.received) == 800
