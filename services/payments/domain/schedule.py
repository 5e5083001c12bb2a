"""Payments on a later day: which days are offered, until when one can be canceled, when it runs and what it pays. Pure.

Nothing is reserved: what is owed may change until the day. `domain/payment.py` moves the payment, `domain/quote.py`
checks the day that a member wants; `usecases/schedule_payment.py` and `usecases/run_payment.py` come next.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from services.payments.domain.bill import Bill
from shared.clocks import NEW_YORK

RUNS_AT = time(6)
"""When a scheduled payment runs on its day, in New York: with the whole day before the bill is past due."""

CUT_OFF_AT = time(20)
"""Until when it can be canceled on the day before, in New York: what a member cancels then is surely not charged."""


class AmountRule(StrEnum):
    """How much is charged on the day: what is owed by then, at most what was agreed; or the agreed amount itself."""

    OWED = "owed"
    FIXED = "fixed"


class CancelReason(StrEnum):
    """Why a scheduled payment will not run."""

    MEMBER = "member"
    NOTHING_OWED = "nothing_owed"
    METHOD_REMOVED = "method_removed"


class PayOnNotAllowed(Exception):
    """A payment is not taken on that day; `latest_pay_on` is the last that is, None when it can only be today."""

    def __init__(self, latest_pay_on: date | None) -> None:
        super().__init__(f"today or until {latest_pay_on}")
        self.latest_pay_on = latest_pay_on


class TooLateToCancel(Exception):
    """The cut-off `cancel_until` has passed, or the payment was made already (`has_run`)."""

    def __init__(self, cancel_until: datetime, *, has_run: bool) -> None:
        super().__init__(f"until {cancel_until.isoformat()}")
        self.cancel_until = cancel_until
        self.has_run = has_run


@dataclass(frozen=True, slots=True)
class Schedule:
    """What was agreed: the day in New York, `agreed_cents` and how they count, for some policies or (None) for all."""

    on: date
    amount_rule: AmountRule
    agreed_cents: int
    policy_ids: tuple[UUID, ...] | None

    @property
    def run_at(self) -> datetime:
        """The instant at which it runs: 06:00 in New York on its day."""
        return datetime.combine(self.on, RUNS_AT, NEW_YORK).astimezone(UTC)

    @property
    def cancel_until(self) -> datetime:
        """The instant from which it can not be canceled any more: 20:00 in New York on the day before."""
        return cancel_until(self.on)

    def amount_cents(self, owed_cents: int, largest_cents: int) -> int:
        """What is charged when `owed_cents` are owed and at most `largest_cents` may be paid; 0: nothing is owed.

        Where nothing is owed, a fixed amount is not charged either: nobody is debited for credit they may not want.
        """
        if owed_cents == 0:
            return 0
        return min(self.agreed_cents, owed_cents if self.amount_rule is AmountRule.OWED else largest_cents)


def amount_rule(amount_cents: int, owed_cents: int) -> AmountRule:
    """Who agrees to pay exactly what is owed pays what is owed on the day; any other amount was chosen as it is."""
    return AmountRule.OWED if amount_cents == owed_cents else AmountRule.FIXED


def latest_pay_on(bills: Iterable[Bill], today: date) -> date | None:
    """The last due day of what is owed, as long as it is to come; None when there is nothing to schedule."""
    due_on = max((bill.due_on for bill in bills if bill.owed_cents > 0), default=today)
    return due_on if due_on > today else None


def check_pay_on(pay_on: date, bills: Iterable[Bill], today: date) -> None:
    """Today, or a day up to the last due day of what is owed. Raises PayOnNotAllowed."""
    latest = latest_pay_on(bills, today)
    if not today <= pay_on <= (latest or today):
        raise PayOnNotAllowed(latest)


def cancel_until(pay_on: date) -> datetime:
    """The instant from which a payment on that day can not be canceled any more."""
    return datetime.combine(pay_on - timedelta(days=1), CUT_OFF_AT, NEW_YORK).astimezone(UTC)
