"""Show how coverage of the policies that a payment is for would stand after it. Next to `preview_payment.py`."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from services.payments.domain.allocation import Allocation
from services.payments.domain.coverage import CoverageOutlook, coverage_outlook
from services.payments.domain.paid_months import with_payment
from services.payments.domain.policy import Policy
from services.payments.store import billed_months, policies
from shared.db import Tx


async def preview_coverage(
    tx: Tx, member_id: UUID, policy_ids: Collection[UUID] | None, allocations: Sequence[Allocation], on: date
) -> list[tuple[Policy, CoverageOutlook]]:
    """The chosen policies, None for all, as they would stand on the day on which a payment of this split counts.

    Call it in one snapshot with the preview.
    """
    owned = await policies.list_for_member(tx, member_id)
    billed = with_payment(await billed_months.list_for_member(tx, member_id, None), allocations, on)
    return [
        (policy, coverage_outlook(policy, billed, on))
        for policy in owned
        if policy_ids is None or policy.policy_id in policy_ids
    ]
