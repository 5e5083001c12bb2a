"""Take a payment down: key, payment, allocations, money in flight and `payment.accepted` in one commit.

Money moves afterwards: `charge_payment.py` asks the processor, `settle_payment.py` saves what came of it. For a payment
on a later day, see `schedule_payment.py`.
"""

from datetime import datetime, timedelta

from services.payments.domain.keys import Keys
from services.payments.domain.payment import accept
from services.payments.store import new_payments
from services.payments.store.new_payments import NewPayment
from services.payments.usecases.desk import Desk
from services.payments.usecases.payment_request import Accepted, Begun, PaymentRequest, begin, begin_payment
from shared import outbox
from shared.clocks import BusinessClock
from shared.db import Tx


class MoreToRead(Exception):
    """The key was used before, or the quote is stale: what is to be answered has to be read first."""


async def accept_payment(tx: Tx, request: PaymentRequest, keys: Keys, lease: timedelta, now: datetime) -> Accepted:
    """Accept the payment, or find the one that this key has made; the resolver stays away from it for `lease`.

    Raises KeyReused, TooManyDeclines, MethodNotFound, UnknownPolicy, AmountAboveLimit, PayOnNotAllowed, QuoteStale;
    KeyTaken when another request with the key was faster, StaleMethod when the method was removed meanwhile.
    """
    begun = await begin_payment(tx, request, keys, now, lock=True)
    if isinstance(begun, Accepted):
        return begun
    new = _new_payment(request, begun, lease, now)
    await new_payments.insert(tx, [new])
    return Accepted(new.payment, is_new=True, bills=new.bills)


async def accept_together(
    desk: Desk, request: PaymentRequest, keys: Keys, lease: timedelta, clock: BusinessClock
) -> Accepted:
    """As `accept_payment`, with what else is accepted at this moment, on bills that are read and not locked.

    Raises TooManyDeclines, MethodNotFound, UnknownPolicy, AmountAboveLimit, PayOnNotAllowed; MoreToRead in place of
    KeyReused and QuoteStale. After KeyTaken, Overtaken and GoAlone somebody else's change may have come between, or our
    own commit, whose answer was lost: `accept_payment` finds out.
    """
    before = await desk.reading.do(request.asked)
    if before.earlier is not None:
        raise MoreToRead
    now = clock.now()
    begun = begin(before, request, keys, now)
    if not request.fits(begun.preview):
        raise MoreToRead
    new = _new_payment(request, begun, lease, now)
    await desk.accepting.do(new)
    return Accepted(new.payment, is_new=True, bills=new.bills)


def _new_payment(request: PaymentRequest, begun: Begun, lease: timedelta, now: datetime) -> NewPayment:
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
    return NewPayment(request.claim, payment, held, outbox.told([fact]), next_check_at=now + lease)
