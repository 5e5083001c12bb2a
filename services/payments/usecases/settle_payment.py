"""Save what came of a charge: status, ledger, bills, coverage and facts in one commit.

The request that charged, the resolver and later the processor's webhook all end here and may race: only who finds the
payment open moves it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

import structlog

from services.payments.domain import ledger as postings
from services.payments.domain.bill import Bill
from services.payments.domain.charge import CHECK_DELAYS, Charged, Declined, Outcome, Unknown
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.store import bills, payments
from services.payments.store.payments import Move
from services.payments.usecases.apply_credit import apply_credit
from services.payments.usecases.desk import Desk
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
    if not payment.is_open:
        return _unmoved(payment, outcome)
    return await _move(tx, payment, await _lock_bills(tx, payment), outcome, now)


async def settle_accepted(tx: Tx, payment: Payment, held: Sequence[Bill], outcome: Outcome, now: datetime) -> Payment:
    """As `settle_payment`, for a payment that this process has just accepted: nothing of it is read again.

    Raises StalePayment or StaleBill when somebody has moved it, or one of its bills, meanwhile; then nothing is saved,
    and `settle_payment` reads how things stand.
    """
    return await _move(tx, payment, held, outcome, now)


async def settle_together(
    desk: Desk, payment: Payment, held: Sequence[Bill], outcome: Outcome, now: datetime
) -> Payment:
    """As `settle_accepted`, with what else is settled at this moment, where that `is_one_statement`.

    Raises GoAlone and Overtaken when somebody has moved it, or one of its bills, meanwhile, is at it, or our own commit
    has happened and its answer was lost: `settle_payment` finds out.
    """
    match outcome:
        case Charged(charge_id):
            paid, facts = _settle_bills(payment, held, now)
            move = _success(payment, paid, facts, charge_id, now)
        case Unknown():
            move = _open(payment, now)
        case _:
            raise ValueError("a decline frees credit, which has to be read")
    await desk.settling.do(move)
    _say(move.payment, outcome)
    return move.payment


def is_one_statement(payment: Payment, held: Sequence[Bill], outcome: Outcome) -> bool:
    """Whether settling changes things by one statement: no bill is paid in full, and no credit comes free."""
    part_cents = {part.bill_id: part.amount_cents for part in payment.allocations}
    pays_in_full = any(bill.paid_cents + part_cents[bill.bill_id] == bill.total_cents for bill in held)
    return not (isinstance(outcome, Declined) or (isinstance(outcome, Charged) and pays_in_full))


async def _move(tx: Tx, payment: Payment, held: Sequence[Bill], outcome: Outcome, now: datetime) -> Payment:
    match outcome:
        case Charged(charge_id):
            moved = await _succeed(tx, payment, held, charge_id, now)
        case Declined(code):
            moved = await _decline(tx, payment, held, code, now)
        case Unknown():
            moved = await _leave_open(tx, payment, now)
        case _:
            assert_never(outcome)
    if moved is not payment:
        _say(moved, outcome)
    return moved


def _unmoved(payment: Payment, outcome: Outcome) -> Payment:
    """Somebody else was first; when they brought the opposite, a person must compare with the processor's books."""
    if isinstance(outcome, Unknown):
        return payment
    if isinstance(outcome, Charged) is not (payment.status is PaymentStatus.SUCCEEDED):
        log.error("payment_contradicted", payment_id=payment.payment_id, status=payment.status)
    return payment


async def _succeed(tx: Tx, payment: Payment, held: Sequence[Bill], charge_id: str, now: datetime) -> Payment:
    paid, bill_facts = _settle_bills(payment, held, now)
    coverage_facts = await record_bills_paid(tx, paid, now)
    move = _success(payment, paid, [*bill_facts, *coverage_facts], charge_id, now)
    await payments.update_moved(tx, [move])
    if payment.status is PaymentStatus.PROCESSING and payment.credit_cents > 0:
        # credit that was long on its way pays bills issued meanwhile; else it waits for the next bill, as previewed
        await _use_credit(tx, payment, now)
    return move.payment


async def _decline(tx: Tx, payment: Payment, held: Sequence[Bill], code: str, now: datetime) -> Payment:
    declined, fact = payment.decline(code, now)
    part_cents = {part.bill_id: part.amount_cents for part in payment.allocations}
    released = [bill.release(part_cents[bill.bill_id]) for bill in held]

    await payments.update_moved(tx, [Move(declined, now, bills=released, told=outbox.told([fact]))])
    await _use_credit(tx, payment, now)
    return declined


async def _leave_open(tx: Tx, payment: Payment, now: datetime) -> Payment:
    if payment.status is not PaymentStatus.ACCEPTED:
        return payment
    move = _open(payment, now)
    await payments.update_moved(tx, [move])
    return move.payment


def _settle_bills(payment: Payment, held: Sequence[Bill], now: datetime) -> tuple[list[Bill], list[Fact]]:
    """The bills with the payment's money settled on them, and the facts of those which it pays in full."""
    part_cents = {part.bill_id: part.amount_cents for part in payment.allocations}
    settled = [bill.settle(part_cents[bill.bill_id], now) for bill in held]
    return [bill for bill, _ in settled], [fact for _, fact in settled if fact is not None]


def _success(payment: Payment, paid: Sequence[Bill], facts: Sequence[Fact], charge_id: str, now: datetime) -> Move:
    """The payment succeeded, after the facts about its bills."""
    succeeded, fact = payment.succeed(charge_id, now)
    posted = postings.payment_succeeded(succeeded, now)
    return Move(succeeded, now, bills=paid, posted=posted, told=outbox.told([*facts, fact]))


def _open(payment: Payment, now: datetime) -> Move:
    """The payment left open, to be asked about soon."""
    return Move(payment.leave_open(), now, next_check_at=now + CHECK_DELAYS[0])


def _say(payment: Payment, outcome: Outcome) -> None:
    match outcome:
        case Charged():
            log.info("payment_succeeded", payment_id=payment.payment_id)
        case Declined(code):
            log.info("payment_declined", payment_id=payment.payment_id, reason=code)
        case Unknown(reason):
            log.warning("payment_left_open", payment_id=payment.payment_id, reason=reason)


async def _use_credit(tx: Tx, payment: Payment, now: datetime) -> None:
    _, facts = await apply_credit(tx, payment.member_id, now)
    await outbox.add(tx, *facts)


async def _lock_bills(tx: Tx, payment: Payment) -> list[Bill]:
    """The bills that the payment is in flight on, locked in the order in which `accept_payment.py` locks them.

    Another order would have two payments over the same two bills wait for each other.
    """
    policy_ids = list({part.policy_id for part in payment.allocations})
    bill_ids = {part.bill_id for part in payment.allocations}
    owed = await bills.lock_owed(tx, payment.member_id, policy_ids) if policy_ids else []
    return [bill for bill in owed if bill.bill_id in bill_ids]
