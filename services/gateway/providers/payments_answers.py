"""What payments answers, as far as pages and receipts show it. Sums in cents; coverage months as "2027-01"."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel


class Insurer(BaseModel):
    """The insurer of a policy and how to reach it."""

    insurer_id: str
    name: str
    phone: str | None = None
    website: str | None = None


class Coverage(BaseModel):
    """What keeps coverage: through which day it is paid, what to pay by when, and what happens otherwise."""

    paid_through_on: date | None = None
    state: str = ""
    pay_by_on: date | None = None
    amount_to_keep_cents: int = 0
    if_not_paid: str = "none"
    would_end_on: date | None = None
    grace_ends_on: date | None = None


class Policy(BaseModel):
    """A policy."""

    policy_id: UUID
    policy_number: str
    insurer: Insurer
    plan: str
    kind: str
    premium_cents: int | None
    subsidy_cents: int
    coverage_start_on: date
    coverage_end_on: date | None
    coverage_status: str
    coverage: Coverage


class Policies(BaseModel):
    """All policies of a member."""

    items: tuple[Policy, ...]


class PolicyOwed(BaseModel):
    """What is owed for one policy."""

    policy_id: UUID
    policy_number: str
    plan: str
    kind: str
    due_now_cents: int
    due_on: date | None
    past_due_cents: int
    in_flight_cents: int


class Balance(BaseModel):
    """What a member owes over all policies."""

    due_now_cents: int
    due_on: date | None
    past_due_cents: int
    in_flight_cents: int
    credit_cents: int
    scheduled_cents: int = 0
    next_scheduled_on: date | None = None
    largest_cents: int | None = None
    policies: tuple[PolicyOwed, ...]

    @property
    def can_be_paid(self) -> bool:
        """Whether there is anything to pay, be it months ahead; payments of the version before does not say."""
        return self.largest_cents != 0


class BillLine(BaseModel):
    """One line of a bill."""

    kind: str
    text: str
    amount_cents: int


class BillPayment(BaseModel):
    """A payment that paid a bill, or is paying it."""

    reference: str
    status: str
    amount_cents: int
    accepted_at: datetime


class Bill(BaseModel):
    """A bill."""

    bill_id: UUID
    policy_id: UUID
    policy_number: str
    kind: str
    coverage_month: str
    issued_on: date
    due_on: date
    lines: tuple[BillLine, ...]
    total_cents: int
    paid_cents: int
    in_flight_cents: int
    status: str
    payments: tuple[BillPayment, ...] = ()

    @property
    def owed_cents(self) -> int:
        """What is still to pay: neither paid nor on its way."""
        return self.total_cents - self.paid_cents - self.in_flight_cents


class Bills(BaseModel):
    """A page of bills, newest due day first."""

    items: tuple[Bill, ...]
    next_cursor: str | None


class Method(BaseModel):
    """A saved payment method; `expires` like "2030-12"."""

    method_id: UUID
    type: str
    brand: str
    last4: str
    expires: str
    label: str | None
    status: str


class Methods(BaseModel):
    """A member's saved methods."""

    items: tuple[Method, ...]


class Allocation(BaseModel):
    """How much of a payment goes to which bill."""

    bill_id: UUID
    policy_id: UUID
    policy_number: str
    coverage_month: str
    due_on: date
    amount_cents: int


class CoverageAfter(BaseModel):
    """How coverage of a policy would stand after a payment."""

    policy_id: UUID
    policy_number: str
    paid_through_on: date | None = None
    state: str = ""
    pay_by_on: date | None = None
    amount_to_keep_cents: int = 0


class Preview(BaseModel):
    """What a payment would do."""

    quote_id: str
    amount_cents: int
    allocations: tuple[Allocation, ...]
    credit_cents: int
    counts_on: date
    latest_pay_on: date | None = None
    already_scheduled_cents: int = 0
    cancel_until: datetime | None = None
    coverage_after: tuple[CoverageAfter, ...] = ()


class PaidWith(BaseModel):
    """The method of a payment."""

    type: str
    method_id: UUID | None
    brand: str
    last4: str


class Decline(BaseModel):
    """Why a payment was declined."""

    code: str
    text: str


class Moment(BaseModel):
    """A status, and since when."""

    status: str
    at: datetime


class Payment(BaseModel):
    """A payment as it is now."""

    payment_id: UUID
    reference: str
    status: str
    amount_cents: int
    allocations: tuple[Allocation, ...]
    credit_cents: int
    method: PaidWith
    statement_text: str
    decline: Decline | None
    accepted_at: datetime
    scheduled_on: date | None = None
    cancel_until: datetime | None = None
    cancel_reason: str | None = None
    amount_rule: str | None = None


class PaymentDetails(Payment):
    """A payment with all that happened to it."""

    timeline: tuple[Moment, ...] = ()


class PaymentsPage(BaseModel):
    """A page of payments, newest first."""

    items: tuple[Payment, ...]
    next_cursor: str | None


class Tracked(BaseModel):
    """What anybody who knows a reference number may see."""

    reference: str
    status: str
    amount_cents: int
    accepted_on: date
    scheduled_on: date | None = None
