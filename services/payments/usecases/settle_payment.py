"""Save what came of a charge: status, ledger, bills, coverage and facts in one commit.

The request that charged, the resolver and later the processor's webhook all end here and may race: only who finds the
payment open moves it.
"""

from datetime import datetime
from typing import assert_never
from uuid import UUID

import structlog

from services.payments.domain import ledger as postings
from services.payments.domain.bill import Bill
from services.payments.domain.charge import CHECK_DELAYS, Charged, Declined, Outcome, Unknown
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.store import bills, ledger, payments
from services.payments.usecases.apply_credit import apply_credit
from services.payments.usecases.record_bills_paid import record_bills_paid
from shared import outbox
from shared.db import Tx
from shared.fact import Fact

log = structlog.get_logger()


async def settle_payment(tx: Tx, payment_id: UUID, outcome: Outcome, now: datetime) -> Payment:
    """Move the payment as the outcome says and return it as it is now; one that is settled stays as it is.

    Raises PaymentNotFound.
    """
    payment = await payments.lock(tx, payment_id)
    match outcome:
        case Charged(charge_id):
            return await _succeed(tx, payment, charge_id, now) if payment.is_open else _unmoved(payment, outcome)
        case Declined(code):
            return await _decline(tx, payment, code, now) if payment.is_open else _unmoved(payment, outcome)
        case Unknown(reason):
            return await _leave_open(tx, payment, reason, now)
        case _:
            assert_never(outcome)


def _unmoved(payment: Payment, outcome: Charged | Declined) -> Payment:
    """Somebody else was first; when they brought the opposite, a person must compare with the processor's books."""
    if isinstance(outcome, Charged) is not (payment.status is PaymentStatus.SUCCEEDED):
        log.error("payment_contradicted", payment_id=payment.payment_id, status=payment.status)
    return payment


async def _succeed(tx: Tx, payment: Payment, charge_id: str, now: datetime) -> Payment:
    bill_by_id = await _lock_bills(tx, payment)
    succeeded, fact = payment.succeed(charge_id, now)
    settled = [bill_by_id[part.bill_id].settle(part.amount_cents, now) for part in payment.allocations]

    paid = [bill for bill, _ in settled]
    await payments.update_status(tx, succeeded, now)
    await ledger.insert(tx, postings.payment_succeeded(succeeded, now))
    if paid:
        await bills.update_amounts(tx, paid)
    coverage_facts = await record_bills_paid(tx, paid, now)
    credit_facts = await _credit_for_bills_since(tx, payment, now)

    bill_facts = [bill_fact for _, bill_fact in settled if bill_fact is not None]
    await outbox.add(tx, *bill_facts, *coverage_facts, fact, *credit_facts)
    log.info("payment_succeeded", payment_id=payment.payment_id)
    return succeeded


async def _decline(tx: Tx, payment: Payment, code: str, now: datetime) -> Payment:
    bill_by_id = await _lock_bills(tx, payment)
    declined, fact = payment.decline(code, now)
    released = [bill_by_id[part.bill_id].release(part.amount_cents) for part in payment.allocations]

    await payments.update_status(tx, declined, now)
    if released:
        await bills.update_amounts(tx, released)
    _, credit_facts = await apply_credit(tx, payment.member_id, now)

    await outbox.add(tx, fact, *credit_facts)
    log.info("payment_declined", payment_id=payment.payment_id, reason=code)
    return declined


async def _credit_for_bills_since(tx: Tx, payment: Payment, now: datetime) -> list[Fact]:
    """Credit that was long on its way pays bills issued meanwhile; else it waits for the next bill, as previewed."""
    if payment.status is PaymentStatus.PROCESSING and payment.credit_cents > 0:
        _, facts = await apply_credit(tx, payment.member_id, now)
        return facts
    return []


async def _leave_open(tx: Tx, payment: Payment, reason: str, now: datetime) -> Payment:
    if payment.status is not PaymentStatus.ACCEPTED:
        return payment
    left_open = payment.leave_open()
    await payments.update_status(tx, left_open, now, next_check_at=now + CHECK_DELAYS[0])
    log.warning("payment_left_open", payment_id=payment.payment_id, reason=reason)
    return left_open


async def _lock_bills(tx: Tx, payment: Payment) -> dict[UUID, Bill]:
    """The bills that the payment is in flight on, locked in the order in which `accept_payment.py` locks them.

    Another order would have two payments over the same two bills wait for each other.
    """
    policy_ids = list({part.policy_id for part in payment.allocations})
    owed = await bills.lock_owed(tx, payment.member_id, policy_ids) if policy_ids else []
    return {bill.bill_id: bill for bill in owed}
