"""All that a member's policies were billed, and what came in for it: what coverage is told from."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from services.payments.domain.paid_months import BilledMonth, Received
from services.payments.store.bills import SELECT, bill_from
from shared.clocks import business_day
from shared.db import Tx

LIST_BILLED = SELECT + "WHERE p.member_id = $1 AND ($2::uuid[] IS NULL OR b.policy_id = ANY ($2))"
Policies = Sequence[UUID] | None


async def list_for_member(tx: Tx, member_id: UUID, policy_ids: Policies) -> list[BilledMonth]:
    """Read every bill of a member with what came in for it; of some policies, or with None of all.

    Two statements: they agree in one snapshot only.
    """
    received = await _list_received(tx, member_id, policy_ids)
    bills = [bill_from(row) for row in await tx.fetch(LIST_BILLED, member_id, policy_ids)]
    return [BilledMonth(bill, tuple(received.get(bill.bill_id, ()))) for bill in bills]


async def _list_received(tx: Tx, member_id: UUID, policy_ids: Policies) -> dict[UUID, list[Received]]:
    """Read what came in or is in flight, by bill, oldest first; it counts from the day its payment was accepted."""
    rows = await tx.fetch(
        """
        SELECT bill_id, accepted_at, allocation.amount_cents
          FROM policy
          JOIN bill USING (policy_id)
          JOIN allocation USING (bill_id)
          JOIN payment USING (payment_id)
         WHERE policy.member_id = $1 AND ($2::uuid[] IS NULL OR policy_id = ANY ($2))
           AND allocation.kind = 'applied' AND payment.status IN ('accepted', 'processing', 'succeeded')
         ORDER BY accepted_at
        """,
        member_id,
        policy_ids,
    )
    received: dict[UUID, list[Received]] = defaultdict(list)
    for row in rows:
        received[row["bill_id"]].append(Received(business_day(row["accepted_at"]), row["amount_cents"]))
    return received
