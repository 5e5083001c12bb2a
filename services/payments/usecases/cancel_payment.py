"""A member cancels a payment on a later day, until the cut-off on the evening before. Called by `http/payments.py`."""

from datetime import datetime
from uuid import UUID

import structlog

from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.domain.schedule import CancelReason
from services.payments.store import payments, scheduled_payments
from services.payments.usecases.show_payment import show_payment
from shared import outbox
from shared.db import Tx

log = structlog.get_logger()


async def cancel_payment(tx: Tx, member_id: UUID, id_or_reference: str, now: datetime) -> Payment:
    """The payment, canceled now or before.

    Raises PaymentNotFound, also for another member's, ReferenceMistyped, NotCancelable, TooLateToCancel.
    """
    shown, _ = await show_payment(tx, member_id, id_or_reference)
    payment = await payments.lock(tx, shown.payment_id)
    if payment.status is PaymentStatus.CANCELED:
        return payment
    payment.check_cancelable(now)

    canceled, fact = payment.cancel(CancelReason.MEMBER, now)

    await scheduled_payments.update_canceled(tx, canceled, now)
    await outbox.add(tx, fact)
    log.info("payment_canceled", payment_id=payment.payment_id, reason=CancelReason.MEMBER.value)
    return canceled
