"""The second line: what Postgres itself refuses, and what statements find and lock."""

import asyncio
from dataclasses import replace
from datetime import date
from uuid import uuid4

import asyncpg
import pytest

from services.payments.store import bills, policies
from services.payments.store.bills import BillNotFound
from services.payments.store.policies import PolicyNotFound
from services.payments.store.refusals import StaleBill
from shared.db import Database, Tx
from tests.payments.billing_records import bills_of, broken_checks, hear, hold, run_timers
from tests.payments.billing_samples import MEMBER, NOW, enrollment, new_york


async def _execute(db: Database, statement: str) -> None:
    await db.write(lambda tx: tx.execute(statement))


async def test_a_bill_and_a_policy_come_back_as_they_were_saved(payments_db: Database) -> None:
    """Reading gives what was written, field by field, lines and rates included."""
    await hear(payments_db, enrollment(subsidy_cents=5_000, exchange_policy_id="X-1"))
    (bill,) = await bills_of(payments_db)
    (policy,) = await payments_db.read(lambda tx: policies.list_for_member(tx, MEMBER))
    assert [(line.text_code, line.amount_cents) for line in bill.lines] == [("premium", 30_000), ("subsidy", -5_000)]
    assert (policy.first_billed_month, policy.next_bill_month) == (date(2027, 1, 1), date(2027, 2, 1))
    assert [(rate.from_month, rate.premium_cents, rate.subsidy_cents) for rate in policy.rates] == [
        (date(2027, 1, 1), 30_000, 5_000)
    ]
    assert await payments_db.read(lambda tx: bills.get_owned(tx, bill.bill_id, MEMBER)) == bill
    assert await payments_db.read(lambda tx: policies.get_owned(tx, policy.policy_id, MEMBER)) == policy
    assert await payments_db.write(lambda tx: policies.lock(tx, policy.policy_id)) == policy


async def test_others_bills_and_policies_are_not_found(payments_db: Database) -> None:
    """A stranger's id is as unknown as one that does not exist."""
    await hear(payments_db, enrollment())
    (bill,) = await bills_of(payments_db)
    for bill_id, member_id in ((bill.bill_id, uuid4()), (uuid4(), MEMBER)):
        with pytest.raises(BillNotFound):
            await payments_db.read(lambda tx, b=bill_id, m=member_id: bills.get_owned(tx, b, m))  # type: ignore[misc]  # mypy does not follow defaults of lambdas
    for policy_id, member_id in ((bill.policy_id, uuid4()), (uuid4(), MEMBER)):
        with pytest.raises(PolicyNotFound):
            await payments_db.read(lambda tx, p=policy_id, m=member_id: policies.get_owned(tx, p, m))  # type: ignore[misc]  # as above
    with pytest.raises(PolicyNotFound):
        await payments_db.write(lambda tx: policies.lock(tx, uuid4()))


async def test_owed_bills_come_oldest_due_day_first_and_then_by_policy_number(payments_db: Database) -> None:
    """The order in which payments are applied; what is paid in full is not among them."""
    await hear(payments_db, enrollment(policy_number="P-2"), enrollment(policy_number="P-1", kind="dental"))
    await run_timers(payments_db, new_york("2027-01-01 00:00"))
    first, *_ = await bills_of(payments_db)
    paid, _ = first.credit(30_000, NOW)
    await payments_db.write(lambda tx: bills.update_amounts(tx, [paid]))
    owed = await payments_db.write(lambda tx: bills.lock_owed(tx, MEMBER, None))
    assert [(bill.policy_number, bill.coverage_month.month) for bill in owed] == [("P-2", 1), ("P-1", 2), ("P-2", 2)]
    chosen = await payments_db.read(lambda tx: bills.list_owed(tx, MEMBER, [first.policy_id]))
    assert [(bill.policy_number, bill.coverage_month.month) for bill in chosen] == [("P-1", 2)]
    assert await payments_db.read(lambda tx: bills.list_owed(tx, MEMBER, [])) == []
    assert await payments_db.read(lambda tx: bills.list_owed(tx, uuid4(), None)) == []


async def test_many_bills_are_saved_at_once_and_a_stale_one_saves_none(payments_db: Database) -> None:
    """Somebody else changed one of two bills in between: nothing of it is saved."""
    await hear(payments_db, enrollment(policy_number="P-1"), enrollment(policy_number="P-2"))
    one, two = await bills_of(payments_db)
    await payments_db.write(lambda tx: bills.update_amounts(tx, [one.hold(100), two.hold(200)]))
    one, two = await bills_of(payments_db)
    assert (one.in_flight_cents, two.in_flight_cents) == (100, 200)
    stale = replace(two, version=1)
    with pytest.raises(StaleBill):
        await payments_db.write(lambda tx: bills.update_amounts(tx, [one.hold(5), stale.hold(5)]))
    assert await bills_of(payments_db) == [one, two]


