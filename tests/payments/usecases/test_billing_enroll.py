"""Enrollments heard with real Postgres: first bills, changes, and the same end in whatever order they come."""

import asyncio
from datetime import date
from uuid import uuid4

import pytest

from shared.contracts.identity import MemberEnrolledV1
from shared.db import Database
from tests.payments.billing_records import (
    announced,
    bills_of,
    broken_checks,
    hear,
    pay_in,
    policies_row,
    types_announced,
)
from tests.payments.billing_samples import enrollment, new_york

CHANGE = enrollment(2, action="change", effective_on=date(2027, 3, 1), premium_cents=33_000)
END = enrollment(3, action="terminate", effective_on=date(2027, 8, 31), premium_cents=33_000)


async def test_an_enrollment_brings_a_policy_its_first_bill_and_the_news(payments_db: Database) -> None:
    """The member has something to pay at once, the ledger knows it, and everybody is told in the same commit."""
    await hear(payments_db, enrollment(subsidy_cents=10_000))
    (bill,) = await bills_of(payments_db)
    assert (bill.total_cents, bill.issued_on, bill.due_on) == (20_000, date(2026, 12, 1), date(2026, 12, 23))
    assert await types_announced(payments_db) == ["policy.enrolled.v1", "bill.issued.v1"]
    entries = await payments_db.read(lambda tx: tx.fetch("SELECT account, amount_cents FROM ledger_entry ORDER BY 1"))
    assert [tuple(entry) for entry in entries] == [
        ("billed:acme", -20_000),
        (f"receivable:{bill.policy_id}", 20_000),
    ]
    assert await broken_checks(payments_db) == []


async def test_the_same_enrollment_twice_changes_and_says_nothing(payments_db: Database) -> None:
    """A repeated message makes no second policy, bill or news."""
    await hear(payments_db, enrollment())
    before = (await policies_row(payments_db), await bills_of(payments_db), await announced(payments_db))
    await hear(payments_db, enrollment(), enrollment(), now=new_york("2026-12-05 08:00"))
    assert (await policies_row(payments_db), await bills_of(payments_db), await announced(payments_db)) == before


@pytest.mark.parametrize(
    "story",
    [
        (CHANGE, enrollment(), END),
        (END, CHANGE, enrollment()),
        (enrollment(), END, CHANGE),
        (END, enrollment(), CHANGE, END, enrollment()),
    ],
)
async def test_out_of_order_ends_as_in_order(payments_db: Database, story: tuple[MemberEnrolledV1, ...]) -> None:
    """The policy, its end and its prices are those of the newest enrollment; the newest says them last."""
    await hear(payments_db, *story)
    (policy,) = await policies_row(payments_db)
    assert (policy["enrollment_version"], policy["premium_cents"], policy["coverage_end_on"]) == (
        3,
        33_000,
        date(2027, 8, 31),
    )
    rates = await payments_db.read(
        lambda tx: tx.fetch("SELECT enrollment_version, from_month, premium_cents FROM policy_rate ORDER BY 1")
    )
    assert [tuple(rate) for rate in rates] == [(1, date(2027, 1, 1), 30_000), (2, date(2027, 3, 1), 33_000)]
    assert [bill.coverage_month for bill in await bills_of(payments_db)] == [date(2027, 1, 1)]
    last = [body for type_, body in await announced(payments_db) if type_.startswith("policy.")][-1]
    assert (last["premium_cents"], last["coverage_end_on"]) == (33_000, "2027-08-31")
    assert await broken_checks(payments_db) == []


CANCEL = enrollment(2, action="cancel")
CORRECTION = enrollment(3, action="change", premium_cents=33_000)


@pytest.mark.parametrize(
    "story",
    [
        (enrollment(), CANCEL, CORRECTION),
        (enrollment(), CORRECTION, CANCEL),
        (CORRECTION, CANCEL, enrollment()),
        (CANCEL, CORRECTION, enrollment(), CANCEL),
    ],
)
async def test_a_canceled_policy_stays_canceled_through_a_change(
    payments_db: Database, story: tuple[MemberEnrolledV1, ...]
) -> None:
    """Whichever is heard first: the policy has ended, nothing more is billed, and the last news say so."""
    await hear(payments_db, *story)
    (policy,) = await policies_row(payments_db)
    assert (policy["premium_cents"], policy["coverage_end_on"], policy["end_version"]) == (
        33_000,
        date(2026, 12, 31),
        2,
    )
    assert policy["next_bill_at"] is None
    told = [body for type_, body in await announced(payments_db) if type_.startswith("policy.")]
    assert told[-1]["coverage_end_on"] == "2026-12-31"
    assert [body["version"] for body in told] == list(range(1, len(told) + 1))


async def test_a_canceled_policy_is_billed_again_when_it_is_reinstated(payments_db: Database) -> None:
    """Only a reinstatement opens it again, also when the cancellation is heard after it."""
    reinstated = enrollment(4, action="reinstate", premium_cents=33_000)
    await hear(payments_db, CORRECTION, reinstated, CANCEL, enrollment())
    (policy,) = await policies_row(payments_db)
    assert (policy["coverage_end_on"], policy["end_version"]) == (None, 4)
    assert policy["next_bill_month"] == date(2027, 2, 1)


