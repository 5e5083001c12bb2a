"""Which month is billed when: from the first bill through a year, late starts, and months without a premium."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.bill import Bill, BillStatus
from services.payments.domain.billing import issue_next, plan
from services.payments.domain.calendar import is_bank_day, month_after
from services.payments.domain.policy import IllegalPolicyMove, Policy
from shared.clocks import business_day
from tests.payments.billing_samples import NOW, billed, enrolled, enrollment, new_york


def _months(bills: list[Bill]) -> list[str]:
    return [f"{bill.coverage_month:%Y-%m}" for bill in bills]


def test_the_first_bill_is_issued_at_once_even_when_coverage_is_months_away() -> None:
    """Enrolled on November 5 for January: the bill is there on November 5, due on December 23."""
    now = new_york("2026-11-05 12:00")
    policy, bills, _ = billed(enrolled(now), now)
    assert [(bill.issued_on, bill.due_on) for bill in bills] == [(date(2026, 11, 5), date(2026, 12, 23))]
    assert (policy.next_bill_month, policy.next_bill_at) == (date(2027, 2, 1), new_york("2027-01-01 00:00"))


def test_a_year_of_bills_is_issued_on_the_first_and_due_on_the_23rd() -> None:
    """January 1 at midnight in New York issues February, and so on; nothing is issued a second before."""
    policy, _, _ = billed(enrolled(), NOW)
    months = []
    while policy.next_bill_month is not None and policy.next_bill_month <= date(2027, 12, 1):
        assert policy.next_bill_at is not None
        assert billed(policy, policy.next_bill_at - timedelta(seconds=1))[1] == []
        at = policy.next_bill_at
        policy, bills, _ = billed(policy, at)
        months += _months(bills)
        assert [(bill.issued_on.day, bill.due_on.day >= 23) for bill in bills] == [(1, True)]
    assert months == [f"2027-{month:02}" for month in range(2, 13)]


def test_coverage_that_began_in_the_past_is_billed_from_the_current_month_on() -> None:
    """Enrolled on May 10 from January: no arrears are invented; May and, as it was issued already, June are billed."""
    now = new_york("2027-05-10 13:00")
    policy, bills, _ = billed(enrolled(now), now)
    assert [(f"{bill.coverage_month:%Y-%m}", bill.due_on) for bill in bills] == [
        ("2027-05", date(2027, 5, 20)),
        ("2027-06", date(2027, 5, 24)),
    ]
    assert policy.first_billed_month == date(2027, 5, 1)


def test_the_bill_of_the_next_month_leaves_ten_days_too() -> None:
    """Enrolled on January 28: February's usual due day has passed, so it gets ten days."""
    now = new_york("2027-01-28 09:00")
    _, bills, _ = billed(enrolled(now), now)
    assert [(f"{bill.coverage_month:%Y-%m}", bill.due_on) for bill in bills] == [
        ("2027-01", date(2027, 1, 29)),  # at most 30 days after coverage began
        ("2027-02", date(2027, 2, 8)),
    ]


def test_the_day_counts_in_new_york() -> None:
    """Four in the morning UTC on January 1 is still December 31 there: February is not issued yet."""
    policy, _, _ = billed(enrolled(), NOW)
    assert billed(policy, new_york("2026-12-31 23:59"))[1] == []


def test_bills_that_were_missed_are_issued_when_it_is_noticed() -> None:
    """The portal was down for two months: each month is billed, with ten days to pay."""
    policy, _, _ = billed(enrolled(), NOW)
    _, bills, _ = billed(policy, new_york("2027-03-04 08:00"))
    assert [(f"{bill.coverage_month:%Y-%m}", bill.due_on) for bill in bills] == [
        ("2027-02", date(2027, 3, 15)),
        ("2027-03", date(2027, 3, 15)),
        ("2027-04", date(2027, 3, 23)),
    ]


def test_a_new_premium_is_billed_from_its_month_on() -> None:
    """Told in December for March: February is billed at the old price, March at the new one."""
    policy, _, _ = billed(enrolled(), NOW)
    change = enrollment(2, action="change", effective_on=date(2027, 3, 1), premium_cents=33_000, subsidy_cents=3_000)
    policy = plan(policy.change(change, NOW)[0], NOW)
    _, bills, _ = billed(policy, new_york("2027-02-01 00:00"))
    assert [bill.total_cents for bill in bills] == [30_000, 30_000]
    assert [len(bill.lines) for bill in bills] == [1, 2]


def test_without_a_premium_nothing_is_billed_until_it_is_told() -> None:
    """The feed said no premium: no bill; a change in March tells it: March and April are billed, not January."""
    policy = enrolled(premium_cents=None)
    assert (policy.next_bill_month, policy.next_bill_at) == (None, None)
    now = new_york("2027-03-05 10:00")
    policy = plan(policy.change(enrollment(2, action="change", effective_on=date(2027, 3, 1)), now)[0], now)
    policy, bills, _ = billed(policy, now)
    assert _months(bills) == ["2027-03", "2027-04"]


