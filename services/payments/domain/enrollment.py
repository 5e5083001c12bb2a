"""What an enrollment tells about its policy: when it ends, by what was asked for, and its rate. Pure.

`domain/policy.py` applies it. Cancel and terminate set the day on which coverage ends, so that no further bills are
issued, add and reinstate open it again, a change leaves it where it names none. Voiding bills, grace and the price of
a reinstatement come with the coverage rules.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from services.payments.domain.calendar import month_of
from services.payments.domain.premium import Rate
from shared.contracts.identity import MemberEnrolledV1


@dataclass(frozen=True, slots=True)
class CoverageEnd:
    """The last day covered, None while open, as the enrollment of version `end_version` set it."""

    end_version: int
    coverage_end_on: date | None


def end_told(fact: MemberEnrolledV1) -> CoverageEnd | None:
    """The end that an enrollment sets, None where it leaves it as it is: a change that names no end.

    A canceled policy never covers: its end lies before its start.
    """
    match fact.action:
        case "add" | "reinstate":
            return CoverageEnd(fact.version, fact.policy.coverage_end_on)
        case "change":
            named_on = fact.policy.coverage_end_on
            return None if named_on is None else CoverageEnd(fact.version, named_on)
        case "terminate":
            return CoverageEnd(fact.version, fact.policy.coverage_end_on or fact.effective_on)
        case "cancel":
            return CoverageEnd(fact.version, fact.policy.coverage_start_on - timedelta(days=1))
        case _:
            assert_never(fact.action)


def rate_told(fact: MemberEnrolledV1) -> Rate | None:
    """The rate that an enrollment sets and the month from which it applies; None where it only ends coverage."""
    match fact.action:
        case "add":
            from_month = month_of(min(fact.effective_on, fact.policy.coverage_start_on))
        case "change" | "reinstate":
            from_month = month_of(fact.effective_on)
        case "terminate" | "cancel":
            return None
        case _:
            assert_never(fact.action)
    return Rate(fact.version, from_month, fact.policy.premium_cents, fact.policy.subsidy_cents)
