"""Answer "what if I pay this much?" for one policy, by the same rules as the payment itself and its coverage."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.payments.domain.allocation import Split, allocate
from services.payments.domain.coverage import CoverageOutlook, coverage_outlook
from services.payments.domain.limits import AmountAboveLimit
from services.payments.domain.paid_months import with_payment
from services.payments.domain.quote import Quote
from services.payments.store import billed_months, bills, policies
from shared.db import Tx


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Where an amount would go, and how coverage would stand once it was received."""

    split: Split
    outlook: CoverageOutlook


class WhatIfAboveLimit(AmountAboveLimit):
    """The amount is above what may be paid at once for this policy: `largest_cents`."""


async def show_what_if(tx: Tx, member_id: UUID, policy_id: UUID, amount_cents: int, today: date) -> WhatIf:
    """What paying an amount for this policy would do. Raises PolicyNotFound, WhatIfAboveLimit."""
    async with tx.transaction(isolation="repeatable_read", readonly=True):
        policy = await policies.get_owned(tx, policy_id, member_id)
        owed = tuple(await bills.list_owed(tx, member_id, [policy_id]))
        billed = await billed_months.list_for_member(tx, member_id, [policy_id])
    largest_cents = Quote(member_id, owed, (policy,)).largest_cents
    if amount_cents > largest_cents:
        raise WhatIfAboveLimit(largest_cents)
    split = allocate(amount_cents, owed)
    return WhatIf(split, coverage_outlook(policy, with_payment(billed, split.allocations, today), today))
