"""The statements of payments on a later day: take one down, find those whose day has come, run and cancel them.

Lock order as in `store/payments.py`: payments first. `jobs.py` runs what is due, several processes side by side.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.payments.domain.payment import Payment
from services.payments.domain.schedule import Schedule
from services.payments.store.payments import SELECT, payment_from
from services.payments.store.refusals import KEY_IS_FREE, StalePayment, refusals
from shared import idempotency, outbox
from shared.db import Tx
from shared.fact import Fact

_INSERT = f"""
WITH said AS ({outbox.INSERT}
), claimed AS ({idempotency.CLAIM}
), taken_down AS (
    INSERT INTO payment (payment_id, reference, member_id, amount_cents, credit_cents, method_id, method_type,
                         card_id, brand, last4, expires, statement_text, status, accepted_at, version,
                         scheduled_on, amount_rule, agreed_cents, chosen_policy_ids, run_at)
    VALUES (($6::uuid[])[1], $7, $8, $9, $10, $11, 'card', $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23, $24)
), moved AS (
    INSERT INTO payment_transition (payment_id, sequence, status, at)
    VALUES (($6::uuid[])[1], $19, $17, $18)
), planned AS (
    INSERT INTO planned_allocation (payment_id, position, bill_id, amount_cents)
    SELECT ($6::uuid[])[1], position, bill_id, amount_cents
      FROM unnest($25::uuid[], $26::bigint[]) WITH ORDINALITY AS part (bill_id, amount_cents, position)
)
SELECT refuse_unless((SELECT count(*) FROM claimed) = 1, '{KEY_IS_FREE}')
"""  # noqa: S608 - parts of ours; every value is a parameter
_LOCK_DUE = SELECT + "WHERE payment_id = $1 AND run_at <= $2 FOR UPDATE OF payment SKIP LOCKED"
_LOCK_OF_METHOD = (
    SELECT
    + """
 WHERE method_id = $1 AND payment.member_id = $2 AND run_at IS NOT NULL
 ORDER BY payment_id
   FOR UPDATE OF payment
"""
)


@dataclass(frozen=True, slots=True)
class ScheduledSum:
    """What a member has scheduled in all, in cents, and the next day on which some of it runs; None without any."""

    amount_cents: int
    next_on: date | None


async def insert(tx: Tx, key: idempotency.Claim, payment: Payment, agreed: Schedule, fact: Fact) -> None:
    """Write a payment just scheduled under its key, its transition, what it would pay, and its fact, in one statement.

    Raises KeyTaken, and then writes nothing.
    """
    with refusals():
        await tx.execute(
            _INSERT,
            outbox.packed(outbox.told([fact])),
            *idempotency.columns([key]),
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
            agreed.on,
            agreed.amount_rule.value,
            agreed.agreed_cents,
            agreed.policy_ids,
            agreed.run_at,
            [part.bill_id for part in payment.allocations],
            [part.amount_cents for part in payment.allocations],
        )


async def list_due(tx: Tx, now: datetime, limit: int, not_these: Collection[UUID]) -> list[UUID]:
    """Ids of scheduled payments whose day has come, longest due first; `not_these` are at work in this process."""
    rows = await tx.fetch(
        """
        SELECT payment_id
          FROM payment
         WHERE run_at <= $1 AND payment_id <> ALL ($2::uuid[])
         ORDER BY run_at, payment_id
         LIMIT $3
        """,
        now,
        list(not_these),
        limit,
    )
    return [row["payment_id"] for row in rows]


async def lock_due(tx: Tx, payment_id: UUID, now: datetime) -> Payment | None:
    """Lock a payment whose day has come; None when it is not scheduled any more or somebody else is at it."""
    row = await tx.fetchrow(_LOCK_DUE, payment_id, now)
    return payment_from(row) if row else None


async def lock_of_method(tx: Tx, method_id: UUID, member_id: UUID) -> list[Payment]:
    """Lock the member's scheduled payments that would be made with a method."""
    return [payment_from(row) for row in await tx.fetch(_LOCK_OF_METHOD, method_id, member_id)]


