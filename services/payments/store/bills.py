"""Bills: one statement per function. `domain/bill.py` says what may change on them; the grants say it again."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.payments.domain.bill import Bill, BillKind, BillStatus
from services.payments.domain.premium import Line, LineKind
from services.payments.store.refusals import StaleBill
from shared.db import Tx

SELECT = """
SELECT b.bill_id, b.policy_id, b.kind, b.coverage_month, b.issued_on, b.due_on, b.total_cents, b.paid_cents,
       b.in_flight_cents, b.status, b.version, p.policy_number, p.insurer_id, p.member_id,
       l.kinds, l.text_codes, l.amounts_cents
  FROM bill AS b
  JOIN policy AS p USING (policy_id)
 CROSS JOIN LATERAL (
           SELECT array_agg(kind) AS kinds, array_agg(text_code) AS text_codes, array_agg(amount_cents) AS amounts_cents
             FROM (SELECT kind, text_code, amount_cents
                     FROM bill_line
                    WHERE bill_line.bill_id = b.bill_id
                    ORDER BY position) AS line) AS l
"""
OWED = """
 WHERE p.member_id = $1 AND b.status <> 'paid' AND ($2::uuid[] IS NULL OR b.policy_id = ANY ($2))
 ORDER BY b.due_on, p.policy_number, b.coverage_month
"""
LIST_OWED = SELECT + OWED
LOCK_OWED = SELECT + OWED + "FOR UPDATE OF b"
CLAIM_PAST_DUE = (
    SELECT
    + """
 WHERE b.status = 'open' AND b.past_due_at <= $1 AND b.paid_cents + b.in_flight_cents < b.total_cents
 ORDER BY b.past_due_at, b.bill_id
 LIMIT $2
   FOR UPDATE OF b SKIP LOCKED
"""
)
FIND_OWNED = SELECT + "WHERE b.bill_id = $1 AND p.member_id = $2"
LIST_PAGE = (
    SELECT
    + """
 WHERE p.member_id = $1
   AND ($2::text IS NULL OR b.status = $2)
   AND ($3::uuid IS NULL OR b.policy_id = $3)
   AND ($4::date IS NULL OR (b.due_on, b.bill_id) < ($4, $5::uuid))
 ORDER BY b.due_on DESC, b.bill_id DESC
 LIMIT $6
"""
)


class BillNotFound(Exception):
    """No such bill, or it is somebody else's."""


async def insert(tx: Tx, bills: Sequence[Bill]) -> None:
    """Write new bills with their lines. Raises asyncpg.UniqueViolationError for a month that is billed already."""
    lines = [(bill.bill_id, number, line) for bill in bills for number, line in enumerate(bill.lines, 1)]
    await tx.execute(
        """
        WITH issued AS (
            INSERT INTO bill (bill_id, policy_id, kind, coverage_month, issued_on, due_on, past_due_at, total_cents,
                              paid_cents, in_flight_cents, status, version)
            SELECT *
              FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::date[], $6::date[], $7::timestamptz[],
                          $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::bigint[])
        )
        INSERT INTO bill_line (bill_id, position, kind, text_code, amount_cents)
        SELECT *
          FROM unnest($13::uuid[], $14::smallint[], $15::text[], $16::text[], $17::bigint[])
        """,
        [bill.bill_id for bill in bills],
        [bill.policy_id for bill in bills],
        [bill.kind for bill in bills],
        [bill.coverage_month for bill in bills],
        [bill.issued_on for bill in bills],
        [bill.due_on for bill in bills],
        [bill.past_due_at for bill in bills],
        [bill.total_cents for bill in bills],
        [bill.paid_cents for bill in bills],
        [bill.in_flight_cents for bill in bills],
        [bill.status for bill in bills],
        [bill.version for bill in bills],
        [bill_id for bill_id, _, _ in lines],
        [number for _, number, _ in lines],
        [line.kind for _, _, line in lines],
        [line.text_code for _, _, line in lines],
        [line.amount_cents for _, _, line in lines],
    )


async def lock_owed(tx: Tx, member_id: UUID, policy_ids: Sequence[UUID] | None) -> list[Bill]:
    """Lock a member's bills that are not paid in full, oldest first; of some policies, or with None of all."""
    return [bill_from(row) for row in await tx.fetch(LOCK_OWED, member_id, policy_ids)]


async def list_owed(tx: Tx, member_id: UUID, policy_ids: Sequence[UUID] | None) -> list[Bill]:
    """Read what `lock_owed` locks."""
    return [bill_from(row) for row in await tx.fetch(LIST_OWED, member_id, policy_ids)]


async def lock_past_due(tx: Tx, now: datetime, limit: int) -> list[Bill]:
    """Claim open bills whose due day is over and which neither payments nor money in flight cover, oldest first."""
    return [bill_from(row) for row in await tx.fetch(CLAIM_PAST_DUE, now, limit)]


