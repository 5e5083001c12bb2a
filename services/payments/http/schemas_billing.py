"""What policies, bills and the balance look like outside, and the query of the list of bills."""

import base64
import binascii
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, PlainValidator, WithJsonSchema

from services.payments.domain.balance import Balance, Owed
from services.payments.domain.bill import Bill, BillStatus
from services.payments.domain.calendar import month_of
from services.payments.domain.insurer import InsurerContact
from services.payments.http.schemas_coverage import CoverageShown
from services.payments.store.bill_payments import BillPayment
from services.payments.usecases.list_policies import PolicyStanding
from shared.http.models import Input, Output

LINE_TEXTS = {
    "premium": "Monthly premium",
    "subsidy": "Premium tax credit paid to your insurer",
}
"""English wording of the lines of bills by text code."""

Position = tuple[date, UUID]


def cursor_after(bill: Bill) -> str:
    """The opaque cursor of the page that begins after a bill."""
    return base64.urlsafe_b64encode(f"{bill.due_on}/{bill.bill_id}".encode()).decode()


def _position(cursor: object) -> Position:
    try:
        due_on, bill_id = base64.b64decode(str(cursor), altchars=b"-_", validate=True).decode("ascii").split("/")
        return date.fromisoformat(due_on), UUID(bill_id)
    except (binascii.Error, ValueError):
        raise ValueError("This is not a cursor that we gave. Begin again without it.") from None


class BillsQuery(Input):
    """Filters of the list of bills; `cursor` is `next_cursor` of the page before."""

    status: BillStatus | None = None
    policy_id: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[Position | None, PlainValidator(_position), WithJsonSchema({"type": "string"})] = None


class LineShown(Output):
    """One line of a bill, in plain words."""

    kind: Literal["premium", "subsidy"]
    text: str
    amount_cents: int


class BillShown(Output):
    """A bill; `coverage_month` as "2027-01"."""

    bill_id: UUID
    policy_id: UUID
    policy_number: str
    kind: Literal["premium"]
    coverage_month: str
    issued_on: date
    due_on: date
    lines: tuple[LineShown, ...]
    total_cents: int
    paid_cents: int
    in_flight_cents: int
    status: Literal["open", "paid", "past_due"]

    @classmethod
    def of(cls, bill: Bill) -> "BillShown":
        """Show a bill."""
        return cls(**_bill_shown(bill))


class BillPaymentShown(Output):
    """How many cents of a payment went to a bill, or are on the way to it while the payment is open."""

    reference: str
    status: Literal["accepted", "processing", "succeeded"]
    amount_cents: int
    accepted_at: datetime

    @classmethod
    def of(cls, payment: BillPayment) -> "BillPaymentShown":
        """Show what a payment gave to a bill."""
        return cls(
            reference=payment.reference,
            status=payment.status.value,
            amount_cents=payment.amount_cents,
            accepted_at=payment.accepted_at,
        )


class BillDetails(BillShown):
    """A bill with the payments that paid it or are paying it, newest first."""

    payments: tuple[BillPaymentShown, ...]

    @classmethod
    def with_payments(cls, bill: Bill, payments: list[BillPayment]) -> "BillDetails":
        """Show a bill and what paid it."""
        return cls(**_bill_shown(bill), payments=tuple(BillPaymentShown.of(payment) for payment in payments))


class BillsPage(Output):
    """A page of bills, newest due day first."""

    items: tuple[BillShown, ...]
    next_cursor: str | None


class InsurerShown(Output):
    """The insurer of a policy and how to reach it; null for what is not known."""

    insurer_id: str
    name: str
    phone: str | None
    website: str | None

    @classmethod
    def of(cls, insurer: InsurerContact) -> "InsurerShown":
        """Show an insurer; without a name of its own, its id stands for it."""
        return cls(
            insurer_id=insurer.insurer_id,
            name=insurer.name or insurer.insurer_id,
            phone=insurer.phone,
            website=insurer.website,
        )


