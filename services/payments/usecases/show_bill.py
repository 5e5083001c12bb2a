"""Read one bill of a member with the payments that paid it or are paying it."""

from uuid import UUID

from services.payments.domain.bill import Bill
from services.payments.store import bill_payments, bills
from services.payments.store.bill_payments import BillPayment
from shared.db import Tx


async def show_bill(tx: Tx, member_id: UUID, bill_id: UUID) -> tuple[Bill, list[BillPayment]]:
    """The bill and its payments in one snapshot, so that their sums agree. Raises BillNotFound, also for another's."""
    async with tx.transaction(isolation="repeatable_read", readonly=True):
        bill = await bills.get_owned(tx, bill_id, member_id)
        return bill, await bill_payments.list_for_bill(tx, bill_id)