def test_a_terminated_policy_is_not_billed_beyond_its_end_and_a_reinstated_one_again() -> None:
    """Ended on March 31: no bill for April; reinstated in May: from May on, nothing is invented for April."""
    policy, _, _ = billed(enrolled(), NOW)
    end = enrollment(2, action="terminate", effective_on=date(2027, 3, 31))
    policy = plan(policy.change(end, NOW)[0], NOW)
    policy, bills, _ = billed(policy, new_york("2027-05-02 00:00"))
    assert _months(bills) == ["2027-02", "2027-03"]
    assert policy.next_bill_at is None
    now = new_york("2027-05-10 00:00")
    policy = plan(policy.change(enrollment(3, action="reinstate", effective_on=date(2027, 5, 1)), now)[0], now)
    assert _months(billed(policy, now)[1]) == ["2027-05", "2027-06"]


def test_where_the_subsidy_carries_the_month_the_bill_is_paid_at_once() -> None:
    """A member's share of nothing is a bill of nothing: issued, paid, and announced as both, in that order."""
    policy, bills, facts = billed(enrolled(premium_cents=30_000, subsidy_cents=35_000), NOW)
    assert [(bill.total_cents, bill.status, bill.version) for bill in bills] == [(0, BillStatus.PAID, 2)]
    assert [(fact.TYPE, fact.version) for fact in facts] == [("bill.issued.v1", 1), ("bill.paid.v1", 2)]
    assert policy.record_paid({bills[0].coverage_month}, NOW) is not None


def test_an_issued_bill_says_all_about_itself() -> None:
    """The fact carries lines, dates and amounts, so that nobody needs to ask for them."""
    _, _, facts = billed(enrolled(subsidy_cents=10_000), NOW)
    assert facts[0].model_dump(mode="json", exclude={"bill_id", "policy_id", "member_id", "occurred_at"}) == {
        "version": 1,
        "policy_number": "P-1001",
        "insurer_id": "acme",
        "kind": "premium",
        "coverage_month": "2027-01",
        "issued_on": "2026-12-01",
        "due_on": "2026-12-23",
        "lines": [
            {"kind": "premium", "text_code": "premium", "amount_cents": 30_000},
            {"kind": "subsidy", "text_code": "subsidy", "amount_cents": -10_000},
        ],
        "total_cents": 20_000,
        "paid_cents": 0,
        "in_flight_cents": 0,
        "status": "open",
    }


def test_no_bill_is_issued_before_its_time() -> None:
    """Asking for a bill that is not to be issued yet is refused, not obeyed."""
    policy, _, _ = billed(enrolled(), NOW)
    with pytest.raises(IllegalPolicyMove):
        issue_next(policy, uuid4(), NOW)
    with pytest.raises(IllegalPolicyMove):
        issue_next(enrolled(premium_cents=None), uuid4(), NOW)


def test_a_start_that_moves_later_before_the_first_bill_moves_the_first_bill() -> None:
    """Nothing was billed because no premium was known; the change brings both a premium and a later start."""
    policy = enrolled(premium_cents=None)
    change = enrollment(2, action="change", coverage_start_on=date(2027, 3, 1))
    policy = plan(policy.change(change, NOW)[0], NOW)
    assert _months(billed(policy, NOW)[1]) == ["2027-03"]


@given(
    start_on=st.dates(date(2025, 1, 1), date(2029, 12, 31)),
    heard_days=st.integers(-200, 200),
    steps=st.lists(st.integers(0, 70), max_size=12),
)
def test_months_are_billed_one_after_the_other_without_gap_or_repeat(
    start_on: date, heard_days: int, steps: list[int]
) -> None:
    """Whenever an enrollment comes and however the timer is late: each month once, each due day payable."""
    now = new_york("2026-12-01 12:00") + (start_on - date(2026, 12, 1)) + timedelta(days=heard_days)
    policy: Policy = enrolled(now, coverage_start_on=start_on)
    all_bills: list[Bill] = []
    for step in [0, *steps]:
        now += timedelta(days=step)
        policy, bills, _ = billed(policy, now)
        all_bills += bills
        assert all(bill.issued_on == business_day(now) <= bill.due_on for bill in bills)
        assert policy.next_bill_at is not None
        assert policy.next_bill_at > now
    assert all(is_bank_day(bill.due_on) for bill in all_bills)
    months = [bill.coverage_month for bill in all_bills]
    assert months[1:] == [month_after(month) for month in months[:-1]]
    assert months[0] == max(start_on, business_day(now) - timedelta(days=sum(steps))).replace(day=1)
    assert replace(policy, next_bill_at=None) == replace(plan(policy, now), next_bill_at=None)
