"""The payments that a bill was paid with, or is being paid with."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.payments.domain.payment import PaymentStatus
from shared.db import Tx


@dataclass(frozen=True, slots=True)
class BillPayment:
    """How many cents of a payment went to a bill, or are on the way to it; credit used later counts in."""

    reference: str
    status: PaymentStatus
    amount_cents: int
    accepted_at: datetime


async def list_for_bill(tx: Tx, bill_id: UUID) -> list[BillPayment]:
    """Read what paid a bill, newest first; a declined payment took nothing, one on a later day holds nothing yet."""
    rows = await tx.fetch(
        """
        SELECT payment.reference, payment.status, sum(allocation.amount_cents)::bigint AS amount_cents, accepted_at
          FROM allocation
          JOIN payment USING (payment_id)
         WHERE bill_id = $1 AND allocation.kind = 'applied'
           AND payment.status IN ('accepted', 'processing', 'succeeded')
         GROUP BY payment.payment_id
         ORDER BY accepted_at DESC, payment.payment_id DESC
        """,
        bill_id,
    )
    return [
        BillPayment(row["reference"], PaymentStatus(row["status"]), row["amount_cents"], row["accepted_at"])
        for row in rows
    ]