async def find_next_past_due_at(tx: Tx) -> datetime | None:
    """When the next open bill that is not covered becomes past due; in the past when the job is behind."""
    at: datetime | None = await tx.fetchval(
        """
        SELECT min(past_due_at)
          FROM bill
         WHERE status = 'open' AND paid_cents + in_flight_cents < total_cents
        """
    )
    return at


async def find_owned(tx: Tx, bill_id: UUID, member_id: UUID) -> Bill | None:
    """Read a bill of a member; None where there is none such, or it is another's."""
    row = await tx.fetchrow(FIND_OWNED, bill_id, member_id)
    return bill_from(row) if row else None


async def get_owned(tx: Tx, bill_id: UUID, member_id: UUID) -> Bill:
    """Read a bill of a member. Raises BillNotFound, also for another's."""
    bill = await find_owned(tx, bill_id, member_id)
    if bill is None:
        raise BillNotFound(bill_id)
    return bill


async def list_page(
    tx: Tx,
    member_id: UUID,
    *,
    status: BillStatus | None,
    policy_id: UUID | None,
    before: tuple[date, UUID] | None,
    limit: int,
) -> list[Bill]:
    """Read a member's bills, newest due day first, from the one after `before` (its due day and id)."""
    due_on, bill_id = before or (None, None)
    return [bill_from(row) for row in await tx.fetch(LIST_PAGE, member_id, status, policy_id, due_on, bill_id, limit)]


async def list_paid_months(tx: Tx, policy_ids: Sequence[UUID]) -> list[tuple[UUID, date]]:
    """Read which months of some policies are paid in full."""
    rows = await tx.fetch(
        """
        SELECT policy_id, coverage_month
          FROM bill
         WHERE policy_id = ANY ($1::uuid[]) AND kind = 'premium' AND status = 'paid'
        """,
        policy_ids,
    )
    return [(row["policy_id"], row["coverage_month"]) for row in rows]


async def update_amounts(tx: Tx, bills: Sequence[Bill]) -> None:
    """Save what one verb each changed on bills, in one statement. Raises StaleBill when one was not as it was read."""
    updated = await tx.fetch(update_part(1), *bill_columns(bills))
    missed = {bill.bill_id for bill in bills} - {row["bill_id"] for row in updated}
    if missed:
        raise StaleBill(*missed)


def update_part(first: int) -> str:
    """The statement, or the part of one, that saves `bill_columns`: its parameters from `$first` on."""
    return f"""
    UPDATE bill
       SET paid_cents = new.paid_cents, in_flight_cents = new.in_flight_cents, status = new.status,
           version = new.version
      FROM unnest(${first}::uuid[], ${first + 1}::bigint[], ${first + 2}::bigint[], ${first + 3}::text[],
                  ${first + 4}::bigint[]) AS new (bill_id, paid_cents, in_flight_cents, status, version)
     WHERE bill.bill_id = new.bill_id AND bill.version = new.version - 1
    RETURNING bill.bill_id
    """  # noqa: S608 - the numbers of parameters


def in_lock_order(bills: Iterable[Bill]) -> list[Bill]:
    """The order in which a statement over bills of several members has to take them, so that two do not deadlock."""
    return sorted(bills, key=lambda bill: (bill.member_id, bill.due_on, bill.policy_number, bill.coverage_month))


def bill_columns(bills: Sequence[Bill]) -> tuple[list[Any], ...]:
    """What may change on bills, in columns for `unnest`: ids, paid and in-flight cents, statuses, versions."""
    return (
        [bill.bill_id for bill in bills],
        [bill.paid_cents for bill in bills],
        [bill.in_flight_cents for bill in bills],
        [bill.status for bill in bills],
        [bill.version for bill in bills],
    )


def bill_from(row: asyncpg.Record) -> Bill:
    """Build a bill from a row of `SELECT`."""
    lines = zip(row["kinds"], row["text_codes"], row["amounts_cents"], strict=True)
    return Bill(
        bill_id=row["bill_id"],
        policy_id=row["policy_id"],
        policy_number=row["policy_number"],
        insurer_id=row["insurer_id"],
        member_id=row["member_id"],
        kind=BillKind(row["kind"]),
        coverage_month=row["coverage_month"],
        issued_on=row["issued_on"],
        due_on=row["due_on"],
        lines=tuple(Line(LineKind(kind), text_code, amount_cents) for kind, text_code, amount_cents in lines),
        total_cents=row["total_cents"],
        paid_cents=row["paid_cents"],
        in_flight_cents=row["in_flight_cents"],
        status=BillStatus(row["status"]),
        version=row["version"],
    )
