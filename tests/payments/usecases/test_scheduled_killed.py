"""kill -9 of a real payments process while it makes a scheduled payment: one charge in the end, wherever it dies."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import aiohttp
import pytest

from tests.payments.paying_world import World
from tests.payments.payments_process import Process, Start

RUN_IN = "UPDATE payment SET run_at = now() + $2::interval WHERE payment_id = $1 RETURNING 1"
HOUR = timedelta(hours=1)


async def scheduled(world: World, method_id: str) -> str:
    """A payment that waits for its day; its id."""
    made = await world.pay(30_000, method_id, pay_on="2026-12-10")
    assert made.body["status"] == "scheduled"
    return str(made.body["payment_id"])


async def wake(process: Process) -> None:
    """Have the timers look for what is due, as the gateway does when it settles; it may die before it answers."""
    with suppress(aiohttp.ClientError):
        await process.api.call("GET", "/sandbox/pending", internal=True)


@pytest.mark.parametrize("point", ["run", "charging", "charged", "run_settled"])
async def test_killed_anywhere_on_its_day_it_is_charged_once(world: World, start: Start, point: str) -> None:
    """The process dies between two steps; whoever comes after it ends with one charge, told once."""
    await world.enroll()
    payment_id = await scheduled(world, await world.save_card())
    await world.value(RUN_IN, UUID(payment_id), HOUR)  # on the clock of the machine, which the process goes by
    dying = await start(f"payments.{point}:1")
    await world.value(RUN_IN, UUID(payment_id), -HOUR)
    await wake(dying)
    assert await dying.process.wait() == -9
    await world.assert_sound()

    await start()
    async with asyncio.timeout(30):
        while await world.status_of(payment_id) != "succeeded":
            await asyncio.sleep(0.2)
    assert len(await world.charges_of(payment_id)) == 1
    bill = "SELECT status, paid_cents, in_flight_cents FROM bill WHERE coverage_month = '2027-01-01'"
    assert await world.rows(bill) == [("paid", 30_000, 0)]
    assert await world.told("payment.") == ["payment.scheduled.v1", "payment.accepted.v1", "payment.succeeded.v1"]
