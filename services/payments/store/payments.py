"""The statements that find a payment, move it on, and use the credit it brought.

`store/new_payments.py` takes it down, `store/scheduled_payments.py` keeps those for a later day,
`store/payment_checks.py` serves the resolver, `store/payment_history.py` lists.
Lock order in this service: payments, then methods, then bills, then policies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.payments.domain.allocation import Allocation
from services.payments.domain.bill import Bill
from services.payments.domain.ledger import LedgerTransaction
from services.payments.domain.method import Card
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.domain.schedule import AmountRule, CancelReason, Schedule
from services.payments.store.bills import bill_columns, in_lock_order, update_part
from services.payments.store.ledger import ledger_columns
from services.payments.store.refusals import BILLS_ARE_FRESH, PAYMENT_IS_FRESH, refusals
from shared import outbox
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


_UPDATE_MOVED = f"""
WITH said AS ({outbox.INSERT}
), wanted AS (
    SELECT *
      FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[])
           AS wanted (payment_id, status, version, decline_code, charge_id, next_check_at, at)
), moved AS (
    UPDATE payment
       SET status = wanted.status, version = wanted.version, decline_code = wanted.decline_code,
           charge_id = wanted.charge_id, next_check_at = wanted.next_check_at, needs_person = false,
           credit_left_cents = CASE wanted.status WHEN 'succeeded' THEN payment.credit_cents ELSE 0 END,
           updated_at = now()
      FROM wanted
     WHERE payment.payment_id = wanted.payment_id AND payment.version = wanted.version - 1
    RETURNING payment.payment_id
), noted AS (
    INSERT INTO payment_transition (payment_id, sequence, status, at, reason)
    SELECT payment_id, version, status, at, decline_code
      FROM wanted
), posted AS (
    INSERT INTO ledger_transaction (transaction_id, kind, subject, effective_on)
    SELECT *
      FROM unnest($9::uuid[], $10::text[], $11::uuid[], $12::date[])
), entered AS (
    INSERT INTO ledger_entry (transaction_id, account, amount_cents)
    SELECT *
      FROM unnest($13::uuid[], $14::text[], $15::bigint[])
), changed AS ({update_part(16)})
SELECT refuse_unless((SELECT count(*) FROM moved) = cardinality($2), '{PAYMENT_IS_FRESH}'),
       refuse_unless((SELECT count(*) FROM changed) = cardinality($16::uuid[]), '{BILLS_ARE_FRESH}')
"""  # noqa: S608 - parts of ours; every value is a parameter


class PaymentNotFound(Exception):
    """There is no such payment, or it is somebody else's."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a verb did to a payment at some time: to its bills, its posting in the ledger, and what is told of it.

    An open payment needs the time of its next check.
    """

    payment: Payment
    at: datetime
    next_check_at: datetime | None = None
    bills: Sequence[Bill] = ()
    posted: LedgerTransaction | None = None
    told: Sequence[outbox.Told] = ()


@dataclass(frozen=True, slots=True)
class CreditLeft:
    """What is left, in cents, of the credit that a payment brought."""

    payment_id: UUID
    credit_cents: int


async def get(tx: Tx, payment_id: UUID) -> Payment:
    """Read a payment with the allocations that it was accepted with. Raises PaymentNotFound."""
    return await _read(tx, _GET, payment_id)


async def lock(tx: Tx, payment_id: UUID) -> Payment:
    """Read a payment and keep others from moving it until the commit. Raises PaymentNotFound."""
    return await _read(tx, _LOCK, payment_id)


async def update_moved(tx: Tx, moves: Sequence[Move]) -> None:
    """Save in one statement what verbs did: payments, their transitions, bills, ledger, and what is told of them.

    The credit that they bring is free from here on. Raises StalePayment or StaleBill when one of them is no longer at
    the version that the verb began from, or HeldByOthers; nothing is saved then.
    """
    moves = sorted(moves, key=lambda move: move.payment.payment_id)  # two processes do not wait in a circle
    payments = [move.payment for move in moves]
    with refusals():
        await tx.execute(
            _UPDATE_MOVED,
            outbox.packed([row for move in moves for row in move.told]),
            [it.payment_id for it in payments],
            [it.status for it in payments],
            [it.version for it in payments],
            [it.decline_code for it in payments],
            [it.charge_id for it in payments],
            [move.next_check_at for move in moves],
            [move.at for move in moves],
            *ledger_columns([move.posted for move in moves if move.posted is not None]),
            *bill_columns(in_lock_order(bill for move in moves for bill in move.bills)),
        )


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
