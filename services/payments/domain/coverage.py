"""The coverage clock: through which day coverage is paid, what sum keeps it, by when, and what happens else. Pure.

All of it follows from the bills and the day, by the rules of dates in the design; no grace before the first payment
is 45 CFR 155.400(e). Nothing here moves the status of a policy: `domain/policy.py` knows pending and active, and the
portal does not end coverage by itself. A deadline that has passed is therefore told as what the insurer may do.
Next: `usecases/list_policies.py`, `usecases/show_what_if.py` and `usecases/preview_coverage.py` use it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from services.payments.domain.bill import Bill
from services.payments.domain.calendar import month_after
from services.payments.domain.grace import Settled, due_days_after, grace_began_with, is_subsidized
from services.payments.domain.paid_months import (
    BilledMonth,
    PaidMonths,
    covered_until,
    months_of,
    paid_months,
    paid_on,
)
from services.payments.domain.policy import Policy

_ONE_DAY = timedelta(days=1)


class CoverageState(StrEnum):
    """Where coverage stands; each is a sentence of its own for the member.

    `waiting_for_premium`: the marketplace has not told the premium, so nothing is billed.
    `binder_due`: the first bill is to be paid; coverage begins only with it.
    `paid`: nothing is needed at present. `in_flight`: what is needed was received and is settling.
    `due`: the next month is billed and its due day is ahead.
    `past_due`: a due day has passed, or a grace period is not over yet; coverage can still be kept.
    `after_deadline`: the last day to keep coverage, `pay_by_on`, has passed; the insurer may end it as of
    `would_end_on`, or where the first bill was never paid it never begins. To be settled with a person.
    `ended`: the last day of coverage has passed. `canceled`: it never took effect.
    """

    WAITING_FOR_PREMIUM = "waiting_for_premium"
    BINDER_DUE = "binder_due"
    PAID = "paid"
    IN_FLIGHT = "in_flight"
    DUE = "due"
    PAST_DUE = "past_due"
    AFTER_DEADLINE = "after_deadline"
    ENDED = "ended"
    CANCELED = "canceled"


class IfNotPaid(StrEnum):
    """What happens when `amount_to_keep_cents` is not paid by the end of `pay_by_on`.

    `none`: nothing is asked for. `becomes_past_due`: the bill does. `never_begins`: coverage never takes effect.
    `grace_goes_on`: still covered, but more is then owed, and all of it is to be paid by `grace_ends_on`, else
    coverage ends as of `would_end_on`. `ends_on`: coverage ends as of `would_end_on`, which may lie in the past.
    """

    NONE = "none"
    BECOMES_PAST_DUE = "becomes_past_due"
    NEVER_BEGINS = "never_begins"
    GRACE_GOES_ON = "grace_goes_on"
    ENDS_ON = "ends_on"


@dataclass(frozen=True, slots=True)
class CoverageOutlook:
    """What the member of a policy is told; days are dates in New York and count until their end.

    `paid_through_on` counts settled money, and a shortfall within the tolerance as paid. `amount_to_keep_cents` is the
    whole sum all the same, less what is in flight; in a grace period with the months that are billed until
    `pay_by_on`. Credit that waits for a next bill is not taken off. `would_end_on` is the last day then covered.
    """

    state: CoverageState
    paid_through_on: date | None
    pay_by_on: date | None = None
    amount_to_keep_cents: int = 0
    if_not_paid: IfNotPaid = IfNotPaid.NONE
    would_end_on: date | None = None
    grace_ends_on: date | None = None


def coverage_outlook(policy: Policy, months: Iterable[BilledMonth], today: date) -> CoverageOutlook:
    """Tell what keeps the coverage of a policy, seen from a day; `months` are its bills, others do no harm."""
    own = months_of(policy, months)
    bills = [month.bill for month in own]
    settled = paid_months(policy, bills, lambda bill: bill.total_cents - bill.paid_cents)
    expected = paid_months(policy, bills, lambda bill: bill.owed_cents)
    state = _state_without_demand(policy, settled, expected, today)
    if state is not None:
        return CoverageOutlook(state, settled.through_on)
    first = expected.unpaid[0]
    if first.coverage_month == policy.first_billed_month:
        return _binder(first, settled.through_on, today)
    if today > first.due_on and not is_subsidized(first):
        return _past_due(first, bills, settled, expected, today)
    began = grace_began_with(_settled(policy, own, expected), today)
    if began is not None:
        return _in_grace(policy, began, bills, settled.through_on, today)
    return _due(first, bills, settled.through_on)


def _settled(policy: Policy, months: Sequence[BilledMonth], expected: PaidMonths) -> list[Settled]:
    """Since when each bill after the first counts as paid, money in flight included: the first one has no grace."""
    unpaid = {bill.bill_id for bill in expected.unpaid}
    return [
        Settled(month.bill, None if month.bill.bill_id in unpaid else paid_on(policy, month))
        for month in months
        if month.bill.coverage_month != policy.first_billed_month
    ]


def _state_without_demand(
    policy: Policy, settled: PaidMonths, expected: PaidMonths, today: date
) -> CoverageState | None:
    """The state in which nothing is asked for; None where something is."""
    end_on = policy.coverage_end_on
    if end_on is not None and end_on < policy.coverage_start_on:
        return CoverageState.CANCELED
    if end_on is not None and end_on < today:
        return CoverageState.ENDED
    if policy.first_billed_month is None:
        return CoverageState.WAITING_FOR_PREMIUM
    if expected.unpaid:
        return None
    return CoverageState.IN_FLIGHT if settled.unpaid else CoverageState.PAID


def _binder(binder: Bill, paid_through_on: date | None, today: date) -> CoverageOutlook:
    """No grace and no tolerance before the first payment."""
    return CoverageOutlook(
        CoverageState.BINDER_DUE if today <= binder.due_on else CoverageState.AFTER_DEADLINE,
        paid_through_on,
        pay_by_on=binder.due_on,
        amount_to_keep_cents=binder.owed_cents,
        if_not_paid=IfNotPaid.NEVER_BEGINS,
    )


def _due(first: Bill, bills: Sequence[Bill], paid_through_on: date | None) -> CoverageOutlook:
    return CoverageOutlook(
        CoverageState.DUE,
        paid_through_on,
        pay_by_on=first.due_on,
        amount_to_keep_cents=_owed_cents(bills, first.due_on),
        if_not_paid=IfNotPaid.BECOMES_PAST_DUE,
    )


def _past_due(
    first: Bill, bills: Sequence[Bill], settled: PaidMonths, expected: PaidMonths, today: date
) -> CoverageOutlook:
    """Without a subsidy: until the next due day, then coverage ends on the last day of the last month paid in full.

    To be paid by then is what was due before that day; the bill due on that very day becomes past due in its turn.
    """
    _, last_on = due_days_after(first, bills)[0]
    told = CoverageOutlook(
        CoverageState.PAST_DUE,
        settled.through_on,
        pay_by_on=last_on,
        amount_to_keep_cents=_owed_cents(bills, last_on - _ONE_DAY),
        if_not_paid=IfNotPaid.ENDS_ON,
        would_end_on=expected.through_on,
    )
    if today <= last_on:
        return told
    return replace(told, state=CoverageState.AFTER_DEADLINE, amount_to_keep_cents=_owed_cents(bills, today))


def _in_grace(
    policy: Policy, began: Bill, bills: Sequence[Bill], paid_through_on: date | None, today: date
) -> CoverageOutlook:
    """With a subsidy: three due days more, each with all that is owed by then; after them, one month was covered."""
    due_days = due_days_after(began, bills)
    _, grace_ends_on = due_days[-1]
    told = CoverageOutlook(
        CoverageState.AFTER_DEADLINE,
        paid_through_on,
        pay_by_on=grace_ends_on,
        amount_to_keep_cents=_owed_cents(bills, today),
        if_not_paid=IfNotPaid.ENDS_ON,
        would_end_on=covered_until(policy, began.coverage_month),
        grace_ends_on=grace_ends_on,
    )
    for month, on in due_days:
        if today <= on:
            return replace(
                told,
                state=CoverageState.PAST_DUE,
                pay_by_on=on,
                amount_to_keep_cents=_owed_cents(bills, on) + _not_billed_yet_cents(policy, month),
                if_not_paid=IfNotPaid.ENDS_ON if on == grace_ends_on else IfNotPaid.GRACE_GOES_ON,
            )
    return told


def _owed_cents(bills: Iterable[Bill], until: date) -> int:
    """What is owed on bills due until a day, small shortfalls included."""
    return sum(bill.owed_cents for bill in bills if bill.due_on <= until)


def _not_billed_yet_cents(policy: Policy, last_month: date) -> int:
    """The member's share of the months that are billed until that of `last_month`; 0 for what will not be billed."""
    cents, month = 0, policy.next_bill_month
    while month is not None and month <= last_month and policy.covers(month):
        rate = policy.rate_for(month)
        cents += (rate.premium_cents or 0) - rate.subsidy_used_cents
        month = month_after(month)
    return cents
