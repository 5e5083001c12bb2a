"""How much may be paid at once, and how many declines are too many.

`domain/quote.py` applies the first, `usecases/accept_payment.py` the second.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

MONTHS_AHEAD = 12
DECLINES_ALLOWED = 5
DECLINES_WITHIN = timedelta(hours=1)


class AmountAboveLimit(Exception):
    """The amount is above what may be paid at once: `largest_cents`."""

    def __init__(self, largest_cents: int) -> None:
        super().__init__(f"at most {largest_cents} cents")
        self.largest_cents = largest_cents


class TooManyDeclines(Exception):
    """The member's payments were declined too often of late; `retry_after_seconds` until the next may be tried."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"again in {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds


def check_declines(declined_at: Sequence[datetime], now: datetime) -> None:
    """At most 5 declines an hour, so that nobody tries out stolen cards here.

    `declined_at`: the latest declines, newest first; `now`: on the same clock. Raises TooManyDeclines.
    """
    if len(declined_at) < DECLINES_ALLOWED:
        return
    wait = declined_at[DECLINES_ALLOWED - 1] + DECLINES_WITHIN - now
    if wait > timedelta(0):
        raise TooManyDeclines(int(wait.total_seconds()) + 1)
