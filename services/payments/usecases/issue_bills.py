"""Issue the bill of one policy whose issue day has come. Called by the timer in `jobs.py` until nothing is left."""

from datetime import datetime

from services.payments.store import policies
from services.payments.usecases.bill_policy import bill_policy
from shared import outbox
from shared.db import Tx


async def issue_bills(tx: Tx, now: datetime) -> int:
    """Bill the policy that has waited longest and that no other copy of this service has claimed.

    Returns how many policies were billed, 0 or 1: one transaction each, so that a slow one holds up nobody.
    """
    policy = await policies.lock_next_to_bill(tx, now)
    if policy is None:
        return 0
    await outbox.add(tx, *await bill_policy(tx, policy, now))
    return 1