async def test_two_consumers_hear_of_a_new_policy_at_the_same_moment(payments_db: Database) -> None:
    """Ten versions at once over several connections: one policy, the newest version, one first bill."""
    facts = [enrollment(1), *(enrollment(version, action="change", plan=f"Plan {version}") for version in range(2, 11))]
    await asyncio.gather(*(hear(payments_db, fact) for fact in reversed(facts)))
    (policy,) = await policies_row(payments_db)
    assert (policy["enrollment_version"], policy["plan"]) == (10, "Plan 10")
    assert len(await bills_of(payments_db)) == 1
    assert await broken_checks(payments_db) == []


async def test_the_same_number_at_another_insurer_is_another_policy(payments_db: Database) -> None:
    """Policy numbers are only unique within an insurer."""
    await hear(payments_db, enrollment(), enrollment(insurer_id="other", insurer_name="Other Dental", kind="dental"))
    assert [policy["insurer_id"] for policy in await policies_row(payments_db)] == ["acme", "other"]


async def test_without_a_premium_there_is_a_policy_and_no_bill(payments_db: Database) -> None:
    """Nothing is billed that the marketplace has not said; the first bill comes with the premium."""
    await hear(payments_db, enrollment(premium_cents=None))
    assert await bills_of(payments_db) == []
    await hear(payments_db, enrollment(2, action="change"), now=new_york("2026-12-07 10:00"))
    assert [(bill.total_cents, bill.issued_on) for bill in await bills_of(payments_db)] == [(30_000, date(2026, 12, 7))]
    assert await types_announced(payments_db) == ["policy.enrolled.v1", "policy.changed.v1", "bill.issued.v1"]


async def test_a_month_carried_by_the_subsidy_is_covered_at_once(payments_db: Database) -> None:
    """A bill of nothing is paid when it is issued: coverage is active, and the ledger has nothing to post."""
    await hear(payments_db, enrollment(subsidy_cents=31_000))
    assert await types_announced(payments_db) == [
        "policy.enrolled.v1",
        "bill.issued.v1",
        "bill.paid.v1",
        "policy.coverage_changed.v1",
    ]
    (policy,) = await policies_row(payments_db)
    assert (policy["status"], policy["paid_through_on"]) == ("active", date(2027, 1, 31))
    assert await payments_db.read(lambda tx: tx.fetch("SELECT FROM ledger_transaction")) == []
    assert await broken_checks(payments_db) == []


async def test_credit_pays_the_first_bill_of_a_new_policy(payments_db: Database) -> None:
    """What the member paid too much before is used as soon as something is billed; the rest stays credit."""
    older, newer = await pay_in(payments_db, 10_000), await pay_in(payments_db, 25_000)
    await pay_in(payments_db, 99_000, member_id=uuid4())
    await hear(payments_db, enrollment())
    (bill,) = await bills_of(payments_db)
    assert (bill.status.value, bill.paid_cents) == ("paid", 30_000)
    used = await payments_db.read(
        lambda tx: tx.fetch(
            "SELECT payment_id, amount_cents, source FROM allocation WHERE bill_id = $1 ORDER BY amount_cents",
            bill.bill_id,
        )
    )
    assert {row["payment_id"] for row in used} == {older, newer}
    assert sum(row["amount_cents"] for row in used) == 30_000
    left = await payments_db.read(lambda tx: tx.fetchval("SELECT sum(credit_left_cents) FROM payment"))
    assert left == 5_000 + 99_000
    told = (await announced(payments_db))[1:]
    assert [type_ for type_, _ in told] == ["bill.issued.v1", "bill.paid.v1", "policy.coverage_changed.v1"]
    assert [(body["paid_cents"], body["status"], body["version"]) for _, body in told[:2]] == [
        (30_000, "paid", 1),
        (30_000, "paid", 2),
    ]
    assert await broken_checks(payments_db) == []


async def test_part_of_a_bill_is_paid_by_what_credit_there_is(payments_db: Database) -> None:
    """Less credit than the bill: the rest is owed, and the bill is not announced as paid."""
    await pay_in(payments_db, 10_000)
    await hear(payments_db, enrollment())
    (bill,) = await bills_of(payments_db)
    assert (bill.status.value, bill.paid_cents, bill.owed_cents) == ("open", 10_000, 20_000)
    assert await types_announced(payments_db) == ["policy.enrolled.v1", "bill.issued.v1"]
    _, issued = (await announced(payments_db))[-1]
    assert (issued["total_cents"], issued["paid_cents"], issued["status"]) == (30_000, 10_000, "open")
    sums = await payments_db.read(
        lambda tx: tx.fetch("SELECT sum(amount_cents) FROM ledger_entry WHERE account LIKE 'receivable%'")
    )
    assert sums[0][0] == 20_000
