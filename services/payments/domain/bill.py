"""A bill for one coverage month of one policy: what is owed on it, and the moves it can make. Pure.

A bill never changes after issue but for what was paid on it; corrections are lines on the next one.

    open ----> paid
     |           ^
     +-> past_due

`hold` puts money in flight, `release` takes it out again after a decline, `settle` turns it into paid money, `credit`
pays from the member's credit, `pass_due` marks what the due day found unpaid. A payment later returned will reopen a
bill; that move comes with returns. Next: `store/bills.py` keeps it, `usecases/` move it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from services.payments.domain.premium import Line
from shared.clocks import start_of_day
from shared.contracts.payments import BillIssuedV1, BillLine, BillPaidV1, BillPastDueV1


class BillKind(StrEnum):
    """What is billed; one-off charges of insurers come later."""

    PREMIUM = "premium"


class BillStatus(StrEnum):
    """Where a bill stands; a bill that is past due can still be paid."""

    OPEN = "open"
    PAST_DUE = "past_due"
    PAID = "paid"


TRANSITIONS: Mapping[BillStatus, frozenset[BillStatus]] = MappingProxyType(
    {
        BillStatus.OPEN: frozenset({BillStatus.PAST_DUE, BillStatus.PAID}),
        BillStatus.PAST_DUE: frozenset({BillStatus.PAID}),
        BillStatus.PAID: frozenset(),
    }
)


FIRST_VERSION = 1


class IllegalBillMove(Exception):
    """A bill was asked for a move that its amounts or its status do not allow."""

    def __init__(self, bill_id: UUID, why: str) -> None:
        super().__init__(f"bill {bill_id}: {why}")
        self.bill_id = bill_id


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill with the facts of its policy; amounts in cents, `coverage_month` the first day of that month.

    Every verb gives a copy whose version is one higher; save it before the next verb.
    """

    bill_id: UUID
    policy_id: UUID
    policy_number: str
    insurer_id: str
    member_id: UUID
    kind: BillKind
    coverage_month: date
    issued_on: date
    due_on: date
    lines: tuple[Line, ...]
    total_cents: int
    paid_cents: int
    in_flight_cents: int
    status: BillStatus
    version: int

    @property
    def owed_cents(self) -> int:
        """What neither payment nor money in flight covers."""
        return self.total_cents - self.paid_cents - self.in_flight_cents

    @property
    def past_due_at(self) -> datetime:
        """The instant from which an unpaid bill is past due: the midnight in New York that ends its due day."""
        return start_of_day(self.due_on + timedelta(days=1))

    def hold(self, amount_cents: int) -> "Bill":
        """Put money in flight on the bill. Raises IllegalBillMove above what is owed or for less than a cent."""
        self._require(0 < amount_cents <= self.owed_cents, f"can not hold {amount_cents} of {self.owed_cents} owed")
        return replace(self, in_flight_cents=self.in_flight_cents + amount_cents, version=self.version + 1)

    def release(self, amount_cents: int) -> "Bill":
        """Take money out of flight: its payment was declined. Raises IllegalBillMove above what is in flight."""
        self._require_in_flight(amount_cents)
        return replace(self, in_flight_cents=self.in_flight_cents - amount_cents, version=self.version + 1)

    def settle(self, amount_cents: int, now: datetime) -> tuple["Bill", BillPaidV1 | None]:
        """Turn money in flight into paid money; the fact when the bill is now paid in full.

        Raises IllegalBillMove above what is in flight.
        """
        self._require_in_flight(amount_cents)
        return _pay(replace(self, in_flight_cents=self.in_flight_cents - amount_cents), amount_cents, now)

    def credit(self, amount_cents: int, now: datetime) -> tuple["Bill", BillPaidV1 | None]:
        """Pay from the member's credit, which is never in flight; the fact when the bill is now paid in full.

        Raises IllegalBillMove above what is owed.
        """
        self._require(0 < amount_cents <= self.owed_cents, f"can not credit {amount_cents} of {self.owed_cents} owed")
        return _pay(self, amount_cents, now)

    def close_empty(self, now: datetime) -> tuple["Bill", BillPaidV1]:
        """Mark a bill of nothing as paid: the subsidy carries the whole month. Raises IllegalBillMove on any other."""
        self._require(self.total_cents == 0, "only a bill of nothing is paid without money")
        closed = replace(self, status=_moved(self, BillStatus.PAID), version=self.version + 1)
        return closed, BillPaidV1(**_fact_fields(closed, now))

    def pass_due(self, now: datetime) -> tuple["Bill", BillPastDueV1]:
        """Mark the bill as past due. Raises IllegalBillMove before its due day is over, or when all is covered."""
        self._require(now >= self.past_due_at, f"not past due before {self.past_due_at.isoformat()}")
        self._require(self.owed_cents > 0, "covered by what is paid and in flight")
        marked = replace(self, status=_moved(self, BillStatus.PAST_DUE), version=self.version + 1)
        return marked, BillPastDueV1(**_fact_fields(marked, now))

    def issued(self, now: datetime) -> BillIssuedV1:
        """The fact that the bill was issued, as it stands at the end of the commit that issues it.

        Credit may have paid on it by then; the version is that of the issue all the same, so that a `bill.paid` of
        the same commit is newer.
        """
        return BillIssuedV1(**{**_fact_fields(self, now), "version": FIRST_VERSION})

    def _require_in_flight(self, amount_cents: int) -> None:
        self._require(
            0 < amount_cents <= self.in_flight_cents, f"{amount_cents} is not in flight, {self.in_flight_cents} is"
        )

    def _require(self, allowed: bool, why: str) -> None:  # noqa: FBT001 - a condition is the whole point
        if not allowed:
            raise IllegalBillMove(self.bill_id, why)


def _pay(bill: Bill, amount_cents: int, now: datetime) -> tuple[Bill, BillPaidV1 | None]:
    paid = replace(bill, paid_cents=bill.paid_cents + amount_cents, version=bill.version + 1)
    if paid.paid_cents < paid.total_cents:
        return paid, None
    paid = replace(paid, status=_moved(bill, BillStatus.PAID))
    return paid, BillPaidV1(**_fact_fields(paid, now))


def _moved(bill: Bill, status: BillStatus) -> BillStatus:
    if status not in TRANSITIONS[bill.status]:
        raise IllegalBillMove(bill.bill_id, f"can not go from {bill.status} to {status}")
    return status


def _fact_fields(bill: Bill, now: datetime) -> dict[str, Any]:
    return {
        "occurred_at": now,
        "version": bill.version,
        "bill_id": bill.bill_id,
        "policy_id": bill.policy_id,
        "policy_number": bill.policy_number,
        "insurer_id": bill.insurer_id,
        "member_id": bill.member_id,
        "kind": bill.kind.value,
        "coverage_month": f"{bill.coverage_month:%Y-%m}",
        "issued_on": bill.issued_on,
        "due_on": bill.due_on,
        "lines": tuple(
            BillLine(kind=line.kind.value, text_code=line.text_code, amount_cents=line.amount_cents)
            for line in bill.lines
        ),
        "total_cents": bill.total_cents,
        "paid_cents": bill.paid_cents,
        "in_flight_cents": bill.in_flight_cents,
        "status": bill.status.value,
    }
