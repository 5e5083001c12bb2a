"""Sums and dates as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.typed import amount_cents, date_of


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("272.50", 27250),
        ("272.5", 27250),
        ("272", 27200),
        ("272.", 27200),
        (" $1,234.56 ", 123456),
        ("$ 1234.56", 123456),
        ("1,234,567", 123456700),
        ("0", 0),
        ("0.01", 1),
    ],
)
def test_a_sum_is_read_as_it_is_meant(typed: str, cents: int) -> None:
    """Dollar sign, commas and missing cents are all fine."""
    assert amount_cents(typed) == cents


@pytest.mark.parametrize(
    "typed",
    ["", " ", "abc", "-5", "1.234", "12,34", "1,2345", "1e3", "$", ".5", "5 dollars", "٣", "1234567890123", "1.2.3"],
)
def test_a_sum_that_could_mean_two_things_is_not_guessed(typed: str) -> None:
    """`12,34` may be twelve euros or a typing error: the person is asked."""
    assert amount_cents(typed) is None


@given(st.integers(min_value=0, max_value=10**11 - 1))
def test_every_sum_that_we_show_can_be_typed_back(cents: int) -> None:
    """What a page shows as `$1,234.56` is read as the same cents."""
    assert amount_cents(f"${cents // 100:,}.{cents % 100:02d}") == cents


@pytest.mark.parametrize(
    ("fields", "on"),
    [
        (("3", "14", "1988"), date(1988, 3, 14)),
        (("03", " 4 ", "1988"), date(1988, 3, 4)),
        (("2", "29", "2024"), date(2024, 2, 29)),
        (("2", "29", "2023"), None),
        (("13", "1", "1990"), None),
        (("3", "14", "88"), None),
        (("", "14", "1988"), None),
        (("March", "14", "1988"), None),
        (("3", "14", "0000"), None),
        (("٣", "14", "1988"), None),
    ],
)
def test_a_date_comes_in_three_fields(fields: tuple[str, str, str], on: date | None) -> None:
    """A day that is not in the calendar, or a year of two digits, is asked for again."""
    assert date_of(*fields) == on
