"""Take a payment down: key, payment, allocations, money in flight and `payment.accepted` in one commit.

Money moves afterwards: `charge_payment.py` asks the processor, `settle_payment.py` saves what came of it. For a payment
on a later day, see `schedule_payment.py`.
"""

from datetime import datetime, timedelta

from services.payments.domain.keys import Keys
from services.payments.domain.payment import accept
from services.payments.store import new_payments
from services.payments.usecases.payment_request import Accepted, PaymentRequest, begin_payment
from shared.db import Tx


async def accept_payment(
    tx: Tx, request: PaymentRequest, keys: Keys, lease: timedelta, now: datetime, *, lock: bool = True
) -> Accepted:
    """Accept the payment, or find the one that this key has made; the resolver stays away from it for `lease`.

    Changes everything by one statement. Raises KeyReused, TooManyDeclines, MethodNotFound, UnknownPolicy,
    AmountAboveLimit, PayOnNotAllowed, QuoteStale; KeyTaken, and without `lock` StaleBill, when others were faster.
    """
    begun = await begin_payment(tx, request, keys, now, lock=lock)
    if isinstance(begun, Accepted):
        return begun

    payment, fact = accept(
        request.payment_id,
        reference=begun.reference,
        member_id=request.member_id,
        split=begun.preview.split,
        card=begun.card,
        method_id=request.method_id,
        now=now,
    )
    held = begun.quote.hold(payment.allocations)

    await new_payments.insert(tx, request.claim, payment, held, fact, next_check_at=now + lease)
    return Accepted(payment, is_new=True, bills=held)
