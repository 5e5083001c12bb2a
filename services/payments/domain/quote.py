"""A quote: what a member owes on the chosen policies at a moment, and what a payment of some amount would do.

Its id names the state of that balance; nothing is stored. A payment that carries an id is accepted only while the
balance is the same; see `usecases/accept_payment.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import blake2b
from uuid import UUID

from services.payments.domain.allocation import Allocation, Split, allocate
from services.payments.domain.bill import Bill
from services.payments.domain.limits import AmountAboveLimit, largest_cents
from services.payments.domain.policy import Policy, PolicyPrice
from services.payments.domain.schedule import (
    Schedule,
    amount_rule,
    cancel_until,
    check_pay_on,
    latest_pay_on,
)
from shared.clocks import business_day


@dataclass(frozen=True, slots=True)
class Preview:
    """What a payment would do; `counts_on` is the day in New York on which it would count as paid.

    `latest_pay_on` is the last day to which it could be put off, None where it can only be made today; `cancel_until`
    is None for today, and where the cut-off has passed; `already_scheduled_cents` are in other payments on later days.
    """

    quote_id: str
    amount_cents: int
    split: Split
    counts_on: date
    latest_pay_on: date | None
    cancel_until: datetime | None
    already_scheduled_cents: int = 0

    def beside(self, already_scheduled_cents: int) -> "Preview":
        """The preview with what other payments on later days come to."""
        return replace(self, already_scheduled_cents=already_scheduled_cents)


class QuoteStale(Exception):
    """The balance is no longer as it was when the quote was made; `preview` is a fresh one."""

    def __init__(self, preview: Preview) -> None:
        super().__init__("the balance has changed since")
        self.preview = preview


@dataclass(frozen=True, slots=True)
class Quote:
    """The bills with something owed on them, and the policies, that a payment would be for."""

    member_id: UUID
    bills: tuple[Bill, ...]
    policies: tuple[Policy | PolicyPrice, ...]

    @property
    def owed_cents(self) -> int:
        """All that is owed, past due included."""
        return sum(bill.owed_cents for bill in self.bills)

    @property
    def largest_cents(self) -> int:
        """The most that may be paid at once: what is owed, and 12 future premiums of each policy."""
        return largest_cents(self.owed_cents, self.policies)

    def quote_id(self, key: bytes) -> str:
        """A keyed digest of the bills owed on, their versions, and the cents owed."""
        state = ";".join(sorted(f"{bill.bill_id}:{bill.version}:{bill.owed_cents}" for bill in self.bills))
        chosen = ";".join(sorted(str(policy.policy_id) for policy in self.policies))
        text = f"{self.member_id}|{chosen}|{state}"
        return blake2b(text.encode(), key=key, person=b"quote", digest_size=16).hexdigest()

    def preview(
        self,
        amount_cents: int,
        now: datetime,
        key: bytes,
        *,
        pay_on: date | None = None,
    ) -> Preview:
        """Show what paying an amount now, or on a later day, would do. Raises AmountAboveLimit, PayOnNotAllowed."""
        if amount_cents > self.largest_cents:
            raise AmountAboveLimit(self.largest_cents)
        today = business_day(now)
        pay_on = pay_on or today
        check_pay_on(pay_on, self.bills, today)
        return Preview(
            quote_id=self.quote_id(key),
            amount_cents=amount_cents,
            split=allocate(amount_cents, self.bills),
            counts_on=pay_on,
            latest_pay_on=latest_pay_on(self.bills, today),
            cancel_until=cancel_until(pay_on) if pay_on > today and now < cancel_until(pay_on) else None,
        )

    def hold(self, allocations: Sequence[Allocation]) -> tuple[Bill, ...]:
        """The bills that a payment goes to, with its money in flight on them. Raises IllegalBillMove."""
        part_cents = {part.bill_id: part.amount_cents for part in allocations}
        return tuple(bill.hold(part_cents[bill.bill_id]) for bill in self.bills if bill.bill_id in part_cents)

    def schedule(self, amount_cents: int, pay_on: date, policy_ids: Sequence[UUID] | None) -> Schedule:
        """What is agreed when this amount is scheduled now; `policy_ids` as the member chose them, None for all."""
        chosen = None if policy_ids is None else tuple(dict.fromkeys(policy_ids))
        return Schedule(pay_on, amount_rule(amount_cents, self.owed_cents), amount_cents, chosen)

    def split_at_run(self, agreed: Schedule) -> Split:
        """What an agreed payment pays on its day, when this is owed; nothing when nothing is owed any more."""
        return allocate(agreed.amount_cents(self.owed_cents, self.largest_cents), self.bills)
