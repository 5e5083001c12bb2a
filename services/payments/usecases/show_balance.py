"""What a member owes now. Called by `http/balance.py`."""

from uuid import UUID

from services.payments.domain.balance import Balance, balance
from services.payments.store import bills, payments, policies, scheduled_payments
from shared.db import Tx


async def show_balance(tx: Tx, member_id: UUID) -> Balance:
    """Read the balance of a member; in one snapshot, so that money is not seen in two places or in none."""
    async with tx.transaction(isolation="repeatable_read", readonly=True):
        scheduled = await scheduled_payments.sum_of_member(tx, member_id)
        return balance(
            await policies.list_for_member(tx, member_id),
            await bills.list_owed(tx, member_id, None),
            await payments.get_credit_cents(tx, member_id),
            scheduled.amount_cents,
            scheduled.next_on,
        )
