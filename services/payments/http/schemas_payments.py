"""What comes in and goes out for payments; `http/payments.py` uses it. The history's query: `schemas_history.py`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from services.payments.domain.allocation import Allocation
from services.payments.domain.decline import decline_text
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.domain.quote import Preview
from services.payments.http.schemas_coverage import CoverageAfter
from services.payments.store.payment_history import Moment
from shared.clocks import business_day
from shared.http.models import Cents, Input, Output


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
    """An amount in cents, for all policies or the chosen ones; on `pay_on` (a day in New York), left out for today."""

    amount_cents: Cents
    policy_ids: PolicyIds | None = None
    method_id: UUID | None = None
    pay_on: date | None = None


class NewPayment(Input):
    """A payment: by a saved method (`method_id`) or by a card for this once (`method`), one of the two.

    With `quote_id` it is accepted only while what is owed is as it was in that preview. With a later day as `pay_on` it
    is scheduled, by a saved method only; left out, it is made now.
    """

    amount_cents: Cents
    method_id: UUID | None = None
    method: OneTimeCard | None = None
    policy_ids: PolicyIds | None = None
    quote_id: Annotated[str, Field(pattern=r"^[0-9a-f]{1,64}$")] | None = None
    pay_on: date | None = None


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
    """What a payment would do; `counts_on` is the day on which it would count as paid.

    `latest_pay_on` is the last day that may be given as `pay_on`, null where there is only today. On a later day it can
    be canceled before `cancel_until` (null: not at all any more). `already_scheduled_cents` are in other payments that
    wait for their day, for any of these policies. `coverage_after` is the coverage of each policy as it would stand on
    `counts_on`; it is left empty where a problem carries the preview.
    """

    quote_id: str
    amount_cents: int
    allocations: tuple[AllocationShown, ...]
    credit_cents: int
    counts_on: date
    latest_pay_on: date | None
    cancel_until: datetime | None
    already_scheduled_cents: int
    coverage_after: tuple[CoverageAfter, ...]

    @classmethod
    def of(cls, preview: Preview, coverage_after: Sequence[CoverageAfter] = ()) -> "PreviewShown":
        """Show a preview."""
        return cls(
            quote_id=preview.quote_id,
            amount_cents=preview.amount_cents,
            allocations=tuple(AllocationShown.of(part) for part in preview.split.allocations),
            credit_cents=preview.split.credit_cents,
            counts_on=preview.counts_on,
            latest_pay_on=preview.latest_pay_on,
            cancel_until=preview.cancel_until,
            already_scheduled_cents=preview.already_scheduled_cents,
            coverage_after=tuple(coverage_after),
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


Status = Literal["scheduled", "accepted", "processing", "succeeded", "declined", "canceled"]


class PaymentShown(Output):
    """A payment as it is now. A decline is a payment with status `declined`: it paid nothing and left no credit.

    One on a later day is `scheduled` until `scheduled_on`; its allocations are what it would pay as things stood when
    it was made, and no bill is in flight. It can be canceled before `cancel_until`, which is null once that time has
    passed. With `amount_rule` "owed" it charges what is owed on its day, at most `agreed_cents`; with "fixed" the
    amount itself, as long as anything is owed. `accepted_at` becomes the time of its run.
    """

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
    scheduled_on: date | None
    amount_rule: Literal["owed", "fixed"] | None
    agreed_cents: int | None
    cancel_until: datetime | None
    cancel_reason: Literal["member", "nothing_owed", "method_removed"] | None

    @classmethod
    def of(cls, payment: Payment, now: datetime) -> "PaymentShown":
        """Show a payment as it is at an instant."""
        return cls(**_shown(payment, now))


class MomentShown(Output):
    """A status, and since when the payment had it."""

    status: Status
    at: datetime


class PaymentDetails(PaymentShown):
    """A payment with every status it has had."""

    timeline: tuple[MomentShown, ...]

    @classmethod
    def with_timeline(cls, payment: Payment, moments: list[Moment], now: datetime) -> "PaymentDetails":
        """Show a payment as it is at an instant, and its timeline."""
        timeline = tuple(MomentShown(status=moment.status.value, at=moment.at) for moment in moments)
        return cls(**_shown(payment, now), timeline=timeline)


class PaymentsPage(Output):
    """A page of payments, newest first."""

    items: tuple[PaymentShown, ...]
    next_cursor: str | None


class TrackShown(Output):
    """What anybody who knows a reference number may see; `scheduled_on` for a payment agreed for a later day."""

    reference: str
    status: Status
    amount_cents: int
    accepted_on: date
    scheduled_on: date | None

    @classmethod
    def of(cls, payment: Payment) -> "TrackShown":
        """Show status, amount and day."""
        return cls(
            reference=payment.reference,
            status=payment.status.value,
            amount_cents=payment.amount_cents,
            accepted_on=business_day(payment.accepted_at),
            scheduled_on=payment.schedule.on if payment.schedule else None,
        )


def _shown(payment: Payment, now: datetime) -> dict[str, object]:
    decline = None
    had_effect = payment.status not in (PaymentStatus.DECLINED, PaymentStatus.CANCELED)
    agreed = payment.schedule
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
        "scheduled_on": agreed.on if agreed else None,
        "amount_rule": agreed.amount_rule.value if agreed else None,
        "agreed_cents": agreed.agreed_cents if agreed else None,
        "cancel_until": payment.cancelable_until(now),
        "cancel_reason": payment.cancel_reason.value if payment.cancel_reason else None,
    }
