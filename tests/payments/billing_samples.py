"""Enrollments, policies and bills to test with: what a test does not say is an ordinary health policy of $300."""

from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from services.payments.domain.bill import Bill, BillKind, BillStatus
from services.payments.domain.billing import issue_next, plan
from services.payments.domain.policy import Policy
from services.payments.domain.premium import Line, LineKind
from shared.contracts.identity import EnrolledPolicy, LegalName, MemberEnrolledV1
from shared.fact import Fact

MEMBER = UUID("11111111-1111-4111-8111-111111111111")
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)  # ten in the morning in New York

Action = Literal["add", "change", "cancel", "terminate", "reinstate"]


def new_york(text: str) -> datetime:
    """An instant as a clock on the wall in New York shows it: "2027-01-01 00:00"; in winter, five hours behind UTC."""
    return datetime.fromisoformat(text + ":00-05:00")


def enrollment(
    version: int = 1,
    *,
    action: Action = "add",
    effective_on: date | None = None,
    member_id: UUID = MEMBER,
    **policy: Any,
) -> MemberEnrolledV1:
    """An enrollment as identity announces it; `policy` sets fields of the policy in it."""
    told: dict[str, Any] = {
        "policy_number": "P-1001",
        "insurer_id": "acme",
        "insurer_name": "Acme Health",
        "plan": "Silver 70",
        "kind": "health",
        "premium_cents": 30_000,
        "subsidy_cents": 0,
        "coverage_start_on": date(2027, 1, 1),
        **policy,
    }
    return MemberEnrolledV1(
        occurred_at=NOW,
        version=version,
        member_id=member_id,
        exchange_member_id=None,
        insurer_id=told["insurer_id"],
        legal_name=LegalName(first="Ana", last="Rivera"),
        action=action,
        effective_on=effective_on or told["coverage_start_on"],
        policy=EnrolledPolicy(**told),
    )


def enrolled(now: datetime = NOW, **policy: Any) -> Policy:
    """A policy just enrolled and planned, nothing billed yet."""
    return plan(Policy.enroll(uuid4(), enrollment(**policy), now)[0], now)


def billed(policy: Policy, now: datetime) -> tuple[Policy, list[Bill], list[Fact]]:
    """Issue all bills of a policy that are to be issued by `now`."""
    bills: list[Bill] = []
    facts: list[Fact] = []
    while policy.next_bill_at is not None and policy.next_bill_at <= now:
        policy, bill, paid = issue_next(policy, uuid4(), now)
        bills.append(bill)
        facts += [bill.issued(now), *([paid] if paid else [])]
    return policy, bills, facts


def a_bill(total_cents: int = 30_000, **fields: Any) -> Bill:
    """An open bill for January 2027, due on December 23."""
    known: dict[str, Any] = {
        "bill_id": uuid4(),
        "policy_id": uuid4(),
        "policy_number": "P-1001",
        "insurer_id": "acme",
        "member_id": MEMBER,
        "kind": BillKind.PREMIUM,
        "coverage_month": date(2027, 1, 1),
        "issued_on": date(2026, 12, 1),
        "due_on": date(2026, 12, 23),
        "lines": (Line(LineKind.PREMIUM, "premium", total_cents),),
        "total_cents": total_cents,
        "paid_cents": 0,
        "in_flight_cents": 0,
        "status": BillStatus.OPEN,
        "version": 1,
        **fields,
    }
    return Bill(**known)
