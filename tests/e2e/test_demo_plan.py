"""The plan of the demo data, lived through on paper by the rules of billing, for a first start on any day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import pytest

from deploy.local.demo_people import PEOPLE, Person, Progress
from deploy.local.demo_plan import Act, Card, Step, month_of, plan
from services.payments.domain.calendar import binder_due_on, due_on, issue_on, month_after

ANY_DAY = [date(2026, 9, 1) + timedelta(days=count) for count in range(3 * 366)]
AWKWARD_DAYS = [
    date(2026, 11, 24),
    date(2026, 12, 31),
    date(2027, 1, 1),
    date(2027, 1, 22),
    date(2027, 1, 23),
    date(2028, 2, 29),
    date(2028, 3, 1),
]


@dataclass
class Bill:
    """A bill on paper; `paid_on` None while it is not paid."""

    coverage_month: date
    issued_on: date
    due_on: date
    paid_on: date | None = None


@dataclass
class Life:
    """What became of one person by the day of the start."""

    acts: list[Step] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)

    def unpaid(self) -> list[Bill]:
        """What is owed."""
        return [bill for bill in self.bills if bill.paid_on is None]

    def last_act(self) -> Step:
        """What they did last."""
        return self.acts[-1]


def bills_of(enrolled: Step, today: date) -> Iterator[Bill]:
    """The bills that the portal issues until `today`: the first at once, then one on the 1st of each month."""
    month = enrolled.starts_on
    assert month is not None
    yield Bill(month, enrolled.on, binder_due_on(month, enrolled.on, month))
    while issue_on(month := month_after(month)) <= today:
        issued_on = max(issue_on(month), enrolled.on)
        yield Bill(month, issued_on, due_on(month, issued_on))


def lived(today: date) -> dict[Progress, Life]:
    """Everybody's life until `today`."""
    lives = {person.number: Life() for person in PEOPLE}
    for step in (step for steps in plan(PEOPLE, today) for step in steps):
        life = lives[step.number]
        life.acts.append(step)
        if step.act is Act.ENROLL:
            life.bills = list(bills_of(step, today))
        if step.act is Act.PAY and step.card is not Card.DECLINED:
            for bill in life.unpaid():
                bill.paid_on = step.on if bill.issued_on <= step.on else None
    return {person.progress: lives[person.number] for person in PEOPLE}


def test_days_follow_each_other_and_end_by_the_present() -> None:
    """The clock only moves forward, and nobody does two things in one day, which would happen side by side."""
    for today in ANY_DAY:
        days = plan(PEOPLE, today)
        assert all(earlier[0].on < later[0].on for earlier, later in pairwise(days)), today
        assert days[-1][0].on <= today
        assert today - days[0][0].on < timedelta(days=250), today
        for steps in days:
            assert len({step.on for step in steps}) == 1, today
            assert len({step.number for step in steps}) == len(steps), today


@pytest.mark.parametrize("today", AWKWARD_DAYS, ids=str)
def test_people_enroll_then_join_then_pay(today: date) -> None:
    """Nobody logs in before the marketplace has sent them, nor pays before they are verified."""
    order = [Act.ENROLL, Act.REGISTER, Act.JOIN, Act.PAY]
    for life in lived(today).values():
        acts = [step.act for step in life.acts]
        assert acts == sorted(acts, key=order.index)
        assert acts.count(Act.ENROLL) == 1


def test_newcomers_have_one_bill_that_is_still_due_whatever_the_day() -> None:
    """Omar, Denise, Priya and Nora owe their first bill, which nobody can have missed yet."""
    for today in ANY_DAY:
        lives = lived(today)
        for progress in (Progress.BILL_DUE, Progress.DECLINED, Progress.TWO_POLICIES, Progress.ENROLLED):
            [bill] = lives[progress].unpaid()
            assert today < bill.due_on <= today + timedelta(days=26), (today, progress)
        assert lives[Progress.DECLINED].last_act() == Step(today - timedelta(days=1), 7, Act.PAY, card=Card.DECLINED), (
            today
        )


def test_soon_after_a_due_day_first_bills_are_due_within_days() -> None:
    """From the 24th on the usual due day is over; a first bill then falls due ten days after it was issued."""
    for today in (day for day in ANY_DAY if day.day >= 26):
        [bill] = lived(today)[Progress.BILL_DUE].unpaid()
        assert bill.due_on <= today + timedelta(days=6), today


def test_who_has_nothing_due_has_paid_every_bill_in_time_whatever_the_day() -> None:
    """Also on the 1st, when the newest bill has just been issued and is paid on the spot."""
    for today in ANY_DAY:
        lives = lived(today)
        for progress, bills in ((Progress.NOTHING_DUE, 4), (Progress.LONG_HISTORY, 8), (Progress.PAID, 1)):
            assert len(lives[progress].bills) == bills, (today, progress)
            for bill in lives[progress].bills:
                assert bill.paid_on is not None, (today, progress)
                assert bill.issued_on <= bill.paid_on <= bill.due_on, (today, progress)


def test_who_is_past_due_is_so_whatever_the_day() -> None:
    """Marcus paid at first; the bill for this month was due last month and was not paid, nor was the next one."""
    for today in ANY_DAY:
        life = lived(today)[Progress.PAST_DUE]
        this_month, next_month = life.unpaid()
        assert (this_month.coverage_month, next_month.coverage_month) == (month_of(today), month_of(today, 1))
        assert this_month.due_on < today
        assert len(life.bills) == 5


def test_a_long_history_has_three_cards_and_one_declined_in_between() -> None:
    """Walter changed cards, once because his was declined the day before, and once paid something extra."""
    payments = [step for step in lived(date(2026, 11, 24))[Progress.LONG_HISTORY].acts if step.act is Act.PAY]
    assert {step.card for step in payments} == set(Card)
    declined = next(place for place, step in enumerate(payments) if step.card is Card.DECLINED)
    again = payments[declined + 1]
    assert (again.card, again.on) == (Card.MASTERCARD, payments[declined].on + timedelta(days=1))
    assert [step.extra_cents for step in payments if step.extra_cents] == [5_000]


def test_the_unverified_have_an_account_and_no_more() -> None:
    """Theo stopped where the questions begin."""
    acts = lived(date(2027, 1, 1))[Progress.UNVERIFIED].acts
    assert [step.act for step in acts] == [Act.ENROLL, Act.REGISTER]


@pytest.mark.parametrize(
    ("months_later", "month"), [(0, date(2027, 1, 1)), (-1, date(2026, 12, 1)), (12, date(2028, 1, 1))]
)
def test_months_are_counted_over_the_turn_of_the_year(months_later: int, month: date) -> None:
    """December is a month before January."""
    assert month_of(date(2027, 1, 31), months_later) == month


def numbered(people: Sequence[Person]) -> list[list[str]]:
    """What must differ from person to person."""
    return [[str(person.number), person.ssn, person.username, person.email] for person in people]


def test_no_two_people_share_a_number_a_name_or_an_ssn() -> None:
    """Each has a state of their own, and an SSN of the invented series."""
    for column in zip(*numbered(PEOPLE), strict=True):
        assert len(set(column)) == len(PEOPLE)
    assert {person.progress for person in PEOPLE} == set(Progress)
    assert all(person.ssn.startswith("212-55-01") for person in PEOPLE)
