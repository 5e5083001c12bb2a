"""Take a saved payment method away from new payments, and cancel those scheduled with it."""

from datetime import datetime
from uuid import UUID

from services.payments.domain.schedule import CancelReason
from services.payments.store import methods, scheduled_payments
from shared import outbox
from shared.db import Tx


async def remove_method(tx: Tx, method_id: UUID, member_id: UUID, now: datetime) -> None:
    """Remove the method; payments made with it, and those under way, keep their card. Raises MethodNotFound.

    What is scheduled with it is canceled, after the cut-off too: a card that was taken away is not charged. Payments
    are locked before the method, in the order of `store/payments.py`; one scheduled in between is canceled at its run.
    """
    scheduled = await scheduled_payments.lock_of_method(tx, method_id, member_id)
    method = await methods.lock_usable(tx, method_id, member_id)
    removed, fact = method.remove(now)
    canceled = [payment.cancel(CancelReason.METHOD_REMOVED, now) for payment in scheduled]

    await methods.update_removed(tx, removed)
    for payment, _ in canceled:
        await scheduled_payments.update_canceled(tx, payment, now)
    await outbox.add(tx, fact, *(told for _, told in canceled))
