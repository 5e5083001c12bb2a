"""A policy as the marketplace tells it: what it costs from when on, and through which day it is paid. Pure.

    pending_first_payment ----> active

The first bill (the binder) paid in full makes coverage active. Past due, grace, termination and reinstatement come
with the coverage rules. Next: `domain/billing.py` makes its bills, `usecases/enroll_policy.py` feeds it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from services.payments.domain.calendar import last_day_of, month_after, month_of
from services.payments.domain.enrollment import end_told, rate_told
from services.payments.domain.premium import Rate, rate_for, with_rate
from shared.contracts.identity import MemberEnrolledV1
from shared.contracts.payments import PolicyChangedV1, PolicyCoverageChangedV1, PolicyEnrolledV1


class PolicyKind(StrEnum):
    """Health and dental are separate policies: one unpaid never ends the other."""

    HEALTH = "health"
    DENTAL = "dental"


class CoverageStatus(StrEnum):
    """Where coverage stands."""

    PENDING_FIRST_PAYMENT = "pending_first_payment"
    ACTIVE = "active"


class PolicyWarning(StrEnum):
    """What the feed said that can not be billed as it stands."""

    PREMIUM_UNKNOWN = "premium_unknown"
    SUBSIDY_ABOVE_PREMIUM = "subsidy_above_premium"


TRANSITIONS: Mapping[CoverageStatus, frozenset[CoverageStatus]] = MappingProxyType(
    {
        CoverageStatus.PENDING_FIRST_PAYMENT: frozenset({CoverageStatus.ACTIVE}),
        CoverageStatus.ACTIVE: frozenset(),
    }
)


class IllegalPolicyMove(Exception):
    """A policy was asked for a move that its state does not allow."""

    def __init__(self, policy_id: UUID, why: str) -> None:
        super().__init__(f"policy {policy_id}: {why}")
        self.policy_id = policy_id


@dataclass(frozen=True, slots=True)
class PolicyPrice:
    """As much of a policy as says what a month to come would cost."""

    policy_id: UUID
    next_bill_month: date | None
    premium_cents: int | None
    subsidy_cents: int


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy; amounts in cents, months as their first day.

    `premium_cents` and `subsidy_cents` are what the newest enrollment said, `rates` what applies from which month.
    `next_bill_month` and `next_bill_at` say what is billed next and when, None while nothing is to be billed.
    `version` counts what is announced; `enrollment_version` is that of the newest enrollment applied, `end_version`
    that of the one that set `coverage_end_on`, 0 while none has.
    """

    policy_id: UUID
    policy_number: str
    exchange_policy_id: str | None
    insurer_id: str
    insurer_name: str
    member_id: UUID
    kind: PolicyKind
    plan: str
    premium_cents: int | None
    subsidy_cents: int
    coverage_start_on: date
    coverage_end_on: date | None
    end_version: int
    status: CoverageStatus
    paid_through_on: date | None
    first_billed_month: date | None
    last_billed_month: date | None
    next_bill_month: date | None
    next_bill_at: datetime | None
    enrollment_version: int
    rates: tuple[Rate, ...]
    version: int

    @classmethod
    def enroll(cls, policy_id: UUID, fact: MemberEnrolledV1, now: datetime) -> tuple["Policy", PolicyEnrolledV1]:
        """Make the policy from the first enrollment that is heard of it, whichever that is."""
        policy = cls(
            policy_id=policy_id,
            policy_number=fact.policy.policy_number,
            insurer_id=fact.insurer_id,
            coverage_end_on=None,
            end_version=0,
            status=CoverageStatus.PENDING_FIRST_PAYMENT,
            paid_through_on=None,
            first_billed_month=None,
            last_billed_month=None,
            next_bill_month=None,
            next_bill_at=None,
            rates=with_rate((), rate_told(fact)),
            version=1,
            **_told(fact),
        )
        policy = _with_end(policy, fact)
        return policy, PolicyEnrolledV1(**_fact_fields(policy, now))

    def change(self, fact: MemberEnrolledV1, now: datetime) -> tuple["Policy", PolicyChangedV1]:
        """Apply a newer enrollment. Raises IllegalPolicyMove when it is not newer than the one applied last."""
        if fact.version <= self.enrollment_version:
            raise IllegalPolicyMove(self.policy_id, f"enrollment {fact.version} is not newer")
        rates = with_rate(self.rates, rate_told(fact))
        changed = _with_end(replace(self, rates=rates, version=self.version + 1, **_told(fact)), fact)
        return changed, PolicyChangedV1(**_fact_fields(changed, now))

    def learn_late(self, fact: MemberEnrolledV1, now: datetime) -> tuple["Policy", PolicyChangedV1 | None]:
        """Take from an enrollment that came after a newer one what is still news; the fact where that moves the end.

        News are the rate of the months before the newer one, and the end, where nothing newer has set it: a
        cancellation that a change overtook still ends coverage. The same one twice changes nothing.
        """
        late = _with_end(replace(self, rates=with_rate(self.rates, rate_told(fact))), fact)
        if late.coverage_end_on == self.coverage_end_on:
            return late, None
        moved = replace(late, version=self.version + 1)
        return moved, PolicyChangedV1(**_fact_fields(moved, now))

    @property
    def warnings(self) -> tuple[PolicyWarning, ...]:
        """What about the newest enrollment needs a person's eye."""
        if self.premium_cents is None:
            return (PolicyWarning.PREMIUM_UNKNOWN,)
        return (PolicyWarning.SUBSIDY_ABOVE_PREMIUM,) if self.subsidy_cents > self.premium_cents else ()

    def rate_for(self, month: date) -> Rate:
        """The rate of a coverage month; the newest one told where none is known to be in force by then."""
        told_last = Rate(self.enrollment_version, month, self.premium_cents, self.subsidy_cents)
        return rate_for(month, self.rates) or told_last

    def covers(self, month: date) -> bool:
        """Whether the policy covers a day of the month."""
        start_month = month_of(self.coverage_start_on)
        if self.coverage_end_on is None:
            return start_month <= month
        return start_month <= month <= self.coverage_end_on and self.coverage_start_on <= self.coverage_end_on

    def record_paid(
        self, paid_months: Collection[date], now: datetime
    ) -> tuple["Policy", PolicyCoverageChangedV1] | None:
        """Move coverage on by the months that are paid in full; None when that changes nothing.

        A month after a gap does not count until the gap is paid. The first month paid makes coverage active.
        """
        paid_through_on = self._paid_through(paid_months)
        if paid_through_on is None or paid_through_on == self.paid_through_on:
            return None
        reason = "month_paid" if self.status is CoverageStatus.ACTIVE else "first_payment"
        moved = replace(self, status=self._activated(), paid_through_on=paid_through_on, version=self.version + 1)
        return moved, PolicyCoverageChangedV1(reason=reason, **_fact_fields(moved, now))

    def _paid_through(self, paid_months: Collection[date]) -> date | None:
        month = self.first_billed_month
        if month is None or month not in paid_months:
            return None
        while month_after(month) in paid_months:
            month = month_after(month)
        paid_through_on = last_day_of(month)
        return min(paid_through_on, self.coverage_end_on or paid_through_on)

    def _activated(self) -> CoverageStatus:
        if self.status is not CoverageStatus.ACTIVE and CoverageStatus.ACTIVE not in TRANSITIONS[self.status]:
            raise IllegalPolicyMove(self.policy_id, f"can not go from {self.status} to active")
        return CoverageStatus.ACTIVE


