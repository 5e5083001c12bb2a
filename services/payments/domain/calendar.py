"""Months, bank days and the days on which bills are issued and due. Pure; days are dates in New York.

`domain/policy.py` asks it which month comes next and when it is billed; `domain/bill.py` when a bill is past due.
"""

from datetime import date, timedelta

import holidays

DUE_DAY = 23
"""Day of the month before coverage on which a premium is due."""

MINIMUM_DAYS_TO_PAY = 10
"""Days that a member has at least between a bill issued late (a first bill, as a rule) and its due day."""

BINDER_LIMIT_DAYS = 30
"""A first payment may be asked for at most so many days after coverage starts: 45 CFR 155.400(e)(1)."""

_ONE_DAY = timedelta(days=1)
_FED_HOLIDAYS = holidays.financial_holidays("XFED")  # the Federal Reserve's: a Saturday's holiday is not moved


def month_of(on: date) -> date:
    """The first day of the month of `on`: how coverage months are written."""
    return on.replace(day=1)


def month_after(month: date) -> date:
    """The first day of the month that follows."""
    return month_of(month_of(month) + timedelta(days=31))


def month_before(month: date) -> date:
    """The first day of the month before."""
    return month_of(month_of(month) - _ONE_DAY)


def last_day_of(month: date) -> date:
    """The last day of the month of `month`."""
    return month_after(month) - _ONE_DAY


def is_bank_day(on: date) -> bool:
    """Whether banks settle on this day: no weekend and no holiday of the Federal Reserve."""
    return on.weekday() < 5 and on not in _FED_HOLIDAYS


def bank_day_from(on: date) -> date:
    """The day itself when it is a bank day, else the next one."""
    while not is_bank_day(on):
        on += _ONE_DAY
    return on


def bank_day_until(on: date) -> date:
    """The day itself when it is a bank day, else the last one before it."""
    while not is_bank_day(on):
        on -= _ONE_DAY
    return on


def issue_on(coverage_month: date) -> date:
    """The day on which the bill for a coverage month is issued: the 1st of the month before."""
    return month_before(coverage_month)


def usual_due_on(coverage_month: date) -> date:
    """The due day of a bill issued in time: the 23rd of the month before coverage, or the next bank day."""
    return bank_day_from(month_before(coverage_month).replace(day=DUE_DAY))


def due_on(coverage_month: date, issued_on: date) -> date:
    """The due day of a bill: the usual one, but never less than ten days after it was issued; always a bank day."""
    return max(usual_due_on(coverage_month), bank_day_from(issued_on + timedelta(days=MINIMUM_DAYS_TO_PAY)))


def binder_due_on(coverage_month: date, issued_on: date, coverage_start_on: date) -> date:
    """The due day of the first bill: as any bill's, but at most 30 days after coverage starts; always a bank day.

    Coverage that began so long ago that no bank day is left before that limit gets the ten days after issue:
    nobody is given a due day which has passed.
    """
    wanted = due_on(coverage_month, issued_on)
    limit = bank_day_until(coverage_start_on + timedelta(days=BINDER_LIMIT_DAYS))
    return min(wanted, limit) if limit >= issued_on else wanted
