"""How credit is spread over bills."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.credit import split_credit
from tests.payments.billing_samples import a_bill

FIRST, SECOND = uuid4(), uuid4()


def test_the_oldest_credit_pays_the_oldest_bill() -> None:
    """Two payments left credit: the first is used up before the second is touched."""
    older, newer = a_bill(30_000), a_bill(30_000)
    uses = split_credit([(FIRST, 20_000), (SECOND, 25_000)], [older, newer])
    assert uses == {
        older.bill_id: [(FIRST, 20_000), (SECOND, 10_000)],
        newer.bill_id: [(SECOND, 15_000)],
    }


def test_what_is_in_flight_for_a_bill_stays_for_it() -> None:
    """Credit only pays what no other money is on its way for."""
    covered, half = a_bill().hold(30_000), a_bill().hold(10_000)
    assert split_credit([(FIRST, 50_000)], [covered, half]) == {half.bill_id: [(FIRST, 20_000)]}


@given(
    st.lists(st.integers(1, 5_000), max_size=5),
    st.lists(st.tuples(st.integers(1, 5_000), st.integers(0, 4_999)), max_size=5),
)
def test_no_cent_of_credit_is_used_twice_or_left_while_something_is_owed(
    left_over: list[int], owed: list[tuple[int, int]]
) -> None:
    """What is used is the lesser of credit and debt; no payment gives more than it had, no bill gets more than owed."""
    sources = [(uuid4(), cents) for cents in left_over]
    bills = [a_bill(total, paid_cents=paid) for total, paid in owed if paid < total]
    uses = split_credit(sources, bills)
    used: dict[UUID, int] = {}
    for parts in uses.values():
        for payment_id, cents in parts:
            assert cents > 0
            used[payment_id] = used.get(payment_id, 0) + cents
    assert all(used.get(payment_id, 0) <= cents for payment_id, cents in sources)
    assert all(sum(cents for _, cents in uses.get(bill.bill_id, ())) <= bill.owed_cents for bill in bills)
    assert sum(used.values()) == min(sum(left_over), sum(bill.owed_cents for bill in bills))
