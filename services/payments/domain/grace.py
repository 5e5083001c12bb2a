"""Since when a grace period runs, and its due days. Pure. `domain/coverage.py` tells what they mean for the member.

A subsidized policy whose first bill was paid has three months of grace (45 CFR 156.270(d)), which begin with the first
month that is not paid by its due day. Paying a part of what is owed, earlier or later months, does not move it: it is
over once nothing is owed any more on any bill issued by then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.payments.domain.bill import Bill
from services.payments.domain.calendar import month_after, usual_due_on
from services.payments.domain.premium import LineKind

GRACE_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Settled:
    """A bill, and the day from which it counts as paid; None where it does not."""

    bill: Bill
    paid_on: date | None

    def is_paid_by(self, on: date) -> bool:
        """Whether it counts as paid at the end of a day."""
        return self.paid_on is not None and self.paid_on <= on


def is_subsidized(bill: Bill) -> bool:
    """Whether a part of the bill's premium is paid to the insurer as a tax credit."""
    return any(line.kind is LineKind.SUBSIDY for line in bill.lines)


def grace_began_with(settled: Sequence[Settled], today: date) -> Bill | None:
    """The bill with which the grace period began that runs on a day; None where none runs.

    `settled` are the bills of one policy after its first, oldest first.
    """
    began: Bill | None = None
    for it in settled:
        is_late = it.bill.due_on < today and not it.is_paid_by(it.bill.due_on)
        if not is_late or not is_subsidized(it.bill):
            continue
        if began is None or _all_was_paid(settled, began.due_on, it.bill.due_on):
            began = it.bill
    if began is None or _all_was_paid(settled, began.due_on, today):
        return None
    return began


def due_days_after(first: Bill, bills: Iterable[Bill]) -> list[tuple[date, date]]:
    """The three months after a bill's, each with its due day; only those due later than the bill itself.

    A bill issued late may share its due day with the month after it, but never with the third.
    """
    due_on_by_month = {bill.coverage_month: bill.due_on for bill in bills}
    days: list[tuple[date, date]] = []
    month = first.coverage_month
    for _ in range(GRACE_MONTHS):
        month = month_after(month)
        on = due_on_by_month.get(month, usual_due_on(month))
        if on > first.due_on:
            days.append((month, on))
    return days


def _all_was_paid(settled: Sequence[Settled], after: date, until: date) -> bool:
    """Whether, at the end of some day between, nothing was owed on any bill issued by then."""
    days = {it.paid_on for it in settled if it.paid_on is not None and after < it.paid_on <= until}
    return any(all(it.is_paid_by(day) for it in settled if it.bill.issued_on <= day) for day in days)
