"""The coverage clock with the numbers of the rules: who must pay how much by when, and what happens otherwise."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.payments.domain.allocation import allocate
from services.payments.domain.coverage import CoverageState, coverage_outlook
from services.payments.domain.paid_months import with_payment
from tests.payments.billing_samples import new_york
from tests.payments.coverage_samples import DECEMBER, Ledger, december_paid

DEC_31, JAN_31, JAN_25, MAR_23 = date(2026, 12, 31), date(2027, 1, 31), date(2027, 1, 25), date(2027, 3, 23)
LATE = new_york("2027-01-28 09:00")
SUBSIDIZED = {"subsidy_cents": 10_000}


def asked(state: str, pay_by_on: date, amount_to_keep_cents: int, if_not_paid: str, **more: date) -> dict[str, Any]:
    """What the member is told when something is to be paid."""
    told = {"pay_by_on": pay_by_on, "amount_to_keep_cents": amount_to_keep_cents, "if_not_paid": if_not_paid}
    return {"state": state, **told, **more}


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2026, 11, 30), {"state": "paid"}),  # January is billed on December 1
        (date(2026, 12, 1), asked("due", date(2026, 12, 23), 30_000, "becomes_past_due")),
        (date(2026, 12, 23), asked("due", date(2026, 12, 23), 30_000, "becomes_past_due")),
        (date(2026, 12, 24), asked("past_due", JAN_25, 30_000, "ends_on", would_end_on=DEC_31)),
        (date(2027, 1, 25), asked("past_due", JAN_25, 30_000, "ends_on", would_end_on=DEC_31)),  # the 23rd: a Saturday
        (date(2027, 1, 26), asked("after_deadline", JAN_25, 60_000, "ends_on", would_end_on=DEC_31)),
        (date(2027, 2, 24), asked("after_deadline", JAN_25, 90_000, "ends_on", would_end_on=DEC_31)),
    ],
)
def test_without_a_subsidy_january_can_be_paid_until_the_next_due_day(today: date, told: dict[str, Any]) -> None:
    """Unpaid on December 23, coverage is kept by paying January until January 25; else it ends on December 31."""
    assert december_paid().shown(today) == told


@pytest.mark.parametrize(
    ("today", "state", "pay_by_on", "months", "if_not_paid"),
    [
        (date(2026, 12, 24), "past_due", JAN_25, 2, "grace_goes_on"),
        (date(2027, 1, 4), "past_due", JAN_25, 2, "grace_goes_on"),
        (date(2027, 1, 25), "past_due", JAN_25, 2, "grace_goes_on"),
        (date(2027, 1, 26), "past_due", date(2027, 2, 23), 3, "grace_goes_on"),
        (date(2027, 2, 3), "past_due", date(2027, 2, 23), 3, "grace_goes_on"),
        (date(2027, 2, 24), "past_due", MAR_23, 4, "ends_on"),
        (date(2027, 3, 3), "past_due", MAR_23, 4, "ends_on"),
        (date(2027, 3, 23), "past_due", MAR_23, 4, "ends_on"),
        (date(2027, 3, 24), "after_deadline", MAR_23, 4, "ends_on"),
    ],
)
def test_with_a_subsidy_three_months_of_grace_begin_with_january(
    today: date, state: str, pay_by_on: date, months: int, if_not_paid: str
) -> None:
    """Two months by January 25, three by February 23, four by March 23, else coverage ends on January 31."""
    more = {"would_end_on": JAN_31, "grace_ends_on": MAR_23}
    assert december_paid(**SUBSIDIZED).shown(today) == asked(state, pay_by_on, months * 20_000, if_not_paid, **more)


@pytest.mark.parametrize(
    ("start_on", "enrolled_on", "due_on"),
    [
        (date(2027, 1, 1), date(2026, 12, 1), date(2026, 12, 23)),  # in time: the usual day
        (date(2027, 1, 1), date(2026, 12, 30), date(2027, 1, 11)),  # ten days would be a Saturday
        (date(2027, 1, 1), date(2027, 1, 25), date(2027, 1, 29)),  # at most 30 days into coverage
        (date(2026, 6, 1), date(2026, 5, 1), date(2026, 5, 26)),  # Saturday, Sunday, Memorial Day
    ],
)
@pytest.mark.parametrize("policy", [{}, SUBSIDIZED])
def test_coverage_never_begins_without_the_first_payment(
    start_on: date, enrolled_on: date, due_on: date, policy: dict[str, int]
) -> None:
    """The first bill is to be paid in full by its due day, whatever the subsidy: there is no grace before it."""
    ledger = Ledger(enrolled_on=enrolled_on, coverage_start_on=start_on, **policy)
    whole_cents = ledger.months[0].bill.total_cents
    assert ledger.outlook(enrolled_on).paid_through_on is None
    assert ledger.shown(due_on) == asked("binder_due", due_on, whole_cents, "never_begins")
    after = ledger.shown(due_on + timedelta(days=1))
    assert after == asked("after_deadline", due_on, whole_cents, "never_begins")
    ledger.pay(whole_cents - 1, due_on)
    assert ledger.shown(due_on) == asked("binder_due", due_on, 1, "never_begins")


def test_money_in_flight_is_not_asked_for_again_and_stops_the_clock() -> None:
    """What is settling covers the bill past its due day, but the month counts as paid only once it is settled."""
    settling = december_paid().pass_until(date(2026, 12, 20)).hold(30_000)
    assert settling.shown(date(2026, 12, 31)) == {"state": "in_flight"}
    assert settling.outlook(date(2026, 12, 31)).paid_through_on == DEC_31
    assert settling.shown(date(2027, 1, 1)) == asked("due", JAN_25, 30_000, "becomes_past_due")
    told = asked("past_due", date(2027, 2, 23), 30_000, "ends_on", would_end_on=JAN_31)
    assert settling.shown(date(2027, 1, 26)) == told


def test_a_part_in_flight_leaves_the_rest_to_pay() -> None:
    """Of $300, $200 are settling: $100 keep coverage."""
    ledger = december_paid().pass_until(date(2026, 12, 20)).hold(20_000)
    assert ledger.shown(date(2026, 12, 23)) == asked("due", date(2026, 12, 23), 10_000, "becomes_past_due")


def test_a_first_payment_in_flight_is_received_and_settling() -> None:
    """Nobody is told that coverage never begins while the money is on its way."""
    ledger = Ledger().hold(30_000)
    assert ledger.shown(date(2026, 11, 30)) == {"state": "in_flight"}
    assert ledger.outlook(date(2026, 11, 30)).paid_through_on is None


@pytest.mark.parametrize(
    ("premium_cents", "tolerated_cents"),
    [(30_000, 1_000), (20_000, 1_000), (12_000, 600), (1_019, 50), (19, 0)],
)
def test_a_shortfall_within_ten_dollars_or_five_percent_counts_as_paid(
    premium_cents: int, tolerated_cents: int
) -> None:
    """The smaller of both; what is missing is still owed, and a cent more makes the bill past due."""
    on = date(2026, 12, 20)
    short = december_paid(premium_cents=premium_cents).pay(premium_cents - tolerated_cents, on)
    assert short.shown(date(2026, 12, 31)) == {"state": "paid"}
    assert short.outlook(date(2026, 12, 31)).paid_through_on == JAN_31
    shorter = december_paid(premium_cents=premium_cents).pay(premium_cents - tolerated_cents - 1, on)
    assert shorter.outlook(date(2026, 12, 31)).state is CoverageState.PAST_DUE
    assert shorter.outlook(date(2026, 12, 31)).paid_through_on == DEC_31


def test_shortfalls_add_up_and_are_asked_for_with_the_next_bill() -> None:
    """$6 short for January is tolerated; with the same again for February it is not, and both are to be paid."""
    ledger = december_paid().pay(29_400, date(2026, 12, 20))
    assert ledger.shown(date(2027, 1, 4)) == asked("due", JAN_25, 30_600, "becomes_past_due")
    ledger.pay(30_000 - 600, date(2027, 1, 20))
    assert ledger.shown(date(2027, 1, 20)) == asked("due", JAN_25, 1_200, "becomes_past_due")
    ledger.pay(200, date(2027, 1, 21))
    assert ledger.shown(date(2027, 1, 26)) == {"state": "paid"}


def test_paying_a_part_does_not_move_the_grace_period() -> None:
    """January paid late, February not: coverage still ends with January unless all is paid by March 23."""
    ledger = december_paid(**SUBSIDIZED).pay(20_000, date(2027, 1, 30))
    more = {"would_end_on": JAN_31, "grace_ends_on": MAR_23}
    assert ledger.shown(date(2027, 1, 31)) == asked("past_due", date(2027, 2, 23), 40_000, "grace_goes_on", **more)
    ledger.pay(20_000, date(2027, 2, 23))
    assert ledger.outlook(date(2027, 2, 23)).paid_through_on == date(2027, 2, 28)
    assert ledger.shown(date(2027, 2, 24)) == asked("past_due", MAR_23, 40_000, "ends_on", **more)
    assert ledger.shown(date(2027, 3, 24)) == asked("after_deadline", MAR_23, 40_000, "ends_on", **more)


def test_paying_only_what_was_due_in_grace_leaves_the_month_billed_meanwhile_to_pay() -> None:
    """In January both months are owed: January alone does not end the grace period, nothing being past due or not."""
    ledger = december_paid(**SUBSIDIZED).pay(20_000, date(2027, 1, 10))
    more = {"would_end_on": JAN_31, "grace_ends_on": MAR_23}
    assert ledger.shown(date(2027, 1, 11)) == asked("past_due", JAN_25, 20_000, "grace_goes_on", **more)
    assert ledger.pay(20_000, date(2027, 1, 25)).shown(date(2027, 1, 25)) == {"state": "paid"}


def test_paying_all_that_is_owed_ends_the_grace_period() -> None:
    """All paid in January; when March is unpaid later, a new grace period begins with March."""
    ledger = december_paid(**SUBSIDIZED).pay(40_000, date(2027, 1, 25))
    assert ledger.shown(date(2027, 1, 26)) == {"state": "paid"}
    assert ledger.shown(date(2027, 2, 1)) == asked("due", date(2027, 2, 23), 20_000, "becomes_past_due")
    ends = {"would_end_on": date(2027, 3, 31), "grace_ends_on": date(2027, 5, 24)}  # May 23 is a Sunday
    assert ledger.shown(date(2027, 2, 24)) == asked("past_due", MAR_23, 40_000, "grace_goes_on", **ends)


def test_a_subsidy_that_carries_everything_asks_for_nothing() -> None:
    """Bills of $0 are paid as they are issued."""
    assert Ledger(subsidy_cents=30_000).shown(date(2027, 5, 24)) == {"state": "paid"}


def test_bills_issued_late_share_a_due_day_and_the_deadline_is_the_one_after_it() -> None:
    """A premium told on January 28: January and February are due February 8, and can be paid until February 23."""
    ledger = december_paid()
    ledger.told_at = LATE
    ledger.pass_until(date(2027, 2, 9))
    assert [month.bill.due_on for month in ledger.months[1:3]] == [date(2027, 2, 8)] * 2
    told = asked("past_due", date(2027, 2, 23), 60_000, "ends_on", would_end_on=DEC_31)
    assert ledger.shown(date(2027, 2, 9)) == told


def test_without_a_premium_nothing_is_asked_for() -> None:
    """The marketplace has not told what the policy costs: no bill, and that is said."""
    assert Ledger(premium_cents=None).shown(date(2026, 12, 24)) == {"state": "waiting_for_premium"}


def test_after_the_last_day_of_coverage_nothing_is_asked_for() -> None:
    """Coverage ended on January 31: through that day it is told as before, from the next on as ended."""
    ledger = december_paid().pay(30_000, date(2026, 12, 20)).change(coverage_end_on=JAN_31)
    assert ledger.shown(JAN_31) == {"state": "paid"}
    assert ledger.shown(date(2027, 2, 1)) == {"state": "ended"}
    assert ledger.outlook(date(2027, 2, 1)).paid_through_on == JAN_31


def test_a_canceled_policy_is_told_as_such_at_once() -> None:
    """Canceled before it began: no bill of it is asked for, also before its first day."""
    ledger = Ledger().change(coverage_end_on=DECEMBER - timedelta(days=1))
    assert ledger.shown(date(2026, 11, 10)) == {"state": "canceled"}


def test_months_after_the_end_of_coverage_never_count() -> None:
    """February was billed before coverage was ended on January 15: only January keeps it, and grace covers no more."""
    ledger = december_paid(**SUBSIDIZED).pass_until(date(2027, 1, 2))
    ledger.change(coverage_end_on=date(2027, 1, 15), next_bill_month=None, next_bill_at=None)
    ends = {"would_end_on": date(2027, 1, 15), "grace_ends_on": MAR_23}
    assert ledger.shown(date(2027, 1, 10)) == asked("past_due", JAN_25, 20_000, "grace_goes_on", **ends)


def test_what_if_pays_the_gap_and_reaches_through_the_months_paid_after_it() -> None:
    """January in arrears, February paid: with January paid, coverage reaches through February."""
    ledger = december_paid().pass_until(date(2027, 1, 2))
    january, february = ledger.months[1:]
    split = allocate(30_000, [february.bill])
    ledger.months = with_payment(ledger.months, split.allocations, date(2027, 1, 2))
    assert ledger.outlook(date(2027, 1, 3)).paid_through_on == DEC_31
    closing = allocate(30_000, [january.bill])
    after = coverage_outlook(ledger.policy, with_payment(ledger.months, closing.allocations, JAN_25), JAN_25)
    assert (after.state, after.paid_through_on) == (CoverageState.PAID, date(2027, 2, 28))
