"""The timers of payments: bills to issue, payments whose day has come, bills past due, open payments to find out about.

A scheduled payment goes the way of every other: one commit, the charge with no transaction open, a second commit.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from services.payments.domain.charge import Unknown
from services.payments.providers.watched_processor import CHARGING
from services.payments.store import bills, payment_checks, payments, policies, scheduled_payments
from services.payments.store.payment_checks import DueCheck
from services.payments.usecases.charge_payment import charge_payment
from services.payments.usecases.charges_under_way import TooManyCharges
from services.payments.usecases.check_charge import check_charge
from services.payments.usecases.issue_bills import issue_bills
from services.payments.usecases.mark_past_due import mark_past_due
from services.payments.usecases.parts import Parts
from services.payments.usecases.postpone_check import postpone_check
from services.payments.usecases.run_payment import run_payment
from services.payments.usecases.settle_payment import settle_payment
from shared.crash import crash_point
from shared.jobs import Job

CHECKS_AT_ONCE = 10
RUNS_AT_ONCE = 10
CHECK_LEASE = timedelta(minutes=1)
"""How long a claimed check belongs to the process that claimed it, should that process die."""


async def _issue_bills(parts: Parts, now: datetime) -> int:
    crash_point("bills.issuing")
    count = await parts.db.write(lambda tx: issue_bills(tx, now))
    crash_point("bills.issued")
    return count


async def _run_scheduled(parts: Parts, now: datetime) -> int:
    """Run payments whose day has come; what another process has taken meanwhile is passed over.

    While charging is off they wait.
    """
    if not parts.switches.is_on(CHARGING):
        return 0
    at_work = parts.charges.payment_ids
    due = await parts.db.read(lambda tx: scheduled_payments.list_due(tx, now, RUNS_AT_ONCE, at_work))
    return sum(await asyncio.gather(*(_run(parts, payment_id, now) for payment_id in due)))


async def _run(parts: Parts, payment_id: UUID, now: datetime) -> bool:
    """Run one; False when it is left for later or for another process. Charges of members who wait come first."""
    try:
        with parts.charges.slot(payment_id):
            crash_point("payments.running")
            payment = await parts.db.write(lambda tx: run_payment(tx, payment_id, parts.charge_lease, now))
            crash_point("payments.run")
            if payment is not None and payment.is_open:
                outcome = await charge_payment(parts.processor, payment)
                await parts.db.write(lambda tx: settle_payment(tx, payment_id, outcome, parts.clock.now()))
                crash_point("payments.run_settled")
            return payment is not None
    except TooManyCharges:
        return False


async def _mark_past_due(parts: Parts, now: datetime) -> int:
    crash_point("bills.marking_past_due")
    count = await parts.db.write(lambda tx: mark_past_due(tx, now))
    crash_point("bills.marked_past_due")
    return count


async def _resolve_payments(parts: Parts, now: datetime) -> int:
    """Claim due checks in one commit, ask the processor with no transaction open, save each answer in another."""
    not_these = parts.charges.payment_ids
    crash_point("payments.claiming")
    due = await parts.db.write(
        lambda tx: payment_checks.claim_due(tx, now, now + CHECK_LEASE, not_these, CHECKS_AT_ONCE)
    )
    crash_point("payments.claimed")
    await asyncio.gather(*(_resolve(parts, check, now) for check in due))
    return len(due)


async def _resolve(parts: Parts, check: DueCheck, now: datetime) -> None:
    payment = await parts.db.read(lambda tx: payments.get(tx, check.payment_id))
    outcome = await check_charge(parts.processor, payment, now)
    await parts.db.write(lambda tx: settle_payment(tx, check.payment_id, outcome, now))
    crash_point("payments.resolved")
    if isinstance(outcome, Unknown):
        await parts.db.write(lambda tx: postpone_check(tx, check.payment_id, check.checks_done + 1, now))
        crash_point("payments.postponed")


async def _next_bill_at(parts: Parts) -> datetime | None:
    return await parts.db.read(policies.find_next_bill_at)


async def _next_run_at(parts: Parts) -> datetime | None:
    if not parts.switches.is_on(CHARGING):
        return None
    return await parts.db.read(scheduled_payments.find_next_run_at)


async def _next_past_due_at(parts: Parts) -> datetime | None:
    return await parts.db.read(bills.find_next_past_due_at)


async def _next_check_at(parts: Parts) -> datetime | None:
    return await parts.db.read(payment_checks.find_next_due_at)


JOBS: tuple[Job[Parts], ...] = (
    Job("issue_bills", every_seconds=60, run=_issue_bills, next_due_at=_next_bill_at),
    Job("run_scheduled", every_seconds=60, run=_run_scheduled, next_due_at=_next_run_at),
    Job("mark_past_due", every_seconds=60, run=_mark_past_due, next_due_at=_next_past_due_at),
    Job("resolve_payments", every_seconds=1, run=_resolve_payments, next_due_at=_next_check_at),
)
