"""What the tables themselves refuse of payments on a later day, and the statements that find those that are due."""

from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from services.payments.domain.schedule import CancelReason
from services.payments.store import payments, scheduled_payments
from services.payments.store.refusals import StalePayment
from tests.payments.billing_samples import new_york
from tests.payments.paying_world import Member, World

RUN_AT = new_york("2026-12-10 06:00")


async def scheduled(world: World, day: str = "2026-12-10") -> UUID:
    """A payment of $300 that waits for its day."""
    return UUID((await world.pay(30_000, pay_on=day)).body["payment_id"])


async def test_a_schedule_is_read_as_it_was_written(world: World) -> None:
    """Day, rule, amount, chosen policies and the plan come back; its card and method too."""
    health = await world.enroll()
    answer = await world.pay(10_000, pay_on="2026-12-10", policy_ids=[str(health)])
    payment = await world.parts.db.read(lambda tx: payments.get(tx, UUID(answer.body["payment_id"])))
    agreed = payment.schedule
    assert agreed is not None
    assert (agreed.on, agreed.amount_rule.value, agreed.agreed_cents) == (date(2026, 12, 10), "fixed", 10_000)
    assert agreed.policy_ids == (health,)
    assert [(part.policy_id, part.amount_cents) for part in payment.allocations] == [(health, 10_000)]
    assert str(payment.method_id) == answer.body["method"]["method_id"]


async def test_the_tables_refuse_what_no_verb_does(world: World) -> None:
    """Half a schedule, a charge above what was agreed, a reason without a cancel, a day for what is no more waiting."""
    await world.enroll()
    await scheduled(world)
    for change in (
        "amount_cents = agreed_cents + 1",
        "agreed_cents = NULL",
        "amount_rule = 'whatever'",
        "scheduled_on = NULL",
        "method_id = NULL",
        "run_at = NULL",
        "cancel_reason = 'member'",
        "status = 'canceled', run_at = NULL",
        "status = 'accepted', run_at = NULL",
        "status = 'paused'",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await world.value(f"UPDATE payment SET {change} RETURNING 1")  # noqa: S608 - from the list above


async def test_a_plan_cannot_be_changed(world: World) -> None:
    """What a member was shown when they agreed stays as it was written."""
    await world.enroll()
    await scheduled(world)
    for statement in ("UPDATE planned_allocation SET amount_cents = 1", "DELETE FROM planned_allocation"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await world.value(statement)


async def test_what_is_due_is_found_longest_due_first(world: World) -> None:
    """Only what waits and whose time has come; not what this process is at; the next instant for the clock."""
    await world.enroll()
    db, now = world.parts.db, RUN_AT + timedelta(days=2)
    assert await db.read(scheduled_payments.find_next_run_at) is None
    third, first, second = [await scheduled(world, f"2026-12-{day}") for day in (20, 10, 11)]
    assert await db.read(scheduled_payments.find_next_run_at) == RUN_AT
    assert await db.read(lambda tx: scheduled_payments.list_due(tx, now, 10, ())) == [first, second]
    assert await db.read(lambda tx: scheduled_payments.list_due(tx, now, 10, [first])) == [second]
    assert await db.read(lambda tx: scheduled_payments.list_due(tx, now, 1, ())) == [first]
    assert await db.read(lambda tx: scheduled_payments.list_due(tx, RUN_AT - timedelta(seconds=1), 10, ())) == []
    await world.call("POST", f"/v1/payments/{first}/cancel")
    assert await db.read(lambda tx: scheduled_payments.list_due(tx, now, 10, ())) == [second]
    assert third not in await db.read(lambda tx: scheduled_payments.list_due(tx, now, 10, ()))


async def test_sums_are_of_one_member(world: World) -> None:
    """What another member has scheduled is not in the sums."""
    await world.enroll()
    await scheduled(world)
    db, stranger = world.parts.db, Member().member_id
    mine = await db.read(lambda tx: scheduled_payments.sum_of_member(tx, world.member.member_id))
    assert (mine.amount_cents, mine.next_on) == (30_000, date(2026, 12, 10))
    theirs = await db.read(lambda tx: scheduled_payments.sum_of_member(tx, stranger))
    assert (theirs.amount_cents, theirs.next_on) == (0, None)
    assert await db.read(lambda tx: scheduled_payments.get_cents_for(tx, stranger, None)) == 0


async def test_it_moves_from_the_version_that_was_read(world: World) -> None:
    """A run or a cancel made from an older state is refused, and leaves nothing behind."""
    await world.enroll()
    payment_id = await scheduled(world)
    now, db = world.clock.now(), world.parts.db
    waiting = await db.read(lambda tx: payments.get(tx, payment_id))
    canceled, _ = waiting.cancel(CancelReason.MEMBER, now)
    await world.call("POST", f"/v1/payments/{payment_id}/cancel")
    with pytest.raises(StalePayment):
        await db.write(lambda tx: scheduled_payments.update_canceled(tx, canceled, now))
    with pytest.raises(StalePayment):
        await db.write(lambda tx: scheduled_payments.update_run(tx, canceled, now, None))
    assert await world.value("SELECT count(*) FROM allocation") == 0
    assert await world.value("SELECT count(*) FROM payment_transition") == 2
