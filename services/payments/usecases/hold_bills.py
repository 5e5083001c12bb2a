"""Put a payment just accepted in flight on its bills. Called by `accept_payment.py` and `run_payment.py`."""

from services.payments.domain.payment import Payment
from services.payments.domain.quote import Quote
from services.payments.store import bills
from shared.db import Tx


async def hold_bills(tx: Tx, quote: Quote, payment: Payment) -> None:
    """Hold what the payment gives to each bill of the quote; the quote has locked them."""
    part_cents = {part.bill_id: part.amount_cents for part in payment.allocations}
    held = [bill.hold(part_cents[bill.bill_id]) for bill in quote.bills if bill.bill_id in part_cents]
    if held:
        await bills.update_amounts(tx, held)
