"""When the next bill comes, for who owes nothing: a day that is certain, or none."""

from datetime import date

import pytest

from services.gateway.domain.next_bill import next_bill_on

NOV_24, DEC_31, JAN_31 = date(2026, 11, 24), date(2026, 12, 31), date(2027, 1, 31)


@pytest.mark.parametrize(
    ("paid_up", "today", "expected"),
    [
        ([(DEC_31, None)], NOV_24, date(2026, 12, 1)),  # January is billed on December 1
        ([(JAN_31, None)], NOV_24, date(2027, 1, 1)),  # paid a month ahead
        ([(JAN_31, None), (DEC_31, None)], NOV_24, date(2026, 12, 1)),  # the first of several
        ([(DEC_31, JAN_31)], NOV_24, date(2026, 12, 1)),  # one month of coverage is still to be billed
        ([(DEC_31, DEC_31)], NOV_24, None),  # coverage ends: nothing more comes
        ([(DEC_31, DEC_31), (JAN_31, None)], NOV_24, date(2027, 1, 1)),
        ([(DEC_31, None)], date(2026, 12, 1), None),  # it comes today: no day ahead can be said
        ([(DEC_31, None)], date(2026, 12, 9), None),
        ([], NOV_24, None),
    ],
)
def test_the_next_bill_comes_a_month_before_its_month(
    paid_up: list[tuple[date, date | None]], today: date, expected: date | None
) -> None:
    """On the 1st of the month before the first month that is not paid yet."""
    assert next_bill_on(paid_up, today) == expected