def _with_end(policy: Policy, fact: MemberEnrolledV1) -> Policy:
    """The newest enrollment that set the end decides it, whichever order they came in."""
    told = end_told(fact)
    if told is None or told.end_version <= policy.end_version:
        return policy
    return replace(policy, coverage_end_on=told.coverage_end_on, end_version=told.end_version)


def _told(fact: MemberEnrolledV1) -> dict[str, Any]:
    """The fields of a policy that the newest enrollment decides."""
    told = fact.policy
    return {
        "exchange_policy_id": told.exchange_policy_id,
        "insurer_name": told.insurer_name,
        "member_id": fact.member_id,
        "kind": PolicyKind(told.kind),
        "plan": told.plan,
        "premium_cents": told.premium_cents,
        "subsidy_cents": told.subsidy_cents,
        "coverage_start_on": told.coverage_start_on,
        "enrollment_version": fact.version,
    }


def _fact_fields(policy: Policy, now: datetime) -> dict[str, Any]:
    return {
        "occurred_at": now,
        "version": policy.version,
        "policy_id": policy.policy_id,
        "policy_number": policy.policy_number,
        "insurer_id": policy.insurer_id,
        "member_id": policy.member_id,
        "plan": policy.plan,
        "kind": policy.kind.value,
        "premium_cents": policy.premium_cents,
        "subsidy_cents": policy.subsidy_cents,
        "coverage_status": policy.status.value,
        "coverage_start_on": policy.coverage_start_on,
        "coverage_end_on": policy.coverage_end_on,
        "paid_through_on": policy.paid_through_on,
    }
