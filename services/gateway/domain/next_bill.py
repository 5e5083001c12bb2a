"""When the next bill comes, for members who owe nothing now. Pure. Next: `http/pages/dashboard.py`."""

from collections.abc import Iterable
from datetime import date, timedelta


def next_bill_on(paid_up: Iterable[tuple[date, date | None]], today: date) -> date | None:
    """The day of the next bill; None when none is in sight.

    `paid_up`: for each policy the last day that is paid for, and the last day of its coverage. A month is billed on
    the 1st of the month before it, as the dates in the design have it; whose next bill should be here already has
    paid ahead or is being billed just now, and then no day is said.
    """
    days = [
        through_on.replace(day=1)
        for through_on, end_on in paid_up
        if end_on is None or end_on >= through_on + timedelta(days=1)
    ]
    return min((on for on in days if on > today), default=None)
