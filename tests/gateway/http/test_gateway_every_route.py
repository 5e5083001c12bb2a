"""The same questions to every listed URL: no row of the table may be forgotten."""

import re

import pytest

from services.gateway.http.routes import PUBLIC_ROUTES, PublicRoute
from shared.http.routes import Who
from tests.gateway.gateway_world import SERVICE_TOKEN, World

WITH_TOKEN = [it for it in PUBLIC_ROUTES if it.who is not Who.ANYONE]
OTHER_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PATHS = sorted({it.path for it in PUBLIC_ROUTES})


def _name(route: PublicRoute) -> str:
    return f"{route.method} {route.path}"


def _path(template: str) -> str:
    return re.sub(r"\{\w+\}", "some-id", template)


def _token(route: PublicRoute) -> str | None:
    match route.who:
        case Who.PARTNER:
            return "acme-key"
        case Who.ACCOUNT | Who.MEMBER:
            return "ana-token"
        case _:
            return None


@pytest.mark.parametrize("route", WITH_TOKEN, ids=_name)
async def test_without_a_token_nothing_reaches_a_service(world: World, route: PublicRoute) -> None:
    """Who does not say who they are is asked to log in."""
    answered = await world.gateway.call(route.method, _path(route.path))
    assert (answered.status, answered.problem) == (401, "not-logged-in")
    assert answered.headers["WWW-Authenticate"] == "Bearer"
    assert world.owner(route.owner).received == []


@pytest.mark.parametrize("route", WITH_TOKEN, ids=_name)
async def test_with_an_unknown_token_nothing_reaches_a_service(world: World, route: PublicRoute) -> None:
    """A session that ended, a key that never was."""
    answered = await world.gateway.call(route.method, _path(route.path), token="nobody")
    expected = "invalid-partner-key" if route.who is Who.PARTNER else "session-ended"
    assert (answered.status, answered.problem) == (401, expected)
    assert world.owner(route.owner).received == []


@pytest.mark.parametrize("route", PUBLIC_ROUTES, ids=_name)
async def test_a_call_reaches_its_owner_as_it_is(world: World, route: PublicRoute) -> None:
    """Method, path, query and body arrive; the caller is named by the service token, or not at all."""
    sent = None if route.method == "GET" else b'{"a": 1'
    path = _path(route.path) + "?from=2027-01-01&q=a%26b+c"
    answered = await world.gateway.call(route.method, path, token=_token(route), raw=sent, key="k-1")
    assert answered.status == 200
    (received,) = world.owner(route.owner).received
    assert (received.method, received.target, received.body) == (route.method, path, sent or b"")
    assert received.headers["Idempotency-Key"] == "k-1"
    token = _token(route)
    assert received.headers.get("Authorization") == (f"Bearer {SERVICE_TOKEN}{token}" if token else None)


@pytest.mark.parametrize("route", PUBLIC_ROUTES, ids=_name)
async def test_an_oversized_body_stops_at_the_door(world: World, route: PublicRoute) -> None:
    """Above 64 KiB it is 413, and no service hears of it; files have a test of their own."""
    if route.method == "GET" or route.streamed:
        return
    raw = b"x" * (route.max_body_bytes + 1)
    answered = await world.gateway.call(route.method, _path(route.path), token=_token(route), raw=raw)
    assert (answered.status, answered.problem) == (413, "too-large")
    assert world.owner(route.owner).received == []


@pytest.mark.parametrize("path", PATHS)
async def test_an_unlisted_method_is_405_and_says_what_is_allowed(world: World, path: str) -> None:
    """The Allow header names what the table lists for this path."""
    listed = {it.method for it in PUBLIC_ROUTES if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", it.path), _path(path))}
    for method in OTHER_METHODS:
        if method not in listed:
            answered = await world.gateway.call(method, _path(path), token="ana-token")
            assert (answered.status, answered.problem) == (405, "method-not-allowed")
            assert listed <= set(answered.headers["Allow"].replace(" ", "").split(","))


@pytest.mark.parametrize("route", PUBLIC_ROUTES, ids=_name)
async def test_a_service_that_is_away_is_503_in_plain_words(world: World, route: PublicRoute) -> None:
    """Never a 500; the caller is told when to come back."""
    token = _token(route)
    if token is not None:
        await world.gateway.call("GET", "/v1/account", token=token)
    await world.owner(route.owner).stop()
    answered = await world.gateway.call(route.method, _path(route.path), token=token, key="k-1")
    assert (answered.status, answered.problem) == (503, "unavailable")
    assert answered.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/bills/",
        "/v1//bills",
        "/v1/bills/a/b",
        "/internal/sessions/resolve",
        "/v1/../internal/openapi.json",
        "/v1/bills/%2e%2e/%2e%2e/internal/openapi.json",
        "/V1/bills",
        "/sandbox/pending",
        "/sandbox/next-due",
        "/.env",
    ],
)
async def test_what_is_not_listed_does_not_exist(world: World, path: str) -> None:
    """404 as problem+json, whatever the caller brings along."""
    for token in (None, "ana-token"):
        answered = await world.gateway.call("GET", path, token=token)
        assert (answered.status, answered.problem) == (404, "not-found")
        assert answered.headers["Content-Type"].startswith("application/problem+json")
    assert world.identity.received == world.payments.received == []
