"""What a month costs, and the lines that this makes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.premium import LineKind, Rate, rate_for, with_rate

JANUARY, JUNE = date(2027, 1, 1), date(2027, 6, 1)


def test_the_subsidy_is_a_line_of_its_own_below_the_premium() -> None:
    """A subsidized bill shows the whole premium and what the subsidy takes off."""
    lines = Rate(1, JANUARY, 45_000, 30_000).lines()
    assert [(line.kind, line.text_code, line.amount_cents) for line in lines] == [
        (LineKind.PREMIUM, "premium", 45_000),
        (LineKind.SUBSIDY, "subsidy", -30_000),
    ]


def test_without_a_subsidy_there_is_one_line() -> None:
    """A line of zero would only raise questions."""
    assert [line.kind for line in Rate(1, JANUARY, 45_000, 0).lines()] == [LineKind.PREMIUM]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_members_share_is_never_below_zero(premium_cents: int, subsidy_cents: int) -> None:
    """A subsidy above the premium takes the whole premium and no cent more."""
    share_cents = sum(line.amount_cents for line in Rate(1, JANUARY, premium_cents, subsidy_cents).lines())
    assert share_cents == max(premium_cents - subsidy_cents, 0)


def test_without_a_known_premium_there_is_no_bill() -> None:
    """Nothing is guessed when the feed does not say the premium."""
    with pytest.raises(ValueError, match="no bill without a premium"):
        Rate(1, JANUARY, None, 0).lines()


def test_a_new_premium_applies_from_its_month_on() -> None:
    """A change told in January for June leaves February to May at the old price."""
    rates = (Rate(1, JANUARY, 30_000, 0), Rate(2, JUNE, 33_000, 0))
    months = [date(2027, month, 1) for month in (1, 5, 6, 12)]
    assert [rate.premium_cents for month in months if (rate := rate_for(month, rates))] == [
        30_000,
        30_000,
        33_000,
        33_000,
    ]


def test_of_two_rates_in_force_the_one_told_last_counts() -> None:
    """A correction of the current price replaces it, also for months from which another was told before."""
    rates = (Rate(2, JUNE, 33_000, 0), Rate(3, JANUARY, 31_000, 0))
    found = rate_for(date(2027, 7, 1), rates)
    assert found is not None
    assert found.premium_cents == 31_000


def test_before_the_first_rate_nothing_is_known() -> None:
    """The caller decides what to take for months before the first rate."""
    assert rate_for(date(2026, 12, 1), (Rate(1, JANUARY, 30_000, 0),)) is None


@given(st.permutations([Rate(version, JANUARY, 100 * version, 0) for version in range(1, 6)]))
def test_rates_end_the_same_in_whatever_order_they_are_told(rates: list[Rate]) -> None:
    """Late, early or twice: the list of rates is the same in the end."""
    known: tuple[Rate, ...] = ()
    for rate in (*rates, *rates):
        known = with_rate(known, rate)
    assert [rate.enrollment_version for rate in known] == [1, 2, 3, 4, 5]


def test_an_enrollment_without_a_rate_adds_none() -> None:
    """A termination says nothing about the price."""
    rates = (Rate(1, JANUARY, 30_000, 0),)
    assert with_rate(rates, None) is rates