async def find_next_run_at(tx: Tx) -> datetime | None:
    """When the next scheduled payment runs; in the past when the job is behind."""
    at: datetime | None = await tx.fetchval("SELECT min(run_at) FROM payment WHERE run_at IS NOT NULL")
    return at


async def sum_of_member(tx: Tx, member_id: UUID) -> ScheduledSum:
    """What the member has scheduled in all."""
    row = await tx.fetchrow(
        """
        SELECT coalesce(sum(amount_cents), 0)::bigint AS amount_cents, min(scheduled_on) AS next_on
          FROM payment
         WHERE member_id = $1 AND run_at IS NOT NULL
        """,
        member_id,
    )
    if row is None:
        raise AssertionError("an aggregate without GROUP BY has one row")
    return ScheduledSum(row["amount_cents"], row["next_on"])


async def get_cents_for(tx: Tx, member_id: UUID, policy_ids: Sequence[UUID] | None) -> int:
    """What the member has scheduled for any of these policies, None for all, in cents."""
    cents: int = await tx.fetchval(
        """
        SELECT coalesce(sum(amount_cents), 0)::bigint
          FROM payment
         WHERE member_id = $1 AND run_at IS NOT NULL
           AND ($2::uuid[] IS NULL OR chosen_policy_ids IS NULL OR chosen_policy_ids && $2)
        """,
        member_id,
        policy_ids,
    )
    return cents


async def update_run(tx: Tx, payment: Payment, next_check_at: datetime, reason: str | None) -> None:
    """Save a scheduled payment that runs: what it pays now, and its transition. Raises StalePayment.

    From here on it is as any payment just accepted; the resolver leaves it alone until `next_check_at`.
    """
    moved: int = await tx.fetchval(
        """
        WITH moved AS (
            UPDATE payment
               SET status = $2, version = $3, amount_cents = $4, credit_cents = $5, accepted_at = $6,
                   next_check_at = $7, run_at = NULL, updated_at = now()
             WHERE payment_id = $1 AND version = $3 - 1
            RETURNING payment_id
        ), noted AS (
            INSERT INTO payment_transition (payment_id, sequence, status, at, reason)
            SELECT payment_id, $3, $2, $6, $8
              FROM moved
        ), given AS (
            INSERT INTO allocation (payment_id, position, bill_id, amount_cents, source)
            SELECT payment_id, position, bill_id, part.amount_cents, 'payment'
              FROM moved
             CROSS JOIN unnest($9::uuid[], $10::bigint[]) WITH ORDINALITY AS part (bill_id, amount_cents, position)
        )
        SELECT count(*) FROM moved
        """,
        payment.payment_id,
        payment.status.value,
        payment.version,
        payment.amount_cents,
        payment.credit_cents,
        payment.accepted_at,
        next_check_at,
        reason,
        [part.bill_id for part in payment.allocations],
        [part.amount_cents for part in payment.allocations],
    )
    if moved != 1:
        raise StalePayment(f"{payment.payment_id}")


async def update_canceled(tx: Tx, payment: Payment, now: datetime) -> None:
    """Save a scheduled payment that was canceled, and its transition. Raises StalePayment."""
    moved: str = await tx.execute(
        """
        WITH moved AS (
            UPDATE payment
               SET status = $2, version = $3, cancel_reason = $4, run_at = NULL, updated_at = now()
             WHERE payment_id = $1 AND version = $3 - 1
            RETURNING payment_id
        )
        INSERT INTO payment_transition (payment_id, sequence, status, at, reason)
        SELECT payment_id, $3, $2, $5, $4
          FROM moved
        """,
        payment.payment_id,
        payment.status.value,
        payment.version,
        payment.cancel_reason,
        now,
    )
    if moved != "INSERT 0 1":
        raise StalePayment(f"{payment.payment_id}")
