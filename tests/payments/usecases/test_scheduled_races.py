"""What happens to a scheduled payment beside its run: its card is removed, it is canceled, another process is at it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.payments.store import scheduled_payments
from services.payments.usecases.charges_under_way import ChargesUnderWay
from services.payments.usecases.run_payment import run_payment
from tests.payments.paying_world import VISA, World
from tests.payments.scheduling import BEFORE, RUN_AT, schedule, until


async def test_a_removed_card_is_not_charged(world: World) -> None:
    """Removing the card cancels what waits for it, after the cut-off too, and says so; another card's payment stays."""
    await world.enroll()
    removed, kept = await world.save_card(VISA), await world.save_card(VISA)
    gone, waits = await schedule(world, 30_000, removed), await schedule(world, 1_000, kept)
    world.clock.move_to(BEFORE)
    assert (await world.call("DELETE", f"/v1/payment-methods/{removed}")).status == 204
    shown = await world.get(f"/v1/payments/{gone['reference']}")
    assert (shown["status"], shown["cancel_reason"]) == ("canceled", "method_removed")
    assert await world.told("method.removed", "payment.canceled") == ["method.removed.v1", "payment.canceled.v1"]
    await until(world, RUN_AT)
    assert await world.status_of(waits["payment_id"]) == "succeeded"
    assert await world.charges_of(gone["payment_id"]) == []


async def test_a_card_removed_while_it_was_scheduled_is_found_at_the_run(world: World) -> None:
    """Both at the same moment: the payment that slipped in is canceled on its day, not charged."""
    await world.enroll()
    method_id = await world.save_card()
    made = await schedule(world, 30_000, method_id)
    await world.value("UPDATE payment_method SET removed_at = now(), version = 2 RETURNING 1")
    await until(world, RUN_AT)
    shown = await world.get(f"/v1/payments/{made['reference']}")
    assert (shown["status"], shown["cancel_reason"]) == ("canceled", "method_removed")


async def test_several_processes_run_each_payment_once(world: World) -> None:
    """Five timers at once over twelve payments: each is charged once, and none waits for another's."""
    await world.enroll()
    method_id = await world.save_card()
    made = [await schedule(world, 100 + n, method_id) for n in range(12)]
    world.clock.move_to(RUN_AT)
    copies = [replace(world, parts=replace(world.parts, charges=ChargesUnderWay(64))) for _ in range(5)]
    await asyncio.gather(*(copy.run_jobs() for copy in copies))
    for payment in made:
        assert await world.status_of(payment["payment_id"]) == "succeeded"
        assert len(await world.charges_of(payment["payment_id"])) == 1


async def test_a_payment_that_somebody_runs_is_passed_over(world: World) -> None:
    """While one process decides, another finds nothing to do; before its time nobody does."""
    await world.enroll()
    made = UUID((await schedule(world))["payment_id"])
    db, lease = world.parts.db, timedelta(seconds=10)
    assert await db.write(lambda tx: run_payment(tx, made, lease, BEFORE)) is None

    async def meanwhile(tx: Any) -> None:
        assert await scheduled_payments.lock_due(tx, made, RUN_AT) is not None
        assert await db.write(lambda other: run_payment(other, made, lease, RUN_AT)) is None

    await db.write(meanwhile)
    assert await world.status_of(made) == "scheduled"


async def test_canceling_and_running_at_once_end_in_one_of_both(world: World) -> None:
    """A cancel that races with the run is either in time or told that it is not; never canceled and charged."""
    await world.enroll()
    method_id = await world.save_card()
    made = [await schedule(world, 100, method_id) for _ in range(6)]
    paths = [f"/v1/payments/{payment['reference']}/cancel" for payment in made]
    due = "UPDATE payment SET run_at = $1 WHERE run_at IS NOT NULL RETURNING 1"
    await world.value(due, world.clock.now())
    answers = await asyncio.gather(*(world.call("POST", path) for path in paths), world.run_jobs())
    for payment, answer in zip(made, answers, strict=False):
        charged = len(await world.charges_of(payment["payment_id"]))
        assert answer is not None
        assert (answer.status, charged) in ((200, 0), (409, 1)), (answer.body, charged)


async def test_when_all_charges_are_taken_it_waits_for_the_next_look(world: World) -> None:
    """Members who pay at this moment come first: the scheduled payment is left as it is and tried again."""
    await world.enroll()
    made = await schedule(world)
    world.clock.move_to(RUN_AT)
    held = [world.parts.charges.slot(UUID(int=n)) for n in range(100)]
    for slot in held:
        slot.__enter__()
    await world.run_jobs()
    for slot in held:
        slot.__exit__(None, None, None)
    assert await world.status_of(made["payment_id"]) == "scheduled"
    await world.run_jobs()
    assert await world.status_of(made["payment_id"]) == "succeeded"
