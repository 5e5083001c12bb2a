"""The timers with real Postgres: bills on the 1st, past due after the due day, any number of copies at work."""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

from services.payments.store import bills
from services.payments.usecases.issue_bills import issue_bills
from services.payments.usecases.mark_past_due import mark_past_due
from services.payments.usecases.record_bills_paid import record_bills_paid
from shared import outbox
from shared.db import Database, Tx
from tests.payments.billing_records import (
    announced,
    bills_of,
    broken_checks,
    hear,
    hold,
    pay_in,
    policies_row,
    run_timers,
    types_announced,
)
from tests.payments.billing_samples import MEMBER, NOW, enrollment, new_york

FIRST_OF_JANUARY = new_york("2027-01-01 00:00")
DUE_DAY_OVER = new_york("2026-12-24 00:00")


async def test_bills_come_on_the_first_and_not_a_second_before(payments_db: Database) -> None:
    """The timer finds nothing at 23:59:59 and the bill for February at midnight."""
    await hear(payments_db, enrollment())
    assert await payments_db.write(lambda tx: issue_bills(tx, FIRST_OF_JANUARY - timedelta(seconds=1))) == 0
    assert await payments_db.write(lambda tx: issue_bills(tx, FIRST_OF_JANUARY)) == 1
    assert await payments_db.write(lambda tx: issue_bills(tx, FIRST_OF_JANUARY)) == 0
    assert [bill.due_on for bill in await bills_of(payments_db)] == [date(2026, 12, 23), date(2027, 1, 25)]
    assert (await types_announced(payments_db))[-1] == "bill.issued.v1"


async def test_many_copies_issue_each_bill_once(payments_db: Database) -> None:
    """Ten members, eight timers at the same moment: ten bills for February, and every timer comes to its end."""
    members = [uuid4() for _ in range(10)]
    await hear(payments_db, *(enrollment(policy_number=f"P-{member}", member_id=member) for member in members))

    async def copy() -> int:
        done = 0
        while await payments_db.write(lambda tx: issue_bills(tx, FIRST_OF_JANUARY)):
            done += 1
        return done

    assert sum(await asyncio.gather(*(copy() for _ in range(8)))) == 10
    for member in members:
        assert [bill.coverage_month.month for bill in await bills_of(payments_db, member)] == [1, 2]
    assert await broken_checks(payments_db) == []


async def test_credit_is_used_on_the_next_bill(payments_db: Database) -> None:
    """A member who paid ahead finds the next bill paid when it comes."""
    await hear(payments_db, enrollment())
    await pay_in(payments_db, 60_000)
    await run_timers(payments_db, FIRST_OF_JANUARY)
    assert [bill.status.value for bill in await bills_of(payments_db)] == ["paid", "paid"]
    (policy,) = await policies_row(payments_db)
    assert policy["paid_through_on"] == date(2027, 2, 28)
    assert await broken_checks(payments_db) == []


async def test_policies_of_one_member_draw_on_the_same_credit_at_the_same_moment(payments_db: Database) -> None:
    """They are billed together, oldest month first and then by number; no copy waits, no cent is used twice."""
    await hear(payments_db, *(enrollment(policy_number=f"P-{number}") for number in range(4)))
    await pay_in(payments_db, 150_000)
    copies = [payments_db.write(lambda tx: issue_bills(tx, FIRST_OF_JANUARY)) for _ in range(4)]
    assert sorted(await asyncio.gather(*copies)) == [0, 0, 0, 4]
    owed = await bills_of(payments_db)
    assert [bill.paid_cents for bill in owed] == [30_000] * 5 + [0] * 3
    february = [
        (type_, body) for type_, body in await announced(payments_db) if body.get("coverage_month") == "2027-02"
    ]
    assert [type_ for type_, _ in february] == ["bill.issued.v1"] * 4 + ["bill.paid.v1"]
    assert sorted(body["paid_cents"] for _, body in february[:4]) == [0, 0, 0, 30_000]
    assert await payments_db.read(lambda tx: tx.fetchval("SELECT sum(amount_cents) FROM allocation")) == 150_000
    assert await payments_db.read(lambda tx: tx.fetchval("SELECT sum(credit_left_cents) FROM payment")) == 0
    assert await broken_checks(payments_db) == []


