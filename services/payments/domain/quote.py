"""A quote: what a member owes on the chosen policies at a moment, and what a payment of some amount would do.

Its id names the state of that balance; nothing is stored. A payment that carries an id is accepted only while the
balance is the same; see `usecases/accept_payment.py`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from uuid import UUID

from services.payments.domain.allocation import Split, allocate
from services.payments.domain.bill import Bill
from services.payments.domain.limits import MONTHS_AHEAD, AmountAboveLimit
from services.payments.domain.policy import Policy
from shared.clocks import business_day


@dataclass(frozen=True, slots=True)
class Preview:
    """What a payment would do; `counts_on` is the day in New York on which it would count as paid."""

    quote_id: str
    amount_cents: int
    split: Split
    counts_on: date


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
    policies: tuple[Policy, ...]

    @property
    def largest_cents(self) -> int:
        """The most that may be paid at once: what is owed, and 12 future premiums of each policy."""
        owed_cents = sum(bill.owed_cents for bill in self.bills)
        return owed_cents + MONTHS_AHEAD * sum(_monthly_cents(policy) for policy in self.policies)

    def quote_id(self, key: bytes) -> str:
        """A keyed digest of the bills owed on, their versions, and the cents owed."""
        state = ";".join(sorted(f"{bill.bill_id}:{bill.version}:{bill.owed_cents}" for bill in self.bills))
        chosen = ";".join(sorted(str(policy.policy_id) for policy in self.policies))
        text = f"{self.member_id}|{chosen}|{state}"
        return blake2b(text.encode(), key=key, person=b"quote", digest_size=16).hexdigest()

    def preview(self, amount_cents: int, now: datetime, key: bytes) -> Preview:
        """Show what paying an amount now would do. Raises AmountAboveLimit."""
        if amount_cents > self.largest_cents:
            raise AmountAboveLimit(self.largest_cents)
        return Preview(self.quote_id(key), amount_cents, allocate(amount_cents, self.bills), business_day(now))


def _monthly_cents(policy: Policy) -> int:
    """The member's share of a month to come; 0 where nothing is billed any more or the premium is not known."""
    if policy.next_bill_month is None or policy.premium_cents is None:
        return 0
    return max(0, policy.premium_cents - policy.subsidy_cents)
