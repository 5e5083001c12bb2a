"""What comes in and goes out for payments; `http/payments.py` uses it."""

import base64
import binascii
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from services.payments.domain.allocation import Allocation
from services.payments.domain.decline import decline_text
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.domain.quote import Preview
from services.payments.store.payment_history import Filters, Moment
from shared.clocks import business_day, end_of_day, start_of_day
from shared.http.models import Cents, Input, Output

Position = tuple[datetime, UUID]
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


def _at_least_one(policy_ids: tuple[UUID, ...]) -> tuple[UUID, ...]:
    """Not by `min_length`: that would count the right entries only, and complain of the list for a wrong entry."""
    if not policy_ids:
        raise ValueError("Name at least one policy, or leave this out.")
    return policy_ids


PolicyIds = Annotated[
    tuple[UUID, ...], Field(max_length=100, json_schema_extra={"minItems": 1}), AfterValidator(_at_least_one)
]


def _only_cards(kind: object) -> object:
    if isinstance(kind, str) and kind != "card":
        raise ValueError('We take credit, debit and prepaid cards at present: type "card".')
    return kind


CardType = Annotated[Literal["card"], BeforeValidator(_only_cards)]
CardToken = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$", repr=False)]
"""A token from the card processor; card numbers never come here."""


class OneTimeCard(Input):
    """A card for this payment only; it is not kept as a method."""

    type: CardType
    token: CardToken


class PreviewRequest(Input):
    """An amount in cents, for all policies or the chosen ones."""

    amount_cents: Cents
    policy_ids: PolicyIds | None = None
    method_id: UUID | None = None


class NewPayment(Input):
    """A payment: by a saved method (`method_id`) or by a card for this once (`method`), one of the two.

    With `quote_id` it is accepted only while what is owed is as it was in that preview.
    """

    amount_cents: Cents
    method_id: UUID | None = None
    method: OneTimeCard | None = None
    policy_ids: PolicyIds | None = None
    quote_id: Annotated[str, Field(pattern=r"^[0-9a-f]{1,64}$")] | None = None


class AllocationShown(Output):
    """How much of a payment goes to which bill; `coverage_month` as "2027-01"."""

    bill_id: UUID
    policy_id: UUID
    policy_number: str
    coverage_month: str
    due_on: date
    amount_cents: int

    @classmethod
    def of(cls, part: Allocation) -> "AllocationShown":
        """Show an allocation."""
        return cls(
            bill_id=part.bill_id,
            policy_id=part.policy_id,
            policy_number=part.policy_number,
            coverage_month=f"{part.coverage_month:%Y-%m}",
            due_on=part.due_on,
            amount_cents=part.amount_cents,
        )


class PreviewShown(Output):
    """What a payment would do; `counts_on` is the day on which it would count as paid."""

    quote_id: str
    amount_cents: int
    allocations: tuple[AllocationShown, ...]
    credit_cents: int
    counts_on: date

    @classmethod
    def of(cls, preview: Preview) -> "PreviewShown":
        """Show a preview."""
        return cls(
            quote_id=preview.quote_id,
            amount_cents=preview.amount_cents,
            allocations=tuple(AllocationShown.of(part) for part in preview.split.allocations),
            credit_cents=preview.split.credit_cents,
            counts_on=preview.counts_on,
        )


class PaidWith(Output):
    """The card of a payment; `method_id` is null for a card that was not kept."""

    type: Literal["card"]
    method_id: UUID | None
    brand: str
    last4: str


class DeclineShown(Output):
    """Why a payment was declined, and what to do."""

    code: str
    text: str


Status = Literal["accepted", "processing", "succeeded", "declined"]


