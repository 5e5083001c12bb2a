"""A policy with its bills as they stand on a day: issued and paid as time does it, without a database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

from services.payments.domain.allocation import allocate
from services.payments.domain.bill import BillStatus
from services.payments.domain.billing import issue_next
from services.payments.domain.coverage import CoverageOutlook, coverage_outlook
from services.payments.domain.paid_months import BilledMonth, with_payment
from services.payments.domain.policy import Policy
from shared.clocks import business_day, start_of_day
from tests.payments.billing_samples import enrolled

DECEMBER = date(2026, 12, 1)
ENROLLED_ON = date(2026, 11, 2)


class Ledger:
    """A policy from December 2026 on, $300 a month unless said otherwise; bills come as days pass, payments as told."""

    def __init__(self, *, enrolled_on: date = ENROLLED_ON, **policy: Any) -> None:
        told = {"coverage_start_on": DECEMBER, **policy}
        self.told_at = start_of_day(enrolled_on)  # no bill is issued before its premium was told
        self.policy: Policy = enrolled(self.told_at, **told)
        self.months: list[BilledMonth] = []
        self.credit_cents = 0
        self.pass_until(enrolled_on)

    def pass_until(self, on: date) -> "Ledger":
        """Let the days pass: bills are issued on theirs, and paid from credit."""
        while self.policy.next_bill_at is not None and business_day(self.policy.next_bill_at) <= on:
            issued_at = max(self.policy.next_bill_at, self.told_at)
            self.policy, bill, _ = issue_next(self.policy, uuid4(), issued_at)
            self.months.append(BilledMonth(bill))
            waiting_cents, self.credit_cents = self.credit_cents, 0
            self.pay(waiting_cents, business_day(issued_at))
        return self

    def pay(self, amount_cents: int, on: date) -> "Ledger":
        """Pay at the end of a day, oldest month first; what is left is credit for bills to come."""
        self.pass_until(on)
        split = allocate(amount_cents, [month.bill for month in self.months])
        self.months = with_payment(self.months, split.allocations, on)
        self.credit_cents += split.credit_cents
        self._record_paid(on)
        return self

    def hold(self, amount_cents: int) -> "Ledger":
        """Put money in flight on the oldest unpaid bill."""
        at = next(at for at, month in enumerate(self.months) if month.bill.owed_cents > 0)
        month = self.months[at]
        self.months[at] = replace(month, bill=month.bill.hold(amount_cents))
        return self

    def change(self, **fields: Any) -> "Ledger":
        """Set fields of the policy, as an enrollment would."""
        self.policy = replace(self.policy, **fields)
        return self

    def outlook(self, today: date) -> CoverageOutlook:
        """What the member is told on a day."""
        self.pass_until(today)
        return coverage_outlook(self.policy, self.months, today)

    def shown(self, today: date) -> Mapping[str, Any]:
        """What the member is told, without what is not said."""
        told = self.outlook(today)
        fields = ("pay_by_on", "amount_to_keep_cents", "if_not_paid", "would_end_on", "grace_ends_on")
        found = {name: getattr(told, name) for name in fields}
        return {"state": told.state.value} | {name: it for name, it in found.items() if it not in (None, 0, "none")}

    def _record_paid(self, on: date) -> None:
        paid = [month.bill for month in self.months if month.bill.paid_cents == month.bill.total_cents]
        self.months = [
            replace(month, bill=replace(month.bill, status=BillStatus.PAID)) if month.bill in paid else month
            for month in self.months
        ]
        moved = self.policy.record_paid({bill.coverage_month for bill in paid}, start_of_day(on))
        self.policy = moved[0] if moved else self.policy


def december_paid(**policy: Any) -> Ledger:
    """The first bill, for December, is paid in time; nothing after it is."""
    ledger = Ledger(**policy)
    return ledger.pay(ledger.months[0].bill.total_cents, date(2026, 11, 10))
