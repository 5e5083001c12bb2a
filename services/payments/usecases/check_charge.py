"""Find out what became of a payment whose charge was never answered. No transaction is open meanwhile.

`jobs.py` calls it when a check is due and gives the outcome to `settle_payment.py`.
"""

from datetime import datetime
from typing import assert_never

from services.payments.domain.charge import SAME_KEY_WITHIN, Charged, Declined, NotFound, Outcome, Unknown
from services.payments.domain.payment import Payment
from services.payments.providers.processor import Processor
from shared.crash import crash_point


async def check_charge(processor: Processor, payment: Payment, now: datetime) -> Outcome:
    """Ask; where there is no charge, post it again with the same key within the hour, and call it off later.

    "Not found" alone decides nothing: the first request may still be on its way.
    """
    crash_point("payments.checking")
    outcome = await _asked(processor, payment, now)
    crash_point("payments.checked")
    return outcome


async def _asked(processor: Processor, payment: Payment, now: datetime) -> Outcome:
    found = await processor.find_charge(payment.payment_id)
    match found:
        case Charged() | Declined() | Unknown():
            return found
        case NotFound():
            crash_point("payments.not_found")
            if now - payment.accepted_at < SAME_KEY_WITHIN:
                return await processor.charge(payment.charge_order)
            return await processor.void(payment.payment_id)
        case _:
            assert_never(found)
