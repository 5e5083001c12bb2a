"""The day of a scheduled payment has come: accept it for what is owed by now, or cancel it, in one commit.

`jobs.py` calls it and then goes the way of every payment: `charge_payment.py`, `settle_payment.py`; when the process
dies in between, the resolver takes it up as any other, under the same key.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.payments.domain.payment import Payment
from services.payments.domain.schedule import CancelReason
from services.payments.store import bills, methods, scheduled_payments
from services.payments.usecases.make_quote import make_quote
from shared import outbox
from shared.db import Tx

log = structlog.get_logger()

OWED_LESS = "owed_less"
"""Noted with the transition of a payment that charges less than was agreed."""


async def run_payment(tx: Tx, payment_id: UUID, lease: timedelta, now: datetime) -> Payment | None:
    """The payment, accepted and to be charged, or canceled; None when it is not due any more or somebody is at it.

    Canceled when nothing is owed any more, or when its method was removed meanwhile. The resolver stays away for
    `lease`.
    """
    payment = await scheduled_payments.lock_due(tx, payment_id, now)
    if payment is None or payment.schedule is None or payment.method_id is None:
        return None
    if await methods.find_usable(tx, payment.method_id, payment.member_id) is None:
        return await _cancel(tx, payment, CancelReason.METHOD_REMOVED, now)
    quote = await make_quote(tx, payment.member_id, payment.schedule.policy_ids, lock=True)
    split = quote.split_at_run(payment.schedule)
    if split.amount_cents == 0:
        return await _cancel(tx, payment, CancelReason.NOTHING_OWED, now)

    accepted, fact = payment.run(split, now)
    held = quote.hold(accepted.allocations)

    less = OWED_LESS if accepted.amount_cents < payment.amount_cents else None
    await scheduled_payments.update_run(tx, accepted, next_check_at=now + lease, reason=less)
    await bills.update_amounts(tx, held)
    await outbox.add(tx, fact)
    log.info("payment_run", payment_id=payment_id, reason=less)
    return accepted


async def _cancel(tx: Tx, payment: Payment, reason: CancelReason, now: datetime) -> Payment:
    canceled, fact = payment.cancel(reason, now)
    await scheduled_payments.update_canceled(tx, canceled, now)
    await outbox.add(tx, fact)
    log.info("payment_canceled", payment_id=payment.payment_id, reason=reason.value)
    return canceled
