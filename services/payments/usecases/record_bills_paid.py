"""Move coverage on by bills that are now paid in full. Called after money was settled or credit applied."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from services.payments.domain.bill import Bill, BillStatus
from services.payments.store import bills, policies
from shared.db import Tx
from shared.fact import Fact


async def record_bills_paid(tx: Tx, paid: Sequence[Bill], now: datetime) -> list[Fact]:
    """Save the policies whose coverage the paid bills move, and give the facts for the caller to announce.

    The bills are saved by the caller, before or after; those which are not paid in full are passed over.
    """
    in_full = [bill for bill in paid if bill.status is BillStatus.PAID]
    policy_ids = sorted({bill.policy_id for bill in in_full})
    if not policy_ids:
        return []
    locked = await policies.lock_many(tx, policy_ids)
    months_paid: dict[UUID, set[date]] = defaultdict(set)
    for policy_id, month in await bills.list_paid_months(tx, policy_ids):
        months_paid[policy_id].add(month)
    for bill in in_full:
        months_paid[bill.policy_id].add(bill.coverage_month)
    facts: list[Fact] = []
    for policy in locked:
        moved = policy.record_paid(months_paid[policy.policy_id], now)
        if moved is not None:
            await policies.update(tx, moved[0])
            facts.append(moved[1])
    return facts
