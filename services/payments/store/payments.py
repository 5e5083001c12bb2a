"""The statements that take a payment down, find it, move it on, and use the credit it brought.

`store/scheduled_payments.py` keeps those for a later day, `store/payment_checks.py` serves the resolver,
`store/payment_history.py` lists. Lock order in this service: payments, then methods, then bills, then policies.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.payments.domain.allocation import Allocation
from services.payments.domain.bill import Bill
from services.payments.domain.method import Card
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.domain.schedule import AmountRule, CancelReason, Schedule
from shared.db import Tx

SELECT = """
SELECT payment_id, reference, payment.member_id, amount_cents, credit_cents, method_id, card_id, brand, last4, expires,
       statement_text, payment.status, decline_code, charge_id, accepted_at, payment.version, scheduled_on,
       amount_rule, agreed_cents, chosen_policy_ids, cancel_reason, part.parts
  FROM payment
 CROSS JOIN LATERAL (
           SELECT array_agg((bill_id, policy_id, policy_number, insurer_id, coverage_month, due_on,
                             given.amount_cents) ORDER BY position) AS parts
             FROM (SELECT position, bill_id, allocation.amount_cents
                     FROM allocation
                    WHERE allocation.payment_id = payment.payment_id AND source = 'payment'
                    UNION ALL
                   SELECT position, bill_id, planned.amount_cents
                     FROM planned_allocation AS planned
                    WHERE planned.payment_id = payment.payment_id
                      AND payment.status IN ('scheduled', 'canceled')) AS given
             JOIN bill USING (bill_id)
             JOIN policy USING (policy_id)) AS part
"""
_GET = SELECT + "WHERE payment_id = $1"
_LOCK = _GET + " FOR UPDATE OF payment"


class PaymentNotFound(Exception):
    """There is no such payment, or it is somebody else's."""


class StalePayment(Exception):
    """The payment is no longer at the version that the change was made from."""


@dataclass(frozen=True, slots=True)
class BeforeNew:
    """What a new payment needs of earlier ones: a number for its reference that no other has, and declines of late.

    `declined_at` newest first and `now` are machine time.
    """

    reference_number: int
    declined_at: list[datetime]
    now: datetime


@dataclass(frozen=True, slots=True)
class CreditLeft:
    """What is left, in cents, of the credit that a payment brought."""

    payment_id: UUID
    credit_cents: int


async def read_before_new(tx: Tx, member_id: UUID, most_declines: int) -> BeforeNew:
    """Take a reference number and read the member's latest declines; numbers of refused payments are lost.

    A payment that was called off as the processor could not be reached says nothing of the card.
    """
    row = await tx.fetchrow(
        """
        SELECT nextval('payment_reference') AS reference_number, now() AS now,
               ARRAY(SELECT updated_at
                       FROM payment
                      WHERE member_id = $1 AND status = 'declined' AND decline_code <> 'not_charged'
                      ORDER BY updated_at DESC
                      LIMIT $2) AS declined_at
        """,
        member_id,
        most_declines,
    )
    if row is None:
        raise AssertionError("a SELECT without FROM has one row")
    return BeforeNew(row["reference_number"], row["declined_at"], row["now"])


async def insert(tx: Tx, payment: Payment, next_check_at: datetime) -> None:
    """Write a payment just accepted, its first transition and its allocations, in one statement.

    The resolver leaves it alone until `next_check_at`.
    """
    await tx.execute(
        """
        WITH taken_down AS (
            INSERT INTO payment (payment_id, reference, member_id, amount_cents, credit_cents, method_id, method_type,
                                 card_id, brand, last4, expires, statement_text, status, accepted_at, version,
                                 next_check_at)
            VALUES ($1, $2, $3, $4, $5, $6, 'card', $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ), moved AS (
            INSERT INTO payment_transition (payment_id, sequence, status, at)
            VALUES ($1, $14, $12, $13)
        )
        INSERT INTO allocation (payment_id, position, bill_id, amount_cents, source)
        SELECT $1, position, bill_id, amount_cents, 'payment'
          FROM unnest($16::uuid[], $17::bigint[]) WITH ORDINALITY AS part (bill_id, amount_cents, position)
        """,
        payment.payment_id,
        payment.reference,
        payment.member_id,
        payment.amount_cents,
        payment.credit_cents,
        payment.method_id,
        payment.card.card_id,
        payment.card.brand,
        payment.card.last4,
        payment.card.expires,
        payment.statement_text,
        payment.status.value,
        payment.accepted_at,
        payment.version,
        next_check_at,
        [part.bill_id for part in payment.allocations],
        [part.amount_cents for part in payment.allocations],
    )


