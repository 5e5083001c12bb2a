"""What an enrollment tells about its policy: its dates by what was asked for, and its rate. Pure.

`domain/policy.py` applies it. Cancel, terminate and reinstate only set the day on which coverage ends, so that no
further bills are issued; voiding bills, grace and the price of a reinstatement come with the coverage rules.
"""

from datetime import date, timedelta
from typing import assert_never

from services.payments.domain.calendar import month_of
from services.payments.domain.premium import Rate
from shared.contracts.identity import MemberEnrolledV1


def coverage_end_on(fact: MemberEnrolledV1) -> date | None:
    """The last day covered, None while open; a canceled policy never covers: its end lies before its start."""
    match fact.action:
        case "add" | "change" | "reinstate":
            return fact.policy.coverage_end_on
        case "terminate":
            return fact.policy.coverage_end_on or fact.effective_on
        case "cancel":
            return fact.policy.coverage_start_on - timedelta(days=1)
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
