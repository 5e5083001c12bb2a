"""Have the processor charge a payment that was accepted. No transaction is open meanwhile.

The answer goes to `settle_payment.py`; when this process dies before that, the resolver in `jobs.py` asks again.
"""

from services.payments.domain.charge import Outcome
from services.payments.domain.payment import Payment
from services.payments.providers.processor import Processor
from shared.crash import crash_point


async def charge_payment(processor: Processor, payment: Payment) -> Outcome:
    """Charge once, under the payment's id as key."""
    crash_point("payments.charging")
    outcome = await processor.charge(payment.charge_order)
    crash_point("payments.charged")
    return outcome
