"""How far the bills of a policy are paid: which months count as paid for coverage, and since when. Pure.

`domain/coverage.py` tells from it what keeps coverage. Money in flight is looked at like money paid where the caller
says so.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.payments.domain.allocation import Allocation
from services.payments.domain.bill import Bill
from services.payments.domain.calendar import last_day_of, month_after
from services.payments.domain.policy import Policy

TOLERANCE_CENTS = 1_000
TOLERANCE_PERCENT = 5
"""A shortfall of at most the smaller of both counts as paid for coverage: 45 CFR 155.400(g) lets insurers allow it."""


@dataclass(frozen=True, slots=True)
class Received:
    """Cents that came in for a bill, and the day in New York on which they counted as paid; in flight ones as well."""

    on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class BilledMonth:
    """A bill with what came in for it, in the order in which it came."""

    bill: Bill
    received: tuple[Received, ...] = ()


@dataclass(frozen=True, slots=True)
class PaidMonths:
    """The last day up to which bills are paid without a gap, and the bills that do not count as paid, oldest first."""

    through_on: date | None
    unpaid: tuple[Bill, ...]


def months_of(policy: Policy, months: Iterable[BilledMonth]) -> tuple[BilledMonth, ...]:
    """The policy's bills of months that it covers, oldest first; bills of other months never touch coverage."""
    own = (it for it in months if it.bill.policy_id == policy.policy_id and policy.covers(it.bill.coverage_month))
    return tuple(sorted(own, key=lambda it: it.bill.coverage_month))


def with_payment(months: Iterable[BilledMonth], allocations: Iterable[Allocation], on: date) -> list[BilledMonth]:
    """The bills as they would be if a payment of these allocations had succeeded on a day; to look at, not to save."""
    cents_by_bill = {part.bill_id: part.amount_cents for part in allocations}
    return [_with(it, cents_by_bill.get(it.bill.bill_id, 0), on) for it in months]


def paid_months(policy: Policy, bills: Sequence[Bill], missing: Callable[[Bill], int]) -> PaidMonths:
    """Go through a policy's bills, oldest first. `missing` says how many cents of a bill are not there.

    Shortfalls within the tolerance add up, and together must stay within one; a first bill must be paid in full.
    """
    through_on = policy.paid_through_on
    next_month = month_after(through_on) if through_on else policy.first_billed_month
    short_cents = 0
    unpaid: list[Bill] = []
    for bill in bills:
        missing_cents = missing(bill)
        if missing_cents > 0 and short_cents + missing_cents > allowed_cents(policy, bill):
            unpaid.append(bill)
            continue
        short_cents += missing_cents
        if not unpaid and bill.coverage_month == next_month:
            through_on = covered_until(policy, bill.coverage_month)
            next_month = month_after(next_month)
    return PaidMonths(through_on, tuple(unpaid))


def paid_on(policy: Policy, month: BilledMonth) -> date:
    """The day from which a bill that counts as paid did so; that of its issue where nothing had to come in for it."""
    missing_cents = month.bill.total_cents - allowed_cents(policy, month.bill)
    for received in month.received:
        missing_cents -= received.amount_cents
        if missing_cents <= 0:
            return received.on
    return month.bill.issued_on


def allowed_cents(policy: Policy, bill: Bill) -> int:
    """How much of a bill may be missing while it counts as paid for coverage; nothing of the first one."""
    if bill.coverage_month == policy.first_billed_month:
        return 0
    return min(TOLERANCE_CENTS, bill.total_cents * TOLERANCE_PERCENT // 100)


def covered_until(policy: Policy, month: date) -> date:
    """The last day of a month, or the end of coverage where that comes first."""
    last_on = last_day_of(month)
    return min(last_on, policy.coverage_end_on or last_on)


def _with(month: BilledMonth, amount_cents: int, on: date) -> BilledMonth:
    if amount_cents == 0:
        return month
    bill = replace(month.bill, paid_cents=month.bill.paid_cents + amount_cents)
    return BilledMonth(bill, (*month.received, Received(on, amount_cents)))
