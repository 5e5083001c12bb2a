"""Take a payment down for a later day: key, payment and `payment.scheduled` in one commit. No bill is held.

`run_payment.py` makes it an accepted payment on its day; until the evening before, `cancel_payment.py` can end it.
"""

from datetime import datetime

import structlog

from services.payments.domain.keys import Keys
from services.payments.domain.payment import schedule
from services.payments.store import scheduled_payments
from services.payments.usecases.payment_request import Accepted, PaymentRequest, begin_payment
from shared.db import Tx

log = structlog.get_logger()


async def schedule_payment(tx: Tx, request: PaymentRequest, keys: Keys, now: datetime) -> Accepted:
    """Schedule the payment, or find the one that this key has made. Changes everything by one statement.

    Raises KeyReused, TooManyDeclines, MethodNotFound, UnknownPolicy, AmountAboveLimit, PayOnNotAllowed, QuoteStale;
    KeyTaken when another request with the key was faster.
    """
    if request.method_id is None or request.pay_on is None:
        raise ValueError("a payment on a later day needs a saved method and its day")
    begun = await begin_payment(tx, request, keys, now, lock=False)
    if isinstance(begun, Accepted):
        return begun
    agreed = begun.quote.schedule(request.amount_cents, request.pay_on, request.policy_ids)

    payment, fact = schedule(
        request.payment_id,
        reference=begun.reference,
        member_id=request.member_id,
        split=begun.preview.split,
        card=begun.card,
        method_id=request.method_id,
        agreed=agreed,
        now=now,
    )

    await scheduled_payments.insert(tx, request.claim, payment, agreed, fact)
    log.info("payment_scheduled", payment_id=payment.payment_id)
    return Accepted(payment, is_new=True)