async def test_an_unpaid_bill_is_past_due_when_its_due_day_is_over(payments_db: Database) -> None:
    """Announced once, at midnight after the due day, and what is owed stays owed."""
    await hear(payments_db, enrollment())
    assert await payments_db.write(lambda tx: mark_past_due(tx, DUE_DAY_OVER - timedelta(seconds=1))) == 0
    assert await payments_db.write(lambda tx: mark_past_due(tx, DUE_DAY_OVER)) == 1
    assert await payments_db.write(lambda tx: mark_past_due(tx, DUE_DAY_OVER)) == 0
    (bill,) = await bills_of(payments_db)
    assert (bill.status.value, bill.owed_cents, bill.version) == ("past_due", 30_000, 2)
    type_, body = (await announced(payments_db))[-1]
    assert (type_, body["status"], body["version"]) == ("bill.past_due.v1", "past_due", 2)


async def test_money_in_flight_counts_until_it_is_declined(payments_db: Database) -> None:
    """A payment under way keeps the bill from being past due; its decline brings the timer back to it."""
    await hear(payments_db, enrollment())
    held = await hold(payments_db, (await bills_of(payments_db))[0], 30_000)
    assert await payments_db.write(lambda tx: mark_past_due(tx, DUE_DAY_OVER)) == 0
    await payments_db.write(lambda tx: bills.update_amounts(tx, [held.release(30_000)]))
    assert await payments_db.write(lambda tx: mark_past_due(tx, DUE_DAY_OVER)) == 1


async def test_a_payment_that_covers_only_a_part_does_not_keep_the_bill_in_time(payments_db: Database) -> None:
    """A cent short is short."""
    await hear(payments_db, enrollment())
    await hold(payments_db, (await bills_of(payments_db))[0], 29_999)
    assert await payments_db.write(lambda tx: mark_past_due(tx, DUE_DAY_OVER)) == 1


async def test_two_timers_mark_a_bill_once(payments_db: Database) -> None:
    """Five copies at once announce each of three bills one time."""
    await hear(payments_db, *(enrollment(policy_number=f"P-{number}") for number in range(3)))
    marked = await asyncio.gather(*(payments_db.write(lambda tx: mark_past_due(tx, DUE_DAY_OVER)) for _ in range(5)))
    assert sum(marked) == 3
    assert (await types_announced(payments_db)).count("bill.past_due.v1") == 3


async def test_paying_months_moves_coverage_without_jumping_a_gap(payments_db: Database) -> None:
    """February paid first moves nothing; January paid then moves coverage through February, said once."""
    await hear(payments_db, enrollment())
    await run_timers(payments_db, FIRST_OF_JANUARY)

    async def pay(tx: Tx, month: int) -> int:
        owed = await bills.lock_owed(tx, MEMBER, None)
        (bill,) = [bill for bill in owed if bill.coverage_month.month == month]
        paid, _ = bill.credit(bill.owed_cents, NOW)
        await bills.update_amounts(tx, [paid])
        facts = await record_bills_paid(tx, [paid], NOW)
        await outbox.add(tx, *facts)
        return len(facts)

    assert await payments_db.write(lambda tx: pay(tx, 2)) == 0
    assert await payments_db.write(lambda tx: pay(tx, 1)) == 1
    type_, body = (await announced(payments_db))[-1]
    assert (type_, body["paid_through_on"], body["coverage_status"]) == (
        "policy.coverage_changed.v1",
        "2027-02-28",
        "active",
    )
    assert await broken_checks(payments_db) == []


async def test_a_year_is_billed_month_by_month(payments_db: Database) -> None:
    """Stepping through 2027 by what is due next: twelve bills, each marked past due when nobody pays."""
    await hear(payments_db, enrollment(coverage_end_on=date(2027, 12, 31)))
    for days in range(1, 380):
        now = NOW + timedelta(days=days)
        if now.day in (1, 24, 25, 26, 27):
            await run_timers(payments_db, now)
    issued = await bills_of(payments_db)
    assert [bill.coverage_month.month for bill in issued] == list(range(1, 13))
    assert {bill.status.value for bill in issued} == {"past_due"}
    assert [bill.due_on.isoformat() for bill in issued[:6]] == [
        "2026-12-23",
        "2027-01-25",
        "2027-02-23",
        "2027-03-23",
        "2027-04-23",
        "2027-05-24",
    ]
    (policy,) = await policies_row(payments_db)
    assert policy["next_bill_at"] is None