class PaymentShown(Output):
    """A payment as it is now. A decline is a payment with status `declined`: it paid nothing and left no credit."""

    payment_id: UUID
    reference: str
    status: Status
    amount_cents: int
    allocations: tuple[AllocationShown, ...]
    credit_cents: int
    method: PaidWith
    statement_text: str
    decline: DeclineShown | None
    accepted_at: datetime

    @classmethod
    def of(cls, payment: Payment) -> "PaymentShown":
        """Show a payment."""
        return cls(**_shown(payment))


class MomentShown(Output):
    """A status, and since when the payment had it."""

    status: Status
    at: datetime


class PaymentDetails(PaymentShown):
    """A payment with every status it has had."""

    timeline: tuple[MomentShown, ...]

    @classmethod
    def with_timeline(cls, payment: Payment, moments: list[Moment]) -> "PaymentDetails":
        """Show a payment and its timeline."""
        timeline = tuple(MomentShown(status=moment.status.value, at=moment.at) for moment in moments)
        return cls(**_shown(payment), timeline=timeline)


class PaymentsPage(Output):
    """A page of payments, newest first."""

    items: tuple[PaymentShown, ...]
    next_cursor: str | None


class TrackShown(Output):
    """What anybody who knows a reference number may see."""

    reference: str
    status: Status
    amount_cents: int
    accepted_on: date

    @classmethod
    def of(cls, payment: Payment) -> "TrackShown":
        """Show status, amount and day."""
        return cls(
            reference=payment.reference,
            status=payment.status.value,
            amount_cents=payment.amount_cents,
            accepted_on=business_day(payment.accepted_at),
        )


def cursor_after(payment: Payment) -> str:
    """The opaque cursor of the page that begins after a payment."""
    return base64.urlsafe_b64encode(f"{payment.accepted_at.isoformat()}/{payment.payment_id}".encode()).decode()


def _position(cursor: object) -> Position:
    try:
        text = base64.b64decode(str(cursor), altchars=b"-_", validate=True).decode("ascii")
        accepted_at, payment_id = text.split("/")
        position = datetime.fromisoformat(accepted_at), UUID(payment_id)
    except (binascii.Error, ValueError):
        raise ValueError("This is not a cursor that we gave. Begin again without it.") from None
    if position[0].utcoffset() is None or not FIRST_DAY <= position[0].date() <= LAST_DAY:
        raise ValueError("This is not a cursor that we gave. Begin again without it.")
    return position


class PaymentsQuery(Input):
    """Filters of the history; `from` and `to` are days in New York, both included."""

    status: PaymentStatus | None = None
    from_on: Annotated[date | None, Field(alias="from", ge=FIRST_DAY, le=LAST_DAY)] = None
    to_on: Annotated[date | None, Field(alias="to", ge=FIRST_DAY, le=LAST_DAY)] = None
    policy_id: UUID | None = None
    method_id: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[Position | None, PlainValidator(_position), WithJsonSchema({"type": "string"})] = None

    @property
    def filters(self) -> Filters:
        """The filters as the store wants them."""
        return Filters(
            status=self.status,
            accepted_from=start_of_day(self.from_on) if self.from_on else None,
            accepted_until=end_of_day(self.to_on) if self.to_on else None,
            policy_id=self.policy_id,
            method_id=self.method_id,
        )


def _shown(payment: Payment) -> dict[str, object]:
    decline = None
    had_effect = payment.status is not PaymentStatus.DECLINED
    if payment.decline_code is not None:
        decline = DeclineShown(code=payment.decline_code, text=decline_text(payment.decline_code))
    return {
        "payment_id": payment.payment_id,
        "reference": payment.reference,
        "status": payment.status.value,
        "amount_cents": payment.amount_cents,
        "allocations": tuple(AllocationShown.of(part) for part in payment.allocations if had_effect),
        "credit_cents": payment.credit_cents if had_effect else 0,
        "method": PaidWith(
            type="card", method_id=payment.method_id, brand=payment.card.brand, last4=payment.card.last4
        ),
        "statement_text": payment.statement_text,
        "decline": decline,
        "accepted_at": payment.accepted_at,
    }