async def test_two_who_lock_the_same_bills_wait_for_each_other(payments_db: Database) -> None:
    """Two payers, one bill: the second sees what the first has left."""
    await hear(payments_db, enrollment())
    locked, let_go = asyncio.Event(), asyncio.Event()

    async def first(tx: Tx) -> None:
        (bill,) = await bills.lock_owed(tx, MEMBER, None)
        locked.set()
        await let_go.wait()
        await bills.update_amounts(tx, [bill.hold(30_000)])

    async def second(tx: Tx) -> int:
        (bill,) = await bills.lock_owed(tx, MEMBER, None)
        return bill.owed_cents

    holding = asyncio.create_task(payments_db.write(first))
    await locked.wait()
    waiting = asyncio.create_task(payments_db.write(second))
    let_go.set()
    await holding
    assert await waiting == 0


FORBIDDEN = (
    "UPDATE bill SET total_cents = 1",
    "UPDATE bill SET due_on = due_on + 30",
    "UPDATE bill SET coverage_month = coverage_month + 31",
    "UPDATE bill_line SET amount_cents = 0",
    "UPDATE policy_rate SET premium_cents = 0",
    "DELETE FROM bill_line",
    "DELETE FROM bill",
    "DELETE FROM policy",
)


async def test_a_bill_never_changes_after_issue(payments_db: Database) -> None:
    """The service's own role is not allowed to change an issued bill, its lines, or a rate that was told."""
    await hear(payments_db, enrollment())
    for statement in FORBIDDEN:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _execute(payments_db, statement)


IMPOSSIBLE = (
    "paid_cents = 20000, in_flight_cents = 10001",
    "paid_cents = -1",
    "in_flight_cents = -1",
    "status = 'paid'",
    "paid_cents = 30000",
    "status = 'void'",
)


async def test_postgres_refuses_amounts_that_do_not_add_up(payments_db: Database) -> None:
    """More than the total, less than nothing, or paid without money can not be stored, whatever the code does."""
    await hear(payments_db, enrollment())
    for changes in IMPOSSIBLE:
        with pytest.raises(asyncpg.CheckViolationError):
            await _execute(payments_db, f"UPDATE bill SET {changes}")  # noqa: S608 - from the table above


async def test_a_month_is_billed_once(payments_db: Database) -> None:
    """A second premium bill for the same policy and month can not be stored."""
    await hear(payments_db, enrollment())
    (bill,) = await bills_of(payments_db)
    with pytest.raises(asyncpg.UniqueViolationError):
        await payments_db.write(lambda tx: bills.insert(tx, [replace(bill, bill_id=uuid4())]))


async def test_the_invariants_find_what_is_broken(payments_db: Database) -> None:
    """Each of billing's checks is quiet on healthy data and speaks when its rule is broken."""
    await hear(payments_db, enrollment())
    (bill,) = await bills_of(payments_db)
    assert await broken_checks(payments_db) == []
    await payments_db.write(
        lambda tx: tx.execute("INSERT INTO bill_line VALUES ($1, 2, 'subsidy', 'subsidy', -1)", bill.bill_id)
    )
    assert await broken_checks(payments_db) == ["bill-lines"]
    await payments_db.write(
        lambda tx: tx.execute("UPDATE policy SET status = 'active', paid_through_on = '2027-01-31'")
    )
    assert await broken_checks(payments_db) == ["bill-lines", "coverage-active", "paid-through"]
    await payments_db.write(lambda tx: tx.execute("UPDATE policy SET last_billed_month = '2027-02-01'"))
    assert await broken_checks(payments_db) == ["bill-lines", "billed-months", "coverage-active", "paid-through"]


async def test_a_covered_bill_is_not_the_next_to_be_past_due(payments_db: Database) -> None:
    """The timer is told of the earliest bill that is not covered, and of none when all are."""
    await hear(payments_db, enrollment())
    (bill,) = await bills_of(payments_db)
    assert await payments_db.read(bills.find_next_past_due_at) == new_york("2026-12-24 00:00")
    await hold(payments_db, bill, 30_000)
    assert await payments_db.read(bills.find_next_past_due_at) is None
    assert await payments_db.read(policies.find_next_bill_at) == new_york("2027-01-01 00:00")
