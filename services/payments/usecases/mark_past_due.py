"""Mark bills whose due day is over and which nothing covers. Called by the timer in `jobs.py` until nothing is left."""

from datetime import datetime

from services.payments.store import bills
from shared import outbox
from shared.db import Tx

BATCH = 100


async def mark_past_due(tx: Tx, now: datetime) -> int:
    """Mark a batch of bills as past due; returns how many.

    Money in flight counts as paid until it is declined: such a bill is passed over, and found again when it is not
    covered any more.
    """
    marked = [bill.pass_due(now) for bill in await bills.lock_past_due(tx, now, BATCH)]
    if marked:
        await bills.update_amounts(tx, [bill for bill, _ in marked])
        await outbox.add(tx, *(fact for _, fact in marked))
    return len(marked)