class PolicyShown(Output):
    """A policy; premium and subsidy are those of the present coverage month, or of the first one before it begins.

    A premium of null means that the marketplace has not told it: no bill is issued until it does.
    """

    policy_id: UUID
    policy_number: str
    insurer: InsurerShown
    plan: str
    kind: Literal["health", "dental"]
    premium_cents: int | None
    subsidy_cents: int
    coverage_start_on: date
    coverage_end_on: date | None
    coverage_status: Literal["pending_first_payment", "active"]
    coverage: CoverageShown

    @classmethod
    def of(cls, standing: PolicyStanding, today: date) -> "PolicyShown":
        """Show a policy as it is on a day in New York."""
        policy = standing.policy
        rate = policy.rate_for(month_of(max(today, policy.coverage_start_on)))
        return cls(
            policy_id=policy.policy_id,
            policy_number=policy.policy_number,
            insurer=InsurerShown.of(standing.insurer),
            plan=policy.plan,
            kind=policy.kind.value,
            premium_cents=rate.premium_cents,
            subsidy_cents=rate.subsidy_cents,
            coverage_start_on=policy.coverage_start_on,
            coverage_end_on=policy.coverage_end_on,
            coverage_status=policy.status.value,
            coverage=CoverageShown.of(standing.outlook),
        )


class PoliciesPage(Output):
    """All policies of a member, by start of coverage; there is never a next page."""

    items: tuple[PolicyShown, ...]
    next_cursor: None = None


class OwedShown(Output):
    """Sums in cents: due now (what is past due included), and in flight (not asked for again).

    `due_on` is the earliest due day of what is owed, null when nothing is.
    """

    due_now_cents: int
    due_on: date | None
    past_due_cents: int
    in_flight_cents: int


class PolicyOwedShown(OwedShown):
    """What is owed for one policy."""

    policy_id: UUID
    policy_number: str
    plan: str
    kind: Literal["health", "dental"]


class BalanceShown(OwedShown):
    """What a member owes over all policies, and the credit that waits for the next bill.

    `scheduled_cents` are agreed for later days, the next on `next_scheduled_on`; they are still in `due_now_cents`.
    `largest_cents` is the most that may be paid at once, months ahead included; 0: there is nothing to pay.
    """

    credit_cents: int
    scheduled_cents: int
    next_scheduled_on: date | None
    largest_cents: int
    policies: tuple[PolicyOwedShown, ...]

    @classmethod
    def of(cls, balance: Balance) -> "BalanceShown":
        """Show a balance."""
        return cls(
            **_sums(balance.total).model_dump(),
            credit_cents=balance.credit_cents,
            scheduled_cents=balance.scheduled_cents,
            next_scheduled_on=balance.next_scheduled_on,
            largest_cents=balance.largest_cents,
            policies=tuple(
                PolicyOwedShown(
                    policy_id=policy.policy_id,
                    policy_number=policy.policy_number,
                    plan=policy.plan,
                    kind=policy.kind.value,
                    **_sums(owed).model_dump(),
                )
                for policy, owed in balance.by_policy
            ),
        )


def _bill_shown(bill: Bill) -> dict[str, Any]:
    return {
        "bill_id": bill.bill_id,
        "policy_id": bill.policy_id,
        "policy_number": bill.policy_number,
        "kind": bill.kind.value,
        "coverage_month": f"{bill.coverage_month:%Y-%m}",
        "issued_on": bill.issued_on,
        "due_on": bill.due_on,
        "lines": tuple(
            LineShown(kind=line.kind.value, text=LINE_TEXTS[line.text_code], amount_cents=line.amount_cents)
            for line in bill.lines
        ),
        "total_cents": bill.total_cents,
        "paid_cents": bill.paid_cents,
        "in_flight_cents": bill.in_flight_cents,
        "status": bill.status.value,
    }


def _sums(owed: Owed) -> OwedShown:
    return OwedShown(
        due_now_cents=owed.due_now_cents,
        due_on=owed.due_on,
        past_due_cents=owed.past_due_cents,
        in_flight_cents=owed.in_flight_cents,
    )
