"""The statements that show payments: a member's history page by page, one by its reference, and its timeline."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.store.payments import SELECT, PaymentNotFound, payment_from
from shared.db import Tx

_LIST_PAGE = (
    SELECT  # noqa: S608 - two literals of ours, the values are parameters
    + """
 WHERE payment.member_id = $1
   AND ($2::text IS NULL OR payment.status = $2)
   AND ($3::timestamptz IS NULL OR accepted_at >= $3)
   AND ($4::timestamptz IS NULL OR accepted_at <= $4)
   AND ($5::uuid IS NULL
        OR EXISTS (SELECT FROM allocation JOIN bill USING (bill_id)
                    WHERE allocation.payment_id = payment.payment_id AND bill.policy_id = $5)
        OR (payment.status IN ('scheduled', 'canceled')
            AND EXISTS (SELECT FROM planned_allocation AS planned JOIN bill USING (bill_id)
                         WHERE planned.payment_id = payment.payment_id AND bill.policy_id = $5)))
   AND ($6::uuid IS NULL OR method_id = $6)
   AND ($7::timestamptz IS NULL OR (accepted_at, payment_id) < ($7, $8::uuid))
 ORDER BY accepted_at DESC, payment_id DESC
 LIMIT $9
"""
)
_FIND_BY_REFERENCE = SELECT + "WHERE reference = $1"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which of a member's payments are wanted; None wants all. `accepted_until` is included."""

    status: PaymentStatus | None = None
    accepted_from: datetime | None = None
    accepted_until: datetime | None = None
    policy_id: UUID | None = None
    method_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A status that a payment has had since `at` (business time)."""

    status: PaymentStatus
    at: datetime


async def list_page(
    tx: Tx, member_id: UUID, filters: Filters, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[Payment]:
    """A member's payments, newest first, from the one after `before` (when it was accepted, and its id)."""
    accepted_at, payment_id = before or (None, None)
    rows = await tx.fetch(
        _LIST_PAGE,
        member_id,
        filters.status,
        filters.accepted_from,
        filters.accepted_until,
        filters.policy_id,
        filters.method_id,
        accepted_at,
        payment_id,
        limit,
    )
    return [payment_from(row) for row in rows]


async def get_by_reference(tx: Tx, reference: str) -> Payment:
    """Read the payment with a reference number in its shown form. Raises PaymentNotFound."""
    row = await tx.fetchrow(_FIND_BY_REFERENCE, reference)
    if row is None:
        raise PaymentNotFound(reference)
    return payment_from(row)


async def list_moments(tx: Tx, payment_id: UUID) -> list[Moment]:
    """Every status a payment has had, in order."""
    rows = await tx.fetch(
        """
        SELECT status, at
          FROM payment_transition
         WHERE payment_id = $1
         ORDER BY sequence
        """,
        payment_id,
    )
    return [Moment(PaymentStatus(row["status"]), row["at"]) for row in rows]
