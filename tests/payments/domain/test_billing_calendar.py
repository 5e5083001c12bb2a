"""Due days and bank days, with real calendars of 2026 to 2028."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain import calendar

DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))
MONTHS = DAYS.map(calendar.month_of)


@pytest.mark.parametrize(
    ("coverage_month", "due_on"),
    [
        (date(2026, 12, 1), date(2026, 11, 23)),  # a Monday
        (date(2027, 1, 1), date(2026, 12, 23)),  # a Wednesday
        (date(2027, 2, 1), date(2027, 1, 25)),  # the 23rd is a Saturday
        (date(2027, 3, 1), date(2027, 2, 23)),  # a Tuesday, after Washington's Birthday
        (date(2026, 6, 1), date(2026, 5, 26)),  # Saturday, Sunday, Memorial Day
        (date(2027, 6, 1), date(2027, 5, 24)),  # the 23rd is a Sunday; Memorial Day is the 31st
        (date(2027, 9, 1), date(2027, 8, 23)),
        (date(2027, 11, 1), date(2027, 10, 25)),  # Saturday
        (date(2028, 2, 1), date(2028, 1, 24)),  # Sunday
        (date(2028, 3, 1), date(2028, 2, 23)),
        (date(2028, 12, 1), date(2028, 11, 24)),  # Thanksgiving
        (date(2029, 1, 1), date(2028, 12, 26)),  # Saturday, Sunday, Christmas
    ],
)
def test_a_premium_is_due_on_the_23rd_of_the_month_before_or_the_next_bank_day(
    coverage_month: date, due_on: date
) -> None:
    """The due day of each month is the one that a paper calendar with bank holidays gives."""
    assert calendar.usual_due_on(coverage_month) == due_on


@pytest.mark.parametrize(
    ("on", "open_"),
    [
        (date(2026, 7, 3), True),  # Independence Day is a Saturday: the Federal Reserve works on the Friday before
        (date(2027, 7, 5), False),  # Independence Day is a Sunday: its Monday is a holiday
        (date(2026, 6, 19), False),  # Juneteenth
        (date(2026, 11, 26), False),  # Thanksgiving
        (date(2026, 11, 27), True),  # the day after it is an ordinary day for banks
        (date(2027, 12, 24), True),  # Christmas is a Saturday
        (date(2026, 12, 26), False),  # a Saturday
    ],
)
def test_bank_days_are_those_of_the_federal_reserve(on: date, open_: bool) -> None:  # noqa: FBT001 - a table's column
    """Weekends and holidays of the Federal Reserve are no bank days, and a Saturday's holiday moves nothing."""
    assert calendar.is_bank_day(on) is open_


def test_bills_are_issued_on_the_first_of_the_month_before() -> None:
    """January is billed on December 1."""
    assert calendar.issue_on(date(2027, 1, 1)) == date(2026, 12, 1)


@given(MONTHS, st.integers(0, 60))
def test_every_due_day_is_a_bank_day_not_before_the_usual_one_and_leaves_ten_days(month: date, late_days: int) -> None:
    """However late a bill is issued, its due day is a day on which one can pay, in time to do so."""
    issued_on = calendar.issue_on(month) + timedelta(days=late_days)
    due_on = calendar.due_on(month, issued_on)
    assert calendar.is_bank_day(due_on)
    assert due_on >= calendar.usual_due_on(month)
    assert due_on >= issued_on + timedelta(days=10)


@given(MONTHS)
def test_a_bill_issued_on_its_day_is_due_on_the_usual_day(month: date) -> None:
    """The ten days never move the due day of a bill that was issued on the 1st."""
    assert calendar.due_on(month, calendar.issue_on(month)) == calendar.usual_due_on(month)


@given(DAYS, st.integers(-120, 120))
def test_the_first_payment_is_due_on_a_bank_day_between_its_issue_and_30_days_of_coverage(
    start_on: date, offset_days: int
) -> None:
    """The first due day never lies before the bill, and at most 30 days into coverage while that can be kept."""
    issued_on = start_on + timedelta(days=offset_days)
    month = max(calendar.month_of(start_on), calendar.month_of(issued_on))
    due_on = calendar.binder_due_on(month, issued_on, start_on)
    limit = start_on + timedelta(days=30)
    assert calendar.is_bank_day(due_on)
    assert due_on >= issued_on
    if calendar.bank_day_until(limit) >= issued_on:
        assert due_on <= limit
    else:
        assert due_on >= issued_on + timedelta(days=10)


@pytest.mark.parametrize(
    ("issued_on", "due_on"),
    [
        (date(2026, 11, 5), date(2026, 12, 23)),  # early: the usual day
        (date(2026, 12, 20), date(2026, 12, 30)),  # ten days, a Wednesday
        (date(2026, 12, 30), date(2027, 1, 11)),  # ten days would be a Saturday
        (date(2027, 1, 25), date(2027, 1, 29)),  # coverage began on the 1st: the last bank day of its 30 days
        (date(2027, 2, 5), date(2027, 2, 16)),  # the 30 days are over: ten days, past Washington's Birthday
    ],
)
def test_due_days_of_a_first_bill_for_coverage_from_january(issued_on: date, due_on: date) -> None:
    """The first bill is due as usual, else ten days after it came, but within the first 30 days of coverage."""
    month = max(date(2027, 1, 1), calendar.month_of(issued_on))
    assert calendar.binder_due_on(month, issued_on, date(2027, 1, 1)) == due_on


@given(DAYS)
def test_months_follow_each_other(on: date) -> None:
    """The month after the month before is the same month, and a month ends the day before the next."""
    month = calendar.month_of(on)
    assert calendar.month_after(calendar.month_before(on)) == month
    assert calendar.last_day_of(on) + timedelta(days=1) == calendar.month_after(on)
    assert calendar.month_of(calendar.last_day_of(on)) == month
