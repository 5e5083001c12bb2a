"""What payments says: policies, bills, payments (public facts, no personal data) and methods (private).

Each fact carries the full state of its subject, so that a copy needs no other event. Money in cents of USD.
Heard by notify and by every outside subscriber.
"""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.fact import Exchange, Fact


class _PaymentsFact(Fact):
    EXCHANGE: ClassVar[Exchange] = Exchange.EVENTS
    SOURCE: ClassVar[str] = "/payments"


class _PolicyFact(_PaymentsFact):
    SUBJECT: ClassVar[str] = "policy_id"

    policy_id: UUID
    policy_number: str
    insurer_id: str
    member_id: UUID
    plan: str
    kind: Literal["health", "dental"]
    premium_cents: int | None
    subsidy_cents: int
    coverage_status: Literal["pending_first_payment", "active"]
    coverage_start_on: date
    coverage_end_on: date | None
    paid_through_on: date | None


class PolicyEnrolledV1(_PolicyFact):
    """A policy came in from the marketplace for the first time."""

    TYPE: ClassVar[str] = "policy.enrolled.v1"


class PolicyChangedV1(_PolicyFact):
    """The marketplace changed plan, premium, subsidy or dates of a policy."""

    TYPE: ClassVar[str] = "policy.changed.v1"


class PolicyCoverageChangedV1(_PolicyFact):
    """Coverage moved on: its status, or the day through which it is paid."""

    TYPE: ClassVar[str] = "policy.coverage_changed.v1"

    reason: str


class BillLine(BaseModel):
    """One line of a bill."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["premium", "subsidy"]
    text_code: str
    amount_cents: int


class _BillFact(_PaymentsFact):
    SUBJECT: ClassVar[str] = "bill_id"

    bill_id: UUID
    policy_id: UUID
    policy_number: str
    insurer_id: str
    member_id: UUID
    kind: Literal["premium"]
    coverage_month: str
    issued_on: date
    due_on: date
    lines: tuple[BillLine, ...]
    total_cents: int
    paid_cents: int
    in_flight_cents: int
    status: Literal["open", "paid", "past_due"]


class BillIssuedV1(_BillFact):
    """A bill for a coverage month was issued.

    Its amounts and status are those at the end of the commit that issued it: what the member's credit paid is in
    `paid_cents` already. Where that is all of it, `bill.paid.v1` follows.
    """

    TYPE: ClassVar[str] = "bill.issued.v1"


class BillPaidV1(_BillFact):
    """A bill was paid in full."""

    TYPE: ClassVar[str] = "bill.paid.v1"


class BillPastDueV1(_BillFact):
    """The due day of a bill passed and neither payment nor money in flight covers it."""

    TYPE: ClassVar[str] = "bill.past_due.v1"


class Allocation(BaseModel):
    """How much of a payment goes to which bill."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    bill_id: UUID
    policy_id: UUID
    policy_number: str
    insurer_id: str
    coverage_month: str
    due_on: date
    amount_cents: int


class _PaymentFact(_PaymentsFact):
    """`insurer_id`, `policy_id`, `policy_number`: of the first policy paid; every allocation names its own.

    Of a payment that was scheduled, `scheduled_on` is the day (in New York) on which it runs or ran, and `agreed_cents`
    what was agreed when it was scheduled: `amount_cents` is less where less was owed on that day. Both are None for a
    payment made at once. `accepted_at` is when it was taken down, and from its run on, when it ran.
    """

    SUBJECT: ClassVar[str] = "payment_id"

    payment_id: UUID
    reference: str
    member_id: UUID
    insurer_id: str | None
    policy_id: UUID | None
    policy_number: str | None
    amount_cents: int
    credit_cents: int
    status: Literal["scheduled", "accepted", "processing", "succeeded", "declined", "canceled"]
    method_type: Literal["card"]
    method_brand: str
    method_last4: str
    allocations: tuple[Allocation, ...]
    decline_code: str | None
    accepted_at: datetime
    statement_text: str
    scheduled_on: date | None = None
    agreed_cents: int | None = None


class PaymentScheduledV1(_PaymentFact):
    """A payment was agreed for a later day, `scheduled_on`; nothing is reserved and no money has moved.

    `allocations` and `credit_cents` say what it would pay as things stand; no bill is in flight. With `amount_rule`
    `owed` it pays what is owed on its day, at most `amount_cents`; with `fixed` the amount itself. It can be canceled
    before `cancel_until`.
    """

    TYPE: ClassVar[str] = "payment.scheduled.v1"

    amount_rule: Literal["owed", "fixed"]
    cancel_until: datetime


class PaymentAcceptedV1(_PaymentFact):
    """A payment was taken down and its reference number given, or a scheduled one ran; money has not moved yet."""

    TYPE: ClassVar[str] = "payment.accepted.v1"


class PaymentSucceededV1(_PaymentFact):
    """The processor charged the method; the allocations are paid."""

    TYPE: ClassVar[str] = "payment.succeeded.v1"


class PaymentDeclinedV1(_PaymentFact):
    """The processor refused; nothing was charged and the bills are owed as before.

    `allocations` and `credit_cents` say what the payment was meant for; nothing of it happened.
    """

    TYPE: ClassVar[str] = "payment.declined.v1"


class PaymentCanceledV1(_PaymentFact):
    """A scheduled payment will not run; nothing was charged.

    By the member, because nothing was owed any more on its day, or because its method was removed. `allocations` and
    `credit_cents` say what it was meant for when it was scheduled.
    """

    TYPE: ClassVar[str] = "payment.canceled.v1"

    cancel_reason: Literal["member", "nothing_owed", "method_removed"]


class _MethodFact(_PaymentsFact):
    EXCHANGE: ClassVar[Exchange] = Exchange.PRIVATE
    SUBJECT: ClassVar[str] = "method_id"

    method_id: UUID
    member_id: UUID
    type: Literal["card"]
    brand: str
    last4: str
    expires: str
    usable: bool


class MethodAddedV1(_MethodFact):
    """A member saved a payment method."""

    TYPE: ClassVar[str] = "method.added.v1"


class MethodRemovedV1(_MethodFact):
    """A member removed a payment method; it can not be charged again."""

    TYPE: ClassVar[str] = "method.removed.v1"