async def get(tx: Tx, payment_id: UUID) -> Payment:
    """Read a payment with the allocations that it was accepted with. Raises PaymentNotFound."""
    return await _read(tx, _GET, payment_id)


async def lock(tx: Tx, payment_id: UUID) -> Payment:
    """Read a payment and keep others from moving it until the commit. Raises PaymentNotFound."""
    return await _read(tx, _LOCK, payment_id)


async def update_status(tx: Tx, payment: Payment, now: datetime, next_check_at: datetime | None = None) -> None:
    """Save a payment that a verb has just moved, and its transition; the credit it brings is free from here on.

    An open payment needs the time of its next check. Raises StalePayment.
    """
    moved: str = await tx.execute(
        """
        WITH moved AS (
            UPDATE payment
               SET status = $2, version = $3, decline_code = $4, charge_id = $5, next_check_at = $6,
                   needs_person = false, credit_left_cents = CASE $2 WHEN 'succeeded' THEN credit_cents ELSE 0 END,
                   updated_at = now()
             WHERE payment_id = $1 AND version = $3 - 1
            RETURNING payment_id
        )
        INSERT INTO payment_transition (payment_id, sequence, status, at, reason)
        SELECT payment_id, $3, $2, $7, $4
          FROM moved
        """,
        payment.payment_id,
        payment.status.value,
        payment.version,
        payment.decline_code,
        payment.charge_id,
        next_check_at,
        now,
    )
    if moved != "INSERT 0 1":
        raise StalePayment(f"{payment.payment_id}")


async def list_with_credit(tx: Tx, member_id: UUID) -> list[CreditLeft]:
    """The member's payments with credit left, oldest first; nobody else uses that credit until the commit."""
    rows = await tx.fetch(
        """
        SELECT payment_id, credit_left_cents
          FROM payment
         WHERE member_id = $1 AND credit_left_cents > 0
         ORDER BY accepted_at, payment_id
           FOR UPDATE
        """,
        member_id,
    )
    return [CreditLeft(row["payment_id"], row["credit_left_cents"]) for row in rows]


async def get_credit_cents(tx: Tx, member_id: UUID) -> int:
    """What the member has paid beyond all bills, in cents."""
    cents: int = await tx.fetchval(
        """
        SELECT coalesce(sum(credit_left_cents), 0)::bigint
          FROM payment
         WHERE member_id = $1 AND credit_left_cents > 0
        """,
        member_id,
    )
    return cents


async def use_credit(tx: Tx, payment_id: UUID, bill: Bill, amount_cents: int) -> None:
    """Give a bill some of the credit left of a payment, which `list_with_credit` has locked.

    Raises asyncpg.CheckViolationError for more than is left.
    """
    await tx.execute(
        """
        WITH used AS (
            UPDATE payment
               SET credit_left_cents = credit_left_cents - $3
             WHERE payment_id = $1
            RETURNING payment_id
        )
        INSERT INTO allocation (payment_id, position, bill_id, amount_cents, source)
        SELECT payment_id,
               (SELECT coalesce(max(position), 0) + 1 FROM allocation WHERE allocation.payment_id = used.payment_id),
               $2, $3, 'credit'
          FROM used
        """,
        payment_id,
        bill.bill_id,
        amount_cents,
    )


async def _read(tx: Tx, statement: str, payment_id: UUID) -> Payment:
    row = await tx.fetchrow(statement, payment_id)
    if row is None:
        raise PaymentNotFound(f"{payment_id}")
    return payment_from(row)


def payment_from(row: asyncpg.Record) -> Payment:
    """Build a payment, with the allocations that it was accepted with, from a row of `SELECT`."""
    return Payment(
        payment_id=row["payment_id"],
        reference=row["reference"],
        member_id=row["member_id"],
        amount_cents=row["amount_cents"],
        credit_cents=row["credit_cents"],
        card=Card(row["card_id"], row["brand"], row["last4"], row["expires"]),
        method_id=row["method_id"],
        allocations=tuple(Allocation(*part) for part in row["parts"] or ()),
        statement_text=row["statement_text"],
        accepted_at=row["accepted_at"],
        status=PaymentStatus(row["status"]),
        decline_code=row["decline_code"],
        charge_id=row["charge_id"],
        version=row["version"],
        schedule=_schedule(row),
        cancel_reason=CancelReason(row["cancel_reason"]) if row["cancel_reason"] else None,
    )


def _schedule(row: asyncpg.Record) -> Schedule | None:
    if row["scheduled_on"] is None:
        return None
    chosen = row["chosen_policy_ids"]
    return Schedule(
        on=row["scheduled_on"],
        amount_rule=AmountRule(row["amount_rule"]),
        agreed_cents=row["agreed_cents"],
        policy_ids=None if chosen is None else tuple(chosen),
    )
