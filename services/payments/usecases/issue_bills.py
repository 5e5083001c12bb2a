"""Issue the bills of one member whose issue day has come. Called by the timer in `jobs.py` until nothing is left."""

from datetime import datetime

from services.payments.store import policies
from services.payments.usecases.bill_policies import bill_policies
from shared import outbox
from shared.db import Tx


async def issue_bills(tx: Tx, now: datetime) -> int:
    """Bill the policies of a member who has waited longest and whom no other copy of this service has claimed.

    Returns how many policies were billed. One transaction for each member, so that a slow one holds up nobody, and
    credit goes to the bills of all their policies in one order.
    """
    member_id = await policies.claim_member_to_bill(tx, now)
    if member_id is None:
        return 0
    to_bill = await policies.lock_to_bill(tx, member_id, now)
    await outbox.add(tx, *await bill_policies(tx, member_id, to_bill, now))
    return len(to_bill)
