"""Use what a member has paid beyond their bills on what is owed now, oldest first. Called when bills were issued."""

from datetime import datetime
from uuid import UUID

from services.payments.domain.bill import Bill
from services.payments.domain.credit import split_credit
from services.payments.domain.ledger import LedgerTransaction, credit_applied
from services.payments.store import bills, ledger, payments
from services.payments.usecases.record_bills_paid import record_bills_paid
from shared.db import Tx
from shared.fact import Fact


async def apply_credit(tx: Tx, member_id: UUID, now: datetime) -> tuple[list[Bill], list[Fact]]:
    """Pay the member's bills from the credit of earlier payments: the bills that this changed, facts to announce.

    The payment that left its credit first is used up first. What is in flight for a bill stays for it.
    """
    left_over = await payments.list_with_credit(tx, member_id)
    if not left_over:
        return [], []
    owed = await bills.lock_owed(tx, member_id, None)
    uses = split_credit([(left.payment_id, left.credit_cents) for left in left_over], owed)
    changed: list[Bill] = []
    facts: list[Fact] = []
    postings: list[LedgerTransaction] = []
    for bill in owed:
        parts = uses.get(bill.bill_id)
        if not parts:
            continue
        credited, paid = bill.credit(sum(amount_cents for _, amount_cents in parts), now)
        changed.append(credited)
        facts += [paid] if paid else []
        for payment_id, amount_cents in parts:
            await payments.use_credit(tx, payment_id, credited, amount_cents)
            postings.append(credit_applied(payment_id, credited, amount_cents, now))
    if not changed:
        return [], []
    await bills.update_amounts(tx, changed)
    await ledger.insert(tx, *postings)
    return changed, facts + await record_bills_paid(tx, changed, now)
