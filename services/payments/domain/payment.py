"""A payment and its states; the verbs are the only way from one to the next.

    schedule() -> scheduled -- cancel() -> canceled
                   |
                   run()
                   v
    accept() ---> accepted ------ succeed() -----> succeeded
                   |   |                               ^
                   |   +--- leave_open() -> processing-+ succeed()
                   |                          |
                   +------- decline() -----> declined <- decline()

`scheduled`: agreed for a later day, nothing reserved. `accepted`: taken down, or run on its day; reference given, money
not moved. `processing`: the processor did not answer; the resolver asks.
Each verb returns the new state and, where the world is told, its fact. `usecases/` save both in one commit.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from services.payments.domain.allocation import Allocation, Split
from services.payments.domain.charge import ChargeOrder
from services.payments.domain.method import Card, MethodType
from services.payments.domain.schedule import CancelReason, Schedule, TooLateToCancel
from shared.contracts import payments as facts

STATEMENT_NAME = "HEALTHCONN"
"""With the reference 22 characters: card networks cut a statement descriptor there, and the reference stands last."""

PaymentFact = TypeVar(
    "PaymentFact",
    facts.PaymentScheduledV1,
    facts.PaymentAcceptedV1,
    facts.PaymentSucceededV1,
    facts.PaymentDeclinedV1,
    facts.PaymentCanceledV1,
)


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    SCHEDULED = "scheduled"
    ACCEPTED = "accepted"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELED = "canceled"


TRANSITIONS: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.SCHEDULED: frozenset({PaymentStatus.ACCEPTED, PaymentStatus.CANCELED}),
    PaymentStatus.ACCEPTED: frozenset({PaymentStatus.PROCESSING, PaymentStatus.SUCCEEDED, PaymentStatus.DECLINED}),
    PaymentStatus.PROCESSING: frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.DECLINED}),
    PaymentStatus.SUCCEEDED: frozenset(),
    PaymentStatus.DECLINED: frozenset(),
    PaymentStatus.CANCELED: frozenset(),
}
OPEN = frozenset({PaymentStatus.ACCEPTED, PaymentStatus.PROCESSING})


class IllegalPaymentMove(Exception):
    """A payment cannot go from its status to the wanted one."""


class NotCancelable(Exception):
    """The payment was made at once; only one on a later day can be canceled."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a member, of `amount_cents` from `card`: `allocations` to bills and the rest credit.

    `method_id` is None for a card that is not kept. `credit_cents` is the credit it brings when it succeeds;
    `accepted_at` is business time. With a `schedule` it was agreed for a later day: until then `allocations` are what
    it would pay as things stood when it was made, from its run on what it pays, and `accepted_at` is when it ran.
    """

    payment_id: UUID
    reference: str
    member_id: UUID
    amount_cents: int
    credit_cents: int
    card: Card
    method_id: UUID | None
    allocations: tuple[Allocation, ...]
    statement_text: str
    accepted_at: datetime
    status: PaymentStatus = PaymentStatus.ACCEPTED
    decline_code: str | None = None
    charge_id: str | None = None
    version: int = 1
    schedule: Schedule | None = None
    cancel_reason: CancelReason | None = None

    @property
    def is_open(self) -> bool:
        """Whether the outcome is still to come: its allocations are in flight."""
        return self.status in OPEN

    @property
    def charge_order(self) -> ChargeOrder:
        """What the processor is asked for; the same each time it is asked."""
        return ChargeOrder(self.payment_id, self.amount_cents, self.card.card_id, self.reference, self.statement_text)

    def run(self, split: Split, now: datetime) -> tuple["Payment", facts.PaymentAcceptedV1]:
        """The day has come: accepted for what is owed by now, its allocations in flight. Raises IllegalPaymentMove."""
        accepted = self._moved(
            PaymentStatus.ACCEPTED,
            amount_cents=split.amount_cents,
            credit_cents=split.credit_cents,
            allocations=split.allocations,
            accepted_at=now,
        )
        return accepted, accepted.told_as(facts.PaymentAcceptedV1, now)

    def cancel(self, reason: CancelReason, now: datetime) -> tuple["Payment", facts.PaymentCanceledV1]:
        """It will not run; nothing was charged. Raises IllegalPaymentMove."""
        payment = self._moved(PaymentStatus.CANCELED, cancel_reason=reason)
        return payment, payment.told_as(facts.PaymentCanceledV1, now, cancel_reason=reason.value)

    def check_cancelable(self, now: datetime) -> None:
        """Whether its member may cancel it still. Raises NotCancelable, TooLateToCancel."""
        if self.schedule is None:
            raise NotCancelable(f"{self.payment_id}")
        if self.cancelable_until(now) is None:
            has_run = self.status is not PaymentStatus.SCHEDULED
            raise TooLateToCancel(self.schedule.cancel_until, has_run=has_run)

    def cancelable_until(self, now: datetime) -> datetime | None:
        """Until when its member may cancel it; None where they cannot, or cannot any more."""
        if self.schedule is None or self.status is not PaymentStatus.SCHEDULED or now >= self.schedule.cancel_until:
            return None
        return self.schedule.cancel_until

    def leave_open(self) -> "Payment":
        """The processor did not answer: processing, until the resolver knows. Raises IllegalPaymentMove."""
        return self._moved(PaymentStatus.PROCESSING)

    def succeed(self, charge_id: str, now: datetime) -> tuple["Payment", facts.PaymentSucceededV1]:
        """The processor took the money. Raises IllegalPaymentMove."""
        payment = self._moved(PaymentStatus.SUCCEEDED, charge_id=charge_id)
        return payment, payment.told_as(facts.PaymentSucceededV1, now)

    def decline(self, code: str, now: datetime) -> tuple["Payment", facts.PaymentDeclinedV1]:
        """The processor refused; nothing was taken. Raises IllegalPaymentMove."""
        payment = self._moved(PaymentStatus.DECLINED, decline_code=code)
        return payment, payment.told_as(facts.PaymentDeclinedV1, now)

    def _moved(self, status: PaymentStatus, **brought: Any) -> "Payment":
        if status not in TRANSITIONS[self.status]:
            raise IllegalPaymentMove(f"{self.payment_id}: {self.status} to {status}")
        return replace(self, status=status, version=self.version + 1, **brought)

    def told_as(self, fact_class: type[PaymentFact], now: datetime, **more: Any) -> PaymentFact:
        """The whole payment as a fact of the given class, with what only that class says."""
        first = self.allocations[0] if self.allocations else None
        return fact_class(
            occurred_at=now,
            version=self.version,
            payment_id=self.payment_id,
            reference=self.reference,
            member_id=self.member_id,
            insurer_id=first.insurer_id if first else None,
            policy_id=first.policy_id if first else None,
            policy_number=first.policy_number if first else None,
            amount_cents=self.amount_cents,
            credit_cents=self.credit_cents,
            status=self.status.value,
            method_type=MethodType.CARD.value,
            method_brand=self.card.brand,
            method_last4=self.card.last4,
            allocations=tuple(_told_part(part) for part in self.allocations),
            decline_code=self.decline_code,
            accepted_at=self.accepted_at,
            statement_text=self.statement_text,
            scheduled_on=self.schedule.on if self.schedule else None,
            agreed_cents=self.schedule.agreed_cents if self.schedule else None,
            **more,
        )


def accept(
    payment_id: UUID,
    *,
    reference: str,
    member_id: UUID,
    split: Split,
    card: Card,
    method_id: UUID | None,
    now: datetime,
) -> tuple[Payment, facts.PaymentAcceptedV1]:
    """Take a payment down: its reference is given, its allocations are in flight, no money has moved."""
    payment = _new(payment_id, reference, member_id, split, card, method_id, now)
    return payment, payment.told_as(facts.PaymentAcceptedV1, now)


def schedule(
    payment_id: UUID,
    *,
    reference: str,
    member_id: UUID,
    split: Split,
    card: Card,
    method_id: UUID,
    agreed: Schedule,
    now: datetime,
) -> tuple[Payment, facts.PaymentScheduledV1]:
    """Take a payment down for a later day: its reference is given, nothing is in flight, no money has moved."""
    new = _new(payment_id, reference, member_id, split, card, method_id, now)
    payment = replace(new, status=PaymentStatus.SCHEDULED, schedule=agreed)
    return payment, payment.told_as(
        facts.PaymentScheduledV1,
        now,
        amount_rule=agreed.amount_rule.value,
        cancel_until=agreed.cancel_until,
    )


def _new(
    payment_id: UUID, reference: str, member_id: UUID, split: Split, card: Card, method_id: UUID | None, now: datetime
) -> Payment:
    return Payment(
        payment_id=payment_id,
        reference=reference,
        member_id=member_id,
        amount_cents=split.amount_cents,
        credit_cents=split.credit_cents,
        card=card,
        method_id=method_id,
        allocations=split.allocations,
        statement_text=f"{STATEMENT_NAME} {reference.replace('-', '')}",
        accepted_at=now,
    )


def _told_part(part: Allocation) -> facts.Allocation:
    return facts.Allocation(
        bill_id=part.bill_id,
        policy_id=part.policy_id,
        policy_number=part.policy_number,
        insurer_id=part.insurer_id,
        coverage_month=f"{part.coverage_month:%Y-%m}",
        due_on=part.due_on,
        amount_cents=part.amount_cents,
    )
