"""When a policy is billed for which month, and the bill that this makes. Pure.

Bills are issued on the 1st of the month before coverage, the first one at once. `usecases/bill_policies.py` saves and
announces them.
"""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.payments.domain.bill import FIRST_VERSION, Bill, BillKind, BillStatus
from services.payments.domain.calendar import binder_due_on, due_on, issue_on, month_after, month_of
from services.payments.domain.policy import IllegalPolicyMove, Policy
from shared.clocks import business_day, start_of_day
from shared.contracts.payments import BillPaidV1


def plan(policy: Policy, now: datetime) -> Policy:
    """Note on the policy which month is billed next and when, after an enrollment; the first bill is due at once.

    Where nothing was being billed (a new policy, no premium known, coverage ended and came back), billing starts with
    the current coverage month: no arrears are invented. A month without a known premium stops it until that is told.
    """
    month = month_of(policy.coverage_start_on)
    if policy.next_bill_month is not None:
        month = max(month, policy.next_bill_month)
    else:
        after_last = month_after(policy.last_billed_month) if policy.last_billed_month else month
        month = max(month, after_last, month_of(business_day(now)))
    planned = _bill_next(policy, month)
    if policy.first_billed_month is None and planned.next_bill_at is not None:
        return replace(planned, next_bill_at=min(planned.next_bill_at, now))
    return planned


def issue_next(policy: Policy, bill_id: UUID, now: datetime) -> tuple[Policy, Bill, BillPaidV1 | None]:
    """Issue the bill whose time has come; the policy then knows what is billed next.

    A bill of nothing (the subsidy carries the month) is issued and paid at once, so that the month counts as paid: its
    fact is given. That of the issue is said once the member's credit was applied, see `Bill.issued`.
    Raises IllegalPolicyMove when no bill is to be issued at `now`.
    """
    month = policy.next_bill_month
    if month is None or policy.next_bill_at is None or policy.next_bill_at > now:
        raise IllegalPolicyMove(policy.policy_id, "no bill is to be issued yet")
    bill = _bill(policy, month, bill_id, now)
    billed = replace(policy, first_billed_month=policy.first_billed_month or month, last_billed_month=month)
    billed = _bill_next(billed, month_after(month))
    if bill.total_cents > 0:
        return billed, bill, None
    closed, paid = bill.close_empty(now)
    return billed, closed, paid


def _bill_next(policy: Policy, month: date) -> Policy:
    if not policy.covers(month) or policy.rate_for(month).premium_cents is None:
        return replace(policy, next_bill_month=None, next_bill_at=None)
    return replace(policy, next_bill_month=month, next_bill_at=start_of_day(issue_on(month)))


def _bill(policy: Policy, month: date, bill_id: UUID, now: datetime) -> Bill:
    issued_on = business_day(now)
    is_binder = policy.first_billed_month is None
    lines = policy.rate_for(month).lines()
    return Bill(
        bill_id=bill_id,
        policy_id=policy.policy_id,
        policy_number=policy.policy_number,
        insurer_id=policy.insurer_id,
        member_id=policy.member_id,
        kind=BillKind.PREMIUM,
        coverage_month=month,
        issued_on=issued_on,
        due_on=binder_due_on(month, issued_on, policy.coverage_start_on) if is_binder else due_on(month, issued_on),
        lines=lines,
        total_cents=sum(line.amount_cents for line in lines),
        paid_cents=0,
        in_flight_cents=0,
        status=BillStatus.OPEN,
        version=FIRST_VERSION,
    )
