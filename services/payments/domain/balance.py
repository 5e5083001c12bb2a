"""What a member owes now, over all policies and for each. Pure. `usecases/show_balance.py` reads what it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.payments.domain.bill import Bill, BillStatus
from services.payments.domain.limits import largest_cents
from services.payments.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Owed:
    """Sums over bills in cents: due now (past due included), and what is in flight and no longer asked for.

    `due_on` is the earliest due day of what is owed, None when nothing is.
    """

    due_now_cents: int
    due_on: date | None
    past_due_cents: int
    in_flight_cents: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What is owed in all and for each policy, and the credit in cents that waits for the next bill.

    `scheduled_cents` are payments agreed for later days, the next on `next_scheduled_on`; what is owed is owed in full
    until they run.
    """

    total: Owed
    credit_cents: int
    by_policy: tuple[tuple[Policy, Owed], ...]
    scheduled_cents: int = 0
    next_scheduled_on: date | None = None

    @property
    def largest_cents(self) -> int:
        """The most that may be paid at once; 0 where nothing is owed and no month ahead can be paid."""
        return largest_cents(self.total.due_now_cents, [policy for policy, _ in self.by_policy])


def sum_owed(bills: Sequence[Bill]) -> Owed:
    """Sum up bills of which some part is not paid."""
    owed = [bill for bill in bills if bill.owed_cents > 0]
    return Owed(
        due_now_cents=sum(bill.owed_cents for bill in owed),
        due_on=min((bill.due_on for bill in owed), default=None),
        past_due_cents=sum(bill.owed_cents for bill in owed if bill.status is BillStatus.PAST_DUE),
        in_flight_cents=sum(bill.in_flight_cents for bill in bills),
    )


def balance(
    policies: Sequence[Policy],
    unpaid: Sequence[Bill],
    credit_cents: int,
    scheduled_cents: int = 0,
    next_scheduled_on: date | None = None,
) -> Balance:
    """The balance of a member with these policies, bills that are not paid in full, credit and scheduled payments."""
    by_policy = tuple(
        (policy, sum_owed([bill for bill in unpaid if bill.policy_id == policy.policy_id])) for policy in policies
    )
    return Balance(sum_owed(unpaid), credit_cents, by_policy, scheduled_cents, next_scheduled_on)
