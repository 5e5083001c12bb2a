"""The clients of the services: what the gateway makes of answers that it does not expect."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from services.gateway.domain.owner import Owner
from services.gateway.providers.identity import Identity
from services.gateway.providers.service import AnswerNotUnderstood
from services.gateway.providers.upstream import ServiceAway, Upstream, UpstreamCall, open_pool
from tests.gateway.gateway_world import IdentityStandIn, World

ACCOUNT_ID = "5b0f4e0e-6f5c-4f5e-9c39-0a3a6a1d2f10"


@asynccontextmanager
async def _identity_answering(status: int, body: bytes) -> AsyncIterator[Identity]:
    """A client of an identity that answers everything the same."""

    class Odd(IdentityStandIn):
        async def inside(self, _request: web.Request, _body: bytes) -> web.StreamResponse:
            return web.Response(status=status, body=body)

    stand_in = Odd("identity")
    await stand_in.start()
    async with open_pool() as pool:
        yield Identity(Upstream(Owner.IDENTITY, stand_in.url, pool), "gateway-key-of-the-tests")
    await stand_in.stop()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>"),
        (200, b"{}"),
        (200, b'{"service_token": "x", "expires_in_seconds": 60, "account_id": "no", "member_id": null}'),
        (404, b"{}"),
        (500, b"Traceback"),
        (302, b""),
    ],
)
async def test_an_odd_answer_about_a_token_is_no_answer(status: int, body: bytes) -> None:
    """Neither a log-in nor a log-out: the caller is told to come again."""
    async with _identity_answering(status, body) as identity:
        with pytest.raises(AnswerNotUnderstood):
            await identity.resolve_session("t")
        with pytest.raises(AnswerNotUnderstood):
            await identity.resolve_partner_key("k")


async def test_a_401_is_the_only_no() -> None:
    """identity says it in so many words."""
    async with _identity_answering(401, b"") as identity:
        assert await identity.resolve_session("t") is None
        assert await identity.resolve_partner_key("k") is None


@pytest.mark.parametrize(("lifetime_seconds", "usable_seconds"), [(60, 40), (25, 5), (10, -10)])
async def test_a_service_token_is_handed_out_only_while_it_outlives_a_call(
    lifetime_seconds: int, usable_seconds: int
) -> None:
    """It must still be good when the last repeat of a call arrives."""
    shown = f'{{"service_token": "x", "expires_in_seconds": {lifetime_seconds}, "account_id": "{ACCOUNT_ID}", '
    async with _identity_answering(200, (shown + f'"member_id": "{ACCOUNT_ID}"}}').encode()) as identity:
        caller = await identity.resolve_session("t")
        assert caller is not None
        assert (caller.holder_id, caller.usable_seconds) == (ACCOUNT_ID, usable_seconds)


async def test_an_address_that_leads_nowhere_is_a_service_away() -> None:
    """A wrong host name is told like a service that is down."""
    async with open_pool() as pool:
        with pytest.raises(ServiceAway) as away:
            await Upstream("payments", "http://nowhere.invalid:9", pool).send(UpstreamCall("POST", "/v1/payments"))
    assert away.value.service == "payments"


async def test_a_clock_that_cannot_be_set_is_told(world: World) -> None:
    """A service without a sandbox refuses; the move does not pretend."""

    async def refuse(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.Response(status=404)

    world.notify.inside_answer = refuse
    answered = await world.gateway.call("POST", "/sandbox/clock", body={"advance": "P1D"})
    assert (answered.status, answered.problem) == (503, "unavailable")
