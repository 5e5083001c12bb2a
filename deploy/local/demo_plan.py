"""Who of the demo people does what on which day, so that on `today` each is where their progress says. Pure.

Counted back from the day of the first start, whichever it is. The portal issues a bill on the 1st of the month before
its coverage month, due on the 23rd or a few days later; a first bill at once, due ten days later at the earliest.
So who was enrolled less than ten days ago has a first bill that is still due, and who has not paid what was issued on
the 1st of last month is past due, on every day of the calendar. Next: `demo.py` lives through it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from deploy.local.demo_people import Person, Progress

ENROLLED_ON_DAY = 12
FIRST_PAID_ON_DAY = 15
PAY_DAYS = (6, 9, 4, 11, 7, 3)
"""Of the month, by the number of the month, for the bills after the first: always days before they are due."""
SHORT_HISTORY_MONTHS = 2
PAST_DUE_HISTORY_MONTHS = 3


class Card(StrEnum):
    """The processor's test cards that the demo people own."""

    VISA = "4242424242424242"
    MASTERCARD = "5555555555554444"
    AMEX = "378282246310005"
    DECLINED = "4000000000000002"


LONG_HISTORY_CARDS = (Card.VISA, Card.VISA, Card.MASTERCARD, Card.MASTERCARD, Card.AMEX, Card.AMEX, Card.AMEX)
"""One for each month of it: a Visa card that is declined in the third month, then two other cards."""
DECLINED_IN_MONTH = 2
EXTRA_IN_MONTH, EXTRA_CENTS = 3, 5_000


class Act(StrEnum):
    """What happens."""

    ENROLL = "the marketplace sends the enrollment"
    REGISTER = "the person makes an account"
    JOIN = "the person makes an account and verifies it"
    PAY = "the person pays what is due"


@dataclass(frozen=True, slots=True)
class Step:
    """One act of one person; `starts_on` for an enrollment, card and `extra_cents` above what is due for a payment."""

    on: date
    number: int
    act: Act
    starts_on: date | None = None
    card: Card | None = None
    extra_cents: int = 0


def plan(people: Sequence[Person], today: date) -> list[list[Step]]:
    """The steps of each day on which something happens, in order; `today` may be the last of them, never later.

    Nobody does two things on one day, so that those of a day may happen side by side.
    """
    steps = sorted((step for person in people for step in _steps(person, today)), key=lambda step: step.on)
    return [list(steps_of_day) for _, steps_of_day in groupby(steps, key=lambda step: step.on)]


def month_of(on: date, months_later: int = 0) -> date:
    """The first day of the month of `on`, or of one some months later or (below 0) earlier."""
    count = on.year * 12 + on.month - 1 + months_later
    return date(count // 12, count % 12 + 1, 1)


def _steps(person: Person, today: date) -> Iterator[Step]:
    newcomer = _Newcomer(person.number, today)
    match person.progress:
        case Progress.ENROLLED:
            yield newcomer.enrolled(days_ago=1)
        case Progress.UNVERIFIED:
            yield newcomer.enrolled(days_ago=3)
            yield newcomer.acts(Act.REGISTER, days_ago=2)
        case Progress.BILL_DUE:
            yield newcomer.enrolled(days_ago=8)
            yield newcomer.acts(Act.JOIN, days_ago=7)
        case Progress.PAID:
            yield newcomer.enrolled(days_ago=9)
            yield newcomer.acts(Act.JOIN, days_ago=7)
            yield newcomer.acts(Act.PAY, days_ago=4, card=Card.VISA)
        case Progress.DECLINED:
            yield newcomer.enrolled(days_ago=6)
            yield newcomer.acts(Act.JOIN, days_ago=4)
            yield newcomer.acts(Act.PAY, days_ago=1, card=Card.DECLINED)
        case Progress.TWO_POLICIES:
            yield newcomer.enrolled(days_ago=5)
            yield newcomer.acts(Act.JOIN, days_ago=3)
        case Progress.NOTHING_DUE:
            yield from _history(person.number, today, SHORT_HISTORY_MONTHS, unpaid=0)
        case Progress.PAST_DUE:
            yield from _history(person.number, today, PAST_DUE_HISTORY_MONTHS, unpaid=2)
        case Progress.LONG_HISTORY:
            yield from _varied(list(_history(person.number, today, len(LONG_HISTORY_CARDS) - 1, unpaid=0)))


@dataclass(frozen=True, slots=True)
class _Newcomer:
    """Somebody enrolled some days ago, whose coverage starts with the next month: one bill, the first one."""

    number: int
    today: date

    def enrolled(self, *, days_ago: int) -> Step:
        on = self.today - timedelta(days=days_ago)
        return Step(on, self.number, Act.ENROLL, starts_on=month_of(self.today, 1))

    def acts(self, act: Act, *, days_ago: int, card: Card | None = None) -> Step:
        return Step(self.today - timedelta(days=days_ago), self.number, act, card=card)


def _history(number: int, today: date, months: int, *, unpaid: int) -> Iterator[Step]:
    """Covered for some months before this one, every bill paid but the `unpaid` newest ones."""
    starts_on = month_of(today, -months)
    enrolled_in = month_of(starts_on, -1)
    yield Step(enrolled_in.replace(day=ENROLLED_ON_DAY), number, Act.ENROLL, starts_on=starts_on)
    yield Step(enrolled_in.replace(day=ENROLLED_ON_DAY + 1), number, Act.JOIN)
    yield Step(enrolled_in.replace(day=FIRST_PAID_ON_DAY), number, Act.PAY, card=Card.VISA)
    # each month, that of `today` too, brings the bill for the month after it
    for later in range(months + 1 - unpaid):
        month = month_of(starts_on, later)
        pay_on = month.replace(day=PAY_DAYS[month.month % len(PAY_DAYS)])
        yield Step(min(pay_on, today), number, Act.PAY, card=Card.VISA)


def _varied(steps: list[Step]) -> Iterator[Step]:
    """A long history as life makes it: a declined card and another one the day after, something extra, a third card."""
    beginning, monthly = steps[:3], steps[3:]
    yield from beginning
    for place, (step, card) in enumerate(zip(monthly, LONG_HISTORY_CARDS, strict=True)):
        if place == DECLINED_IN_MONTH:
            yield replace(step, on=step.on - timedelta(days=1), card=Card.DECLINED)
        yield replace(step, card=card, extra_cents=EXTRA_CENTS if place == EXTRA_IN_MONTH else 0)
