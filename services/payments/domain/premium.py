"""What a policy costs from which month on, and the lines which that makes on a bill. Pure.

`domain/policy.py` keeps the rates that the feed has told; `domain/bill.py` prints the lines of the one that applies.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class LineKind(StrEnum):
    """Kinds of lines on a bill; more come with corrections, charges and late fees."""

    PREMIUM = "premium"
    SUBSIDY = "subsidy"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill; `text_code` names its wording in every language; the amount in cents, subsidy negative."""

    kind: LineKind
    text_code: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Premium and subsidy of a month in cents; a premium of None means that the feed did not say it.

    `enrollment_version` is the enrollment that told it: of two for the same month the newer one counts.
    """

    enrollment_version: int
    from_month: date
    premium_cents: int | None
    subsidy_cents: int

    @property
    def subsidy_used_cents(self) -> int:
        """The part of the subsidy that the premium can take: a member's share is never below zero."""
        return min(self.subsidy_cents, self.premium_cents or 0)

    def lines(self) -> tuple[Line, ...]:
        """The lines of a bill at this rate. Raises ValueError where the premium is not known: there is no bill then."""
        if self.premium_cents is None:
            raise ValueError("no bill without a premium")
        premium = Line(LineKind.PREMIUM, "premium", self.premium_cents)
        if self.subsidy_used_cents == 0:
            return (premium,)
        return (premium, Line(LineKind.SUBSIDY, "subsidy", -self.subsidy_used_cents))


def rate_for(month: date, rates: Iterable[Rate]) -> Rate | None:
    """The rate that applies to a month: of those in force by then the one told last; None where none is."""
    in_force = [rate for rate in rates if rate.from_month <= month]
    return max(in_force, key=lambda rate: rate.enrollment_version, default=None)


def with_rate(rates: tuple[Rate, ...], rate: Rate | None) -> tuple[Rate, ...]:
    """The rates with one more, in the order in which they were told; one already known changes nothing."""
    if rate is None or any(known.enrollment_version == rate.enrollment_version for known in rates):
        return rates
    return tuple(sorted((*rates, rate), key=lambda known: known.enrollment_version))
