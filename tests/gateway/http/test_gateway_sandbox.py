"""The sandbox clock: all services move together, from one due instant to the next, and settle between."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from tests.gateway.gateway_world import START, World, open_world

DAY = timedelta(days=1)


def _at(answered_now: str) -> str:
    return answered_now.replace("Z", "+00:00")


async def _move(world: World, **body: Any) -> Any:
    return await world.gateway.call("POST", "/sandbox/clock", body=body)


async def test_the_clock_shows_and_moves_business_time(world: World) -> None:
    """By a length of time, and to an instant; every service stands there after."""
    answered = await world.gateway.call("GET", "/sandbox/clock")
    assert (answered.status, _at(answered.body["now"])) == (200, START.isoformat())
    answered = await _move(world, advance="P30D")
    assert (answered.status, _at(answered.body["now"])) == (200, (START + 30 * DAY).isoformat())
    answered = await _move(world, to="2027-03-01T12:00:00Z")
    assert answered.body["now"] == "2027-03-01T12:00:00Z"
    assert world.identity.now() == world.payments.now() == world.notify.now()


async def test_work_of_day_three_is_done_on_day_three(world: World) -> None:
    """What is due on the way is done at its own instant; what lies beyond waits."""
    world.payments.due = [START + 5 * DAY, START + 31 * DAY]
    world.notify.due = [START + 3 * DAY]
    assert (await _move(world, advance="P30D")).status == 200
    assert world.notify.done == [(START + 3 * DAY, START + 3 * DAY)]
    assert world.payments.done == [(START + 5 * DAY, START + 5 * DAY)]
    assert world.payments.due == [START + 31 * DAY]


async def test_the_clock_never_goes_back(world: World) -> None:
    """409, and the clock says where it stands."""
    answered = await _move(world, to="2026-12-31T00:00:00Z")
    assert (answered.status, answered.problem) == (409, "clock-backwards")
    assert answered.body["now"] == START.isoformat()
    assert world.payments.now() == START


async def test_a_service_ahead_of_the_others_is_not_pulled_back(world: World) -> None:
    """After a move that stopped half way, the next one goes on from the furthest."""
    world.payments.offset = 2 * DAY
    answered = await _move(world, to=(START + DAY).isoformat())
    assert answered.status == 409
    assert (await _move(world, to=(START + 3 * DAY).isoformat())).status == 200
    assert world.identity.now() == world.payments.now() == START + 3 * DAY


async def test_work_that_does_not_get_done_is_told(world: World) -> None:
    """The move ends with an error that names the service, not with an endless loop."""
    world.payments.due = [START + 3 * DAY]
    world.payments.works = False
    answered = await _move(world, advance="P30D")
    assert (answered.status, answered.problem) == (503, "clock-stuck")
    assert answered.body["services"] == ["payments"]
    assert world.notify.now() == START + 3 * DAY


async def test_overdue_work_is_done_where_the_clock_stands(world: World) -> None:
    """What became due while a service was away does not send the clock back."""
    world.payments.offset = world.identity.offset = world.notify.offset = 10 * DAY
    world.payments.due = [START + 3 * DAY]
    world.payments.works = False

    async def do_it_soon() -> None:
        world.payments.due = []

    asyncio.get_running_loop().call_later(0.1, lambda: asyncio.ensure_future(do_it_soon()))
    assert (await _move(world, advance="P1D")).status == 200
    assert world.payments.now() == START + 11 * DAY


async def test_two_moves_at_once_take_turns(world: World) -> None:
    """Ten people advance the clock by a day each: ten days."""
    answers = await asyncio.gather(*(_move(world, advance="P1D") for _ in range(10)))
    assert [answered.status for answered in answers] == [200] * 10
    assert world.payments.now() == START + 10 * DAY


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"advance": "P1D", "to": "2027-03-01T12:00:00Z"},
        {"advance": "a day"},
        {"advance": "-P1D"},
        {"advance": "P99999D"},
        {"to": "2027-03-01T12:00:00"},
        {"to": "tomorrow"},
        {"advance": None},
        {"days": 3},
    ],
)
async def test_a_move_that_is_not_understood_is_422(world: World, body: dict[str, object]) -> None:
    """Exactly one of the two, forward, and within ten years."""
    answered = await world.gateway.call("POST", "/sandbox/clock", body=body)
    assert (answered.status, answered.problem) == (422, "invalid-fields")
    assert world.payments.now() == START


async def test_settle_returns_when_nothing_is_pending_twice_in_a_row(world: World) -> None:
    """A message between two services is not overlooked."""
    looks: list[int] = []

    async def busy_for_a_while(request: web.Request, body: bytes) -> web.StreamResponse:
        if request.path == "/sandbox/pending":
            looks.append(len(looks))
            world.notify.pending = {"queue": 1 if len(looks) in (1, 2, 4) else 0}
        return await world.notify.inside(request, body)

    world.notify.inside_answer = busy_for_a_while
    assert (await world.gateway.call("POST", "/sandbox/settle")).status == 200
    assert len(looks) == 6


async def test_what_does_not_settle_is_named() -> None:
    """503 says which service has what left."""
    async with open_world(settle_timeout_seconds=0.1) as world:
        world.payments.pending = {"outbox": 2, "queue": 0, "calls": 1}
        answered = await world.gateway.call("POST", "/sandbox/settle")
        assert (answered.status, answered.problem) == (503, "not-settled")
        assert answered.body["pending"] == {"payments": {"outbox": 2, "calls": 1}}
        assert answered.body["detail"] == "payments: outbox 2, calls 1"
        assert (await _move(world, advance="P1D")).problem == "not-settled"


async def test_a_clock_that_ran_past_the_instant_is_there_already(world: World) -> None:
    """Time goes on while the clock is moved; that is no move backwards."""
    world.payments.runs_ahead = True
    assert (await _move(world, advance="PT1S")).status == 200


async def test_a_service_that_is_away_is_503(world: World) -> None:
    """Nothing is moved half."""
    await world.notify.stop()
    answered = await _move(world, advance="P1D")
    assert (answered.status, answered.problem) == (503, "unavailable")
    assert world.payments.now() == START


async def test_outside_the_sandbox_there_is_no_clock_to_move() -> None:
    """404, whatever is sent."""
    async with open_world(portal_env="production") as world:
        for method, path in (("GET", "/sandbox/clock"), ("POST", "/sandbox/clock"), ("POST", "/sandbox/settle")):
            answered = await world.gateway.call(method, path, raw=None if method == "GET" else b"{")
            assert (answered.status, answered.problem) == (404, "not-found")
        assert world.payments.now() == START
