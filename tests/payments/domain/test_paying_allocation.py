"""Which bills a payment goes to."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.allocation import allocate
from services.payments.domain.bill import Bill
from tests.payments.billing_samples import a_bill

months = st.dates(date(2026, 1, 1), date(2028, 12, 1)).map(lambda day: day.replace(day=1))


@st.composite
def owed_bills(draw: st.DrawFn) -> Bill:
    """A bill of some month, of which some is paid and some is in flight."""
    total = draw(st.integers(1, 100_000))
    paid = draw(st.integers(0, total))
    in_flight = draw(st.integers(0, total - paid))
    return a_bill(total, coverage_month=draw(months), paid_cents=paid, in_flight_cents=in_flight)


amounts = st.integers(1, 10**12)
bill_lists = st.lists(owed_bills(), max_size=12)


@given(amounts, bill_lists)
def test_every_cent_goes_somewhere(amount_cents: int, bills: list[Bill]) -> None:
    """Allocations and credit make up the payment exactly."""
    split = allocate(amount_cents, bills)
    assert split.amount_cents == amount_cents
    assert split.credit_cents >= 0
    assert all(part.amount_cents > 0 for part in split.allocations)


@given(amounts, bill_lists)
def test_no_bill_gets_more_than_is_owed_on_it(amount_cents: int, bills: list[Bill]) -> None:
    """What is paid or in flight already is not paid again."""
    owed = {bill.bill_id: bill.owed_cents for bill in bills}
    parts = allocate(amount_cents, bills).allocations
    assert len({part.bill_id for part in parts}) == len(parts)
    assert all(part.amount_cents <= owed[part.bill_id] for part in parts)


@given(amounts, bill_lists)
def test_credit_remains_only_when_nothing_is_owed(amount_cents: int, bills: list[Bill]) -> None:
    """Credit is what is beyond all bills."""
    split = allocate(amount_cents, bills)
    assert split.credit_cents == max(0, amount_cents - sum(bill.owed_cents for bill in bills))


@given(amounts, bill_lists)
def test_a_later_month_waits_until_the_earlier_ones_are_covered(amount_cents: int, bills: list[Bill]) -> None:
    """Oldest month first: behind the first bill that is not covered whole nothing is allocated."""
    allocated = {part.bill_id: part.amount_cents for part in allocate(amount_cents, bills).allocations}
    short = [bill for bill in bills if allocated.get(bill.bill_id, 0) < bill.owed_cents]
    for waiting in short:
        assert not any(bill.coverage_month > waiting.coverage_month for bill in bills if bill.bill_id in allocated)


@given(amounts, bill_lists, st.data())
def test_the_order_in_which_bills_are_read_does_not_matter(
    amount_cents: int, bills: list[Bill], choices: st.DataObject
) -> None:
    """The same bills in any order give the same allocations."""
    mixed = choices.draw(st.permutations(bills))
    assert allocate(amount_cents, bills) == allocate(amount_cents, mixed)


def test_ties_go_by_due_day_then_policy_number() -> None:
    """Of two bills of one month the one due first is paid first, then the lower policy number."""
    late = a_bill(100, policy_number="A", due_on=date(2026, 12, 24))
    second = a_bill(100, policy_number="C")
    first = a_bill(100, policy_number="B")
    parts = allocate(250, [late, second, first]).allocations
    assert [(part.policy_number, part.amount_cents) for part in parts] == [("B", 100), ("C", 100), ("A", 50)]
