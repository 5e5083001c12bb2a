"""Which bills a payment goes to: oldest coverage month first; what is beyond all of them is credit.

`usecases/accept_payment.py` and `usecases/preview_payment.py` allocate; nothing is recomputed afterwards.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.payments.domain.bill import Bill


@dataclass(frozen=True, slots=True)
class Allocation:
    """How many cents of a payment go to one bill."""

    bill_id: UUID
    policy_id: UUID
    policy_number: str
    insurer_id: str
    coverage_month: date
    due_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Split:
    """A whole amount: what goes to bills, and the credit that remains, in cents."""

    allocations: tuple[Allocation, ...]
    credit_cents: int

    @property
    def amount_cents(self) -> int:
        """The whole amount."""
        return sum(part.amount_cents for part in self.allocations) + self.credit_cents


def allocate(amount_cents: int, bills: Iterable[Bill]) -> Split:
    """Spread an amount over what is owed: oldest month first, ties by due date, then policy number."""
    left_cents = amount_cents
    allocations = []
    for bill in sorted(bills, key=_turn):
        part_cents = min(left_cents, bill.owed_cents)
        if part_cents > 0:
            allocations.append(_part(bill, part_cents))
            left_cents -= part_cents
    return Split(tuple(allocations), left_cents)


def _turn(bill: Bill) -> tuple[date, date, str, UUID]:
    return bill.coverage_month, bill.due_on, bill.policy_number, bill.bill_id


def _part(bill: Bill, amount_cents: int) -> Allocation:
    return Allocation(
        bill_id=bill.bill_id,
        policy_id=bill.policy_id,
        policy_number=bill.policy_number,
        insurer_id=bill.insurer_id,
        coverage_month=bill.coverage_month,
        due_on=bill.due_on,
        amount_cents=amount_cents,
    )
