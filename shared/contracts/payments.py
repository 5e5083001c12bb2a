"""What payments says: policies, bills, payments (public facts, no personal data) and methods (private).

Each fact carries the full state of its subject, so that a copy needs no other event. Money in cents of USD.
Heard by notify and by every outside subscriber.
"""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.fact import Exchange, Fact, Told

SEVERAL_INSURERS = "several"
"""The last word of a routing key where a fact tells of policies of several insurers."""


class _PaymentsFact(Fact):
    EXCHANGE: ClassVar[Exchange] = Exchange.EVENTS
    SOURCE: ClassVar[str] = "/payments"


class _PolicyFact(_PaymentsFact):
    SUBJECT: ClassVar[str] = "policy_id"

    policy_id: UUID
    """The policy."""
    policy_number: str
    """The insurer's number of it."""
    insurer_id: str
    """Who insures."""
    member_id: UUID
    """Who pays for it; the same in every event of this person."""
    plan: str
    """The plan's name."""
    kind: Literal["health", "dental"]
    """What it covers."""
    premium_cents: int | None
    """A month's premium before the subsidy; null as long as the marketplace has not told it."""
    subsidy_cents: int
    """What the government pays of it each month (APTC)."""
    coverage_status: Literal["pending_first_payment", "active"]
    """Whether coverage has begun: it does once the first month is paid."""
    coverage_start_on: date
    """The first covered day."""
    coverage_end_on: date | None
    """The last covered day; null while none is known."""
    paid_through_on: date | None
    """The last day that is paid for; null before the first payment."""


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
    """`first_payment` or `month_paid`."""


class BillLine(Told):
    """One line of a bill."""

    kind: Literal["premium", "subsidy"]
    """What it is for."""
    text_code: str
    """Names the text that people read."""
    amount_cents: int
    """What it adds; a subsidy is negative."""


class _BillFact(_PaymentsFact):
    SUBJECT: ClassVar[str] = "bill_id"

    bill_id: UUID
    """The bill."""
    policy_id: UUID
    """The policy it is for."""
    policy_number: str
    """The insurer's number of that policy."""
    insurer_id: str
    """Who insures."""
    member_id: UUID
    """Who pays."""
    kind: Literal["premium"]
    """What is billed."""
    coverage_month: str
    """The covered month, as `2027-01`."""
    issued_on: date
    """The day of issue, in New York, as every day here."""
    due_on: date
    """The last day to pay."""
    lines: tuple[BillLine, ...]
    """What the total is made of."""
    total_cents: int
    """What is asked for; it never changes."""
    paid_cents: int
    """What of it is paid."""
    in_flight_cents: int
    """What payments under way will pay of it."""
    status: Literal["open", "paid", "past_due"]
    """Where the bill stands."""


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


class Allocation(Told):
    """How much of a payment goes to which bill."""

    bill_id: UUID
    """The bill."""
    policy_id: UUID
    """The policy of that bill."""
    policy_number: str
    """The insurer's number of that policy."""
    insurer_id: str
    """Who insures."""
    coverage_month: str
    """The covered month, as `2027-01`."""
    due_on: date
    """The last day to pay it."""
    amount_cents: int
    """This part of the payment."""


class _PaymentFact(_PaymentsFact):
    """A payment for policies of two insurers is told under the key `several`, so that neither learns from it what the
    member has with the other. Each hears its own part as `bill.paid.v1` and `policy.coverage_changed.v1`.
    """

    SUBJECT: ClassVar[str] = "payment_id"

    payment_id: UUID
    """The payment."""
    reference: str
    """The payment reference number, as people name it."""
    member_id: UUID
    """Who pays."""
    insurer_id: str | None
    """Of the first policy paid; every allocation names its own. Null where nothing is allocated."""
    policy_id: UUID | None
    """The first policy paid."""
    policy_number: str | None
    """Its number."""
    amount_cents: int
    """What is charged; of a scheduled payment less than `agreed_cents`, where less was owed on its day."""
    credit_cents: int
    """What of it is for no bill yet, and waits for the next one."""
    status: Literal["scheduled", "accepted", "processing", "succeeded", "declined", "canceled"]
    """Where the payment stands."""
    method_type: Literal["card"]
    """What it is paid with."""
    method_brand: str
    """The card's brand."""
    method_last4: str
    """The last four digits of its number."""
    allocations: tuple[Allocation, ...]
    """Which bills it pays, oldest month first."""
    decline_code: str | None
    """Why the processor refused; null unless declined."""
    accepted_at: datetime
    """When it was taken down; of a scheduled payment, from its run on, when it ran."""
    statement_text: str
    """How the charge is called on the statement of the card."""
    scheduled_on: date | None = None
    """The day on which a scheduled payment runs or ran; null for a payment made at once."""
    agreed_cents: int | None = None
    """What was agreed when it was scheduled; null for a payment made at once."""

    @property
    def routing_key(self) -> str:
        """`type.insurer`; with `several` where the allocations are for policies of more than one."""
        insurers = {allocation.insurer_id for allocation in self.allocations}
        return f"{self.TYPE}.{SEVERAL_INSURERS}" if len(insurers) > 1 else super().routing_key


class PaymentScheduledV1(_PaymentFact):
    """A payment was agreed for a later day, `scheduled_on`; nothing is reserved and no money has moved.

    `allocations` and `credit_cents` say what it would pay as things stand; no bill is in flight.
    """

    TYPE: ClassVar[str] = "payment.scheduled.v1"

    amount_rule: Literal["owed", "fixed"]
    """`owed`: what is owed on its day, at most `amount_cents`; `fixed`: the amount itself."""
    cancel_until: datetime
    """Until when the member can cancel it."""


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

    `allocations` and `credit_cents` say what it was meant for when it was scheduled.
    """

    TYPE: ClassVar[str] = "payment.canceled.v1"

    cancel_reason: Literal["member", "nothing_owed", "method_removed"]
    """By the member, because nothing was owed any more on its day, or because its method was removed."""


class _MethodFact(_PaymentsFact):
    EXCHANGE: ClassVar[Exchange] = Exchange.PRIVATE
    SUBJECT: ClassVar[str] = "method_id"

    method_id: UUID
    """The payment method."""
    member_id: UUID
    """Whose it is."""
    type: Literal["card"]
    """What it is."""
    brand: str
    """The card's brand."""
    last4: str
    """The last four digits of its number."""
    expires: str
    """The last month in which it works, as `2035-12`."""
    usable: bool
    """Whether it can be charged."""


class MethodAddedV1(_MethodFact):
    """A member saved a payment method."""

    TYPE: ClassVar[str] = "method.added.v1"


class MethodRemovedV1(_MethodFact):
    """A member removed a payment method; it can not be charged again."""

    TYPE: ClassVar[str] = "method.removed.v1"
