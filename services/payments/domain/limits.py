"""How much may be paid at once, and how many declines are too many.

`domain/quote.py` applies the first, `domain/balance.py` tells it, `usecases/accept_payment.py` applies the second.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.payments.domain.policy import Policy, PolicyPrice

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


def largest_cents(owed_cents: int, policies: Sequence[Policy | PolicyPrice]) -> int:
    """The most that may be paid at once: what is owed, and 12 future premiums of each policy; 0 for nothing at all."""
    return owed_cents + MONTHS_AHEAD * sum(_monthly_cents(policy) for policy in policies)


def check_declines(declined_at: Sequence[datetime], now: datetime) -> None:
    """At most 5 declines an hour, so that nobody tries out stolen cards here.

    `declined_at`: the latest declines, newest first; `now`: on the same clock. Raises TooManyDeclines.
    """
    if len(declined_at) < DECLINES_ALLOWED:
        return
    wait = declined_at[DECLINES_ALLOWED - 1] + DECLINES_WITHIN - now
    if wait > timedelta(0):
        raise TooManyDeclines(int(wait.total_seconds()) + 1)


def _monthly_cents(policy: Policy | PolicyPrice) -> int:
    """The member's share of a month to come; 0 where nothing is billed any more or the premium is not known."""
    if policy.next_bill_month is None or policy.premium_cents is None:
        return 0
    return max(0, policy.premium_cents - policy.subsidy_cents)
