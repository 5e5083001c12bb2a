"""The gateway before the real identity: tokens, keys and the sandbox clock as both understand them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from services.gateway.domain.owner import Owner
from services.gateway.http.pages.page import SESSION_COOKIE, VISIT_COOKIE
from services.identity.usecases.add_partner_key import add_partner_key
from services.identity.wiring import SERVICE, build
from shared.clocks import MovableClock
from shared.db import Database
from shared.service import Core
from shared.testing.http import serving
from tests.gateway.gateway_world import World, open_world
from tests.gateway.pages.browsing import Browser
from tests.identity import people
from tests.identity.conftest import identity_settings


@pytest.fixture
async def world(identity_db: Database) -> AsyncIterator[World]:
    """A gateway before identity on a fresh database; the other services are stand-ins."""
    settings, clock = identity_settings(), MovableClock()
    async with (
        build(Core(settings, identity_db, clock)) as parts,
        serving(SERVICE, parts, settings, identity_db, clock) as identity,
        open_world(identity_url=identity.url) as opened,
    ):
        yield opened


async def _log_in(world: World) -> str:
    made = await world.gateway.call("POST", "/v1/accounts", body=people.account())
    assert made.status == 201, made.body
    body = {"username": "maria.garcia", "password": people.PASSWORD}
    begun = await world.gateway.call("POST", "/v1/sessions", body=body)
    assert begun.status == 201, begun.body
    return str(begun.body["token"])


async def test_a_person_logs_in_looks_and_logs_out(world: World) -> None:
    """The token opens what is theirs, and nothing after the log-out."""
    session = await _log_in(world)
    shown = await world.gateway.call("GET", "/v1/account", token=session)
    assert (shown.status, shown.body["username"]) == (200, "maria.garcia")
    assert (await world.gateway.call("DELETE", "/v1/sessions/current", token=session)).status == 204
    answered = await world.gateway.call("GET", "/v1/account", token=session)
    assert (answered.status, answered.problem) == (401, "session-ended")


async def test_identity_sees_the_callers_own_service_token(world: World) -> None:
    """What payments would get names the account, signed; the session's own token goes to nobody but identity."""
    session = await _log_in(world)
    await world.gateway.call("GET", "/v1/bills", token=session)
    passed = world.payments.received[0].headers["Authorization"]
    assert session not in passed
    assert passed.count(".") == 2


async def test_a_refusal_of_identity_comes_through_in_its_words(world: World) -> None:
    """Each wrong field is named; a wrong password is one 401 for all reasons."""
    answered = await world.gateway.call("POST", "/v1/accounts", body={"username": 7})
    assert (answered.status, answered.problem) == (422, "invalid-fields")
    assert "/username" in answered.pointers
    answered = await world.gateway.call("POST", "/v1/sessions", body={"username": "nobody", "password": "x"})
    assert (answered.status, answered.problem) == (401, "invalid-credentials")
    answered = await world.gateway.call("POST", "/v1/accounts", raw=b"\xff{")
    assert (answered.status, answered.problem) == (400, "not-json")


@pytest.mark.parametrize("token", ["x", "x" * 400, "x" * 401, "a.b.c", "\\", '"'])
async def test_a_token_that_never_was_is_a_session_that_ended(world: World, token: str) -> None:
    """However it is written, the two services agree that it is nobody's."""
    answered = await world.gateway.call("GET", "/v1/account", token=token)
    assert (answered.status, answered.problem) == (401, "session-ended")
    answered = await world.gateway.call("GET", f"/v1/partner/imports/{uuid4()}", token=token)
    assert (answered.status, answered.problem) == (401, "invalid-partner-key")


async def test_a_partner_sends_an_enrollment_with_its_key(world: World, identity_db: Database) -> None:
    """And looks up what became of it."""
    await identity_db.write(lambda tx: add_partner_key(tx, uuid4(), "marketplace", [], "hcpk_of_the_tests"))
    sent = await world.gateway.call(
        "POST", "/v1/partner/enrollments", token="hcpk_of_the_tests", body=people.enrollment()
    )
    assert sent.status == 202, sent.body
    path = f"/v1/partner/imports/{sent.body['import_id']}"
    assert (await world.gateway.call("GET", path, token="hcpk_of_the_tests")).status == 200


async def test_a_browser_that_was_here_is_let_in_while_its_network_waits(world: World, identity_db: Database) -> None:
    """Somebody guesses from the same address: a browser never seen waits with them, the owner's does not."""
    session = await _log_in(world)
    async with Browser.at(world.gateway.url) as mine, Browser.at(world.gateway.url) as strange:
        assert await _by_form(mine) == 303
        body = {"username": "maria.garcia", "password": "Wrong-Heron-42-Lake"}
        assert (await world.gateway.call("POST", "/v1/sessions", body=body)).status == 401
        await identity_db.write(lambda tx: tx.execute("UPDATE throttle SET wait_until = now() + interval '1 hour'"))
        assert await _by_form(strange) == 429
        mine.cookies.pop(SESSION_COOKIE)
        assert await _by_form(mine) == 303
        claimed = {"Portal-Client-Device": sha256(mine.cookies[VISIT_COOKIE].encode()).hexdigest()}
        body = {"username": "maria.garcia", "password": people.PASSWORD}
        answered = await world.gateway.call("POST", "/v1/sessions", body=body, headers=claimed)
        assert answered.status == 429  # by API nobody says which browser they are
    assert (await world.gateway.call("GET", "/v1/account", token=session)).status == 200


async def _by_form(browser: Browser) -> int:
    await browser.open("/log-in")
    return (await browser.send("/log-in", username="maria.garcia", password=people.PASSWORD, follow=False)).status


async def test_the_gateway_and_a_service_mean_the_same_clock(world: World) -> None:
    """Business time is read, moved, and never moved back; timers and what is pending are told."""
    identity = world.parts.services[Owner.IDENTITY]
    before = await identity.clock_now()
    await identity.set_clock(before + timedelta(days=30))
    assert await identity.clock_now() >= before + timedelta(days=30)
    await identity.set_clock(before)
    assert await identity.clock_now() >= before + timedelta(days=30)
    due_at = await identity.next_due_at()
    assert due_at is None or due_at.tzinfo is not None
    assert (await identity.pending())["outbox"] == 0
    assert "/v1/sessions" in (await identity.openapi_part())["paths"]
    assert await identity.is_ready()
