"""What may happen to a bill, and what may not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.bill import TRANSITIONS, Bill, BillStatus, IllegalBillMove
from shared.contracts.payments import BillPaidV1
from tests.payments.billing_samples import NOW, a_bill, new_york

AFTER_DUE = new_york("2026-12-24 00:00")


def test_a_payment_holds_its_share_and_then_pays_it() -> None:
    """Money in flight is not asked for again, and becomes paid money when the charge went through."""
    held = a_bill().hold(30_000)
    assert (held.owed_cents, held.in_flight_cents, held.status) == (0, 30_000, BillStatus.OPEN)
    paid, fact = held.settle(30_000, NOW)
    assert (paid.paid_cents, paid.in_flight_cents, paid.status) == (30_000, 0, BillStatus.PAID)
    assert isinstance(fact, BillPaidV1)
    assert (fact.status, fact.paid_cents, fact.version, fact.coverage_month) == ("paid", 30_000, 3, "2027-01")


def test_a_declined_payment_leaves_the_bill_owed_as_before() -> None:
    """After a decline the whole bill is asked for again."""
    released = a_bill().hold(30_000).release(30_000)
    assert (released.owed_cents, released.in_flight_cents, released.status) == (30_000, 0, BillStatus.OPEN)


def test_a_part_payment_leaves_the_bill_open_and_says_nothing() -> None:
    """Only a bill paid in full is announced as paid."""
    paid, fact = a_bill().hold(10_000).settle(10_000, NOW)
    assert fact is None
    assert (paid.status, paid.owed_cents) == (BillStatus.OPEN, 20_000)


def test_credit_pays_without_being_in_flight() -> None:
    """Credit is money that is already here."""
    paid, fact = a_bill().credit(30_000, NOW)
    assert (paid.paid_cents, paid.in_flight_cents, paid.status) == (30_000, 0, BillStatus.PAID)
    assert fact is not None


def test_an_issued_bill_says_what_credit_has_paid_on_it() -> None:
    """Who hears of the bill hears what is left to pay; that it is paid comes after, as a newer version."""
    part = a_bill().credit(2_000, NOW)[0].issued(NOW)
    assert (part.total_cents, part.paid_cents, part.status, part.version) == (30_000, 2_000, "open", 1)
    paid, fact = a_bill().credit(30_000, NOW)
    whole = paid.issued(NOW)
    assert fact is not None
    assert (whole.paid_cents, whole.status) == (fact.paid_cents, fact.status) == (30_000, "paid")
    assert whole.version < fact.version


def test_a_bill_past_due_can_still_be_paid() -> None:
    """Late money is welcome."""
    late, _ = a_bill().pass_due(AFTER_DUE)
    paid, fact = late.hold(30_000).settle(30_000, NOW)
    assert paid.status is BillStatus.PAID
    assert fact is not None


def test_a_bill_is_past_due_only_when_its_due_day_is_over_in_new_york() -> None:
    """The last second of the due day still counts, midnight does not."""
    bill = a_bill()
    with pytest.raises(IllegalBillMove):
        bill.pass_due(AFTER_DUE - timedelta(microseconds=1))
    marked, fact = bill.pass_due(AFTER_DUE)
    assert (marked.status, fact.status, fact.version) == (BillStatus.PAST_DUE, "past_due", 2)


def test_the_due_day_ends_at_midnight_in_summer_too() -> None:
    """In July midnight in New York is four hours behind UTC."""
    bill = a_bill(due_on=date(2027, 7, 23), issued_on=date(2027, 7, 1))
    assert bill.past_due_at.isoformat() == "2027-07-24T04:00:00+00:00"


def test_money_in_flight_keeps_a_bill_from_becoming_past_due() -> None:
    """While a payment that covers the bill is settling, nobody is told that they are late."""
    covered = a_bill().hold(30_000)
    with pytest.raises(IllegalBillMove, match="covered"):
        covered.pass_due(AFTER_DUE)
    assert covered.release(30_000).pass_due(AFTER_DUE)[0].status is BillStatus.PAST_DUE


def test_a_bill_of_nothing_is_paid_at_once_and_no_other_is() -> None:
    """Where the subsidy carries the whole premium the month is paid without money."""
    closed, fact = a_bill(0).close_empty(NOW)
    assert (closed.status, fact.total_cents) == (BillStatus.PAID, 0)
    with pytest.raises(IllegalBillMove):
        a_bill(1).close_empty(NOW)


@pytest.mark.parametrize("amount_cents", [0, -1, 30_001])
def test_no_verb_takes_an_amount_that_the_bill_has_no_room_for(amount_cents: int) -> None:
    """Nothing, less than nothing and more than what is owed or in flight are refused."""
    held = a_bill(60_000).hold(30_000)
    for move in (held.hold, held.release):
        with pytest.raises(IllegalBillMove):
            move(amount_cents)
    for pay in (held.settle, held.credit):
        with pytest.raises(IllegalBillMove):
            pay(amount_cents, NOW)


def _reached(start: Bill) -> set[BillStatus]:
    """Every status that one verb brings a bill to."""
    reached: set[BillStatus] = set()
    moves: tuple[Callable[[], Bill], ...] = (
        lambda: start.settle(start.in_flight_cents, NOW)[0],
        lambda: start.credit(start.owed_cents, NOW)[0],
        lambda: start.pass_due(AFTER_DUE)[0],
        lambda: start.hold(start.owed_cents),
        lambda: start.release(start.in_flight_cents),
        lambda: start.close_empty(NOW)[0],
    )
    for move in moves:
        try:
            reached.add(move().status)
        except IllegalBillMove:
            continue
    return reached - {start.status}


@pytest.mark.parametrize("status", list(BillStatus))
def test_every_pair_of_states_is_reached_by_a_verb_or_by_none(status: BillStatus) -> None:
    """The verbs make exactly the moves that the table allows, whatever the amounts are."""
    amounts = [(0, 0), (10_000, 0), (0, 10_000), (0, 30_000), (10_000, 20_000)]
    if status is BillStatus.PAID:
        amounts = [(30_000, 0)]
    starts = [a_bill(status=status, paid_cents=paid, in_flight_cents=flying) for paid, flying in amounts]
    assert set().union(*(_reached(start) for start in starts)) == TRANSITIONS[status]


MOVES = st.lists(st.tuples(st.sampled_from(["hold", "release", "settle", "credit", "pass_due"]), st.integers(1, 900)))


@given(MOVES)
def test_no_sequence_of_moves_breaks_a_bill(moves: list[tuple[str, int]]) -> None:
    """Whatever is tried in whatever order: amounts stay in bounds, the bill itself stays what it was."""
    start = bill = a_bill(1_000)
    for name, amount_cents in moves:
        try:
            match name:
                case "hold" | "release":
                    moved = getattr(bill, name)(amount_cents)
                case "pass_due":
                    moved, _ = bill.pass_due(AFTER_DUE)
                case _:
                    moved, fact = getattr(bill, name)(amount_cents, NOW)
                    assert (fact is not None) == (moved.status is BillStatus.PAID)
        except IllegalBillMove:
            continue
        assert moved.version == bill.version + 1
        bill = moved
        assert min(bill.paid_cents, bill.in_flight_cents, bill.owed_cents) >= 0
        assert (bill.status is BillStatus.PAID) == (bill.paid_cents == bill.total_cents)
    assert replace(bill, paid_cents=0, in_flight_cents=0, status=BillStatus.OPEN, version=1) == start
