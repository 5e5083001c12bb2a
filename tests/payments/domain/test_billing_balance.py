"""What a member owes, summed up."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

from services.payments.domain.balance import Owed, balance, sum_owed
from services.payments.domain.bill import BillStatus
from tests.payments.billing_samples import a_bill, enrolled


def test_nothing_owed_has_no_due_day() -> None:
    """Whoever owes nothing is shown no date to worry about."""
    assert sum_owed([]) == Owed(0, None, 0, 0)


def test_due_now_holds_what_is_past_due_and_leaves_out_what_is_in_flight() -> None:
    """The sum to pay is what no money is on its way for; the due day is the earliest of what is owed."""
    late = a_bill(30_000, status=BillStatus.PAST_DUE, paid_cents=5_000)
    current = replace(a_bill(30_000, due_on=date(2027, 1, 25)), in_flight_cents=10_000)
    covered = replace(a_bill(20_000, due_on=date(2026, 11, 23)), in_flight_cents=20_000)
    assert sum_owed([late, current, covered]) == Owed(
        due_now_cents=45_000, due_on=date(2026, 12, 23), past_due_cents=25_000, in_flight_cents=30_000
    )


def test_each_policy_has_its_own_sum() -> None:
    """Health and dental are told apart; a policy that owes nothing is listed too."""
    health, dental = enrolled(), replace(enrolled(), policy_id=uuid4(), policy_number="D-1")
    found = balance([health, dental], [a_bill(30_000, policy_id=health.policy_id)], 700)
    assert found.total.due_now_cents == 30_000
    assert found.credit_cents == 700
    assert [(policy.policy_number, owed.due_now_cents) for policy, owed in found.by_policy] == [
        ("P-1001", 30_000),
        ("D-1", 0),
    ]


def test_the_balance_says_the_most_that_can_be_paid() -> None:
    """What is owed and a year ahead; nothing while the premium is not known, or where coverage was paid and ended."""
    known, unknown = enrolled(), enrolled(premium_cents=None)
    ended = replace(enrolled(), next_bill_month=None, next_bill_at=None)
    assert balance([known], [a_bill(500)], 0).largest_cents == 500 + 12 * 30_000
    assert balance([known], [], 0).largest_cents == 12 * 30_000
    assert balance([unknown, ended], [], 0).largest_cents == 0
    assert balance([unknown, ended], [a_bill(500)], 0).largest_cents == 500
