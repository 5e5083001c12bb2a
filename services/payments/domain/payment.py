"""A payment and its states; the verbs are the only way from one to the next.

    accept() ---> accepted ------ succeed() -----> succeeded
                   |   |                               ^
                   |   +--- leave_open() -> processing-+ succeed()
                   |                          |
                   +------- decline() -----> declined <- decline()

`accepted`: taken down, reference given, money not moved. `processing`: the processor did not answer; the resolver asks.
Each verb returns the new state and, where the world is told, its fact. `usecases/` save both in one commit.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from services.payments.domain.allocation import Allocation, Split
from services.payments.domain.charge import ChargeOrder
from services.payments.domain.method import Card, MethodType
from shared.contracts import payments as facts

STATEMENT_NAME = "HEALTHCONN"
"""With the reference 22 characters: card networks cut a statement descriptor there, and the reference stands last."""

PaymentFact = TypeVar("PaymentFact", facts.PaymentAcceptedV1, facts.PaymentSucceededV1, facts.PaymentDeclinedV1)


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    ACCEPTED = "accepted"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"


TRANSITIONS: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.ACCEPTED: frozenset({PaymentStatus.PROCESSING, PaymentStatus.SUCCEEDED, PaymentStatus.DECLINED}),
    PaymentStatus.PROCESSING: frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.DECLINED}),
    PaymentStatus.SUCCEEDED: frozenset(),
    PaymentStatus.DECLINED: frozenset(),
}


class IllegalPaymentMove(Exception):
    """A payment cannot go from its status to the wanted one."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a member, of `amount_cents` from `card`: `allocations` to bills and the rest credit.

    `method_id` is None for a card that is not kept. `credit_cents` is the credit it brings when it succeeds;
    `accepted_at` is business time.
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

    @property
    def is_open(self) -> bool:
        """Whether the outcome is still to come: its allocations are in flight."""
        return bool(TRANSITIONS[self.status])

    @property
    def charge_order(self) -> ChargeOrder:
        """What the processor is asked for; the same each time it is asked."""
        return ChargeOrder(self.payment_id, self.amount_cents, self.card.card_id, self.reference, self.statement_text)

    def leave_open(self) -> "Payment":
        """The processor did not answer: processing, until the resolver knows. Raises IllegalPaymentMove."""
        return self._moved(PaymentStatus.PROCESSING)

    def succeed(self, charge_id: str, now: datetime) -> tuple["Payment", facts.PaymentSucceededV1]:
        """The processor took the money. Raises IllegalPaymentMove."""
        payment = replace(self._moved(PaymentStatus.SUCCEEDED), charge_id=charge_id)
        return payment, payment.told_as(facts.PaymentSucceededV1, now)

    def decline(self, code: str, now: datetime) -> tuple["Payment", facts.PaymentDeclinedV1]:
        """The processor refused; nothing was taken. Raises IllegalPaymentMove."""
        payment = replace(self._moved(PaymentStatus.DECLINED), decline_code=code)
        return payment, payment.told_as(facts.PaymentDeclinedV1, now)

    def _moved(self, status: PaymentStatus) -> "Payment":
        if status not in TRANSITIONS[self.status]:
            raise IllegalPaymentMove(f"{self.payment_id}: {self.status} to {status}")
        return replace(self, status=status, version=self.version + 1)

    def told_as(self, fact_class: type[PaymentFact], now: datetime) -> PaymentFact:
        """The whole payment as a fact of the given class."""
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
    payment = Payment(
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
    return payment, payment.told_as(facts.PaymentAcceptedV1, now)


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
