"""The promise behind the coverage clock: who pays what is told by the day that is told keeps coverage, to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import assume, example, given
from hypothesis import strategies as st

from services.payments.domain.calendar import is_bank_day
from services.payments.domain.coverage import CoverageOutlook, CoverageState, IfNotPaid
from services.payments.domain.paid_months import TOLERANCE_CENTS
from tests.payments.coverage_samples import ENROLLED_ON, Ledger

DAY = timedelta(days=1)
SETTLED = {CoverageState.PAID, CoverageState.DUE}


@dataclass(frozen=True)
class Story:
    """A member's price and payments: the days after enrollment on which so many percent of a month are paid."""

    premium_cents: int
    subsidy_cents: int
    payments: Sequence[tuple[int, int]]
    looked_at_after_days: int

    def ledger(self) -> Ledger:
        """What has come of it by the day on which it is looked at."""
        ledger = Ledger(premium_cents=self.premium_cents, subsidy_cents=self.subsidy_cents)
        share_cents = self.premium_cents - self.subsidy_cents
        for days, percent in sorted(self.payments):
            if days <= self.looked_at_after_days:
                ledger.pay(share_cents * percent // 100, ENROLLED_ON + timedelta(days=days))
        return ledger

    @property
    def today(self) -> date:
        """The day on which it is looked at."""
        return ENROLLED_ON + timedelta(days=self.looked_at_after_days)


PERCENTS = st.sampled_from([1, 30, 60, 94, 95, 97, 100, 100, 100, 130, 200, 300])
STORIES = st.builds(
    Story,
    premium_cents=st.integers(2_000, 90_000),
    subsidy_cents=st.sampled_from([0, 0, 1, 1_000, 1_999]),
    payments=st.lists(st.tuples(st.integers(0, 200), PERCENTS), max_size=8),
    looked_at_after_days=st.integers(0, 200),
)


def lost(before: CoverageOutlook, after: CoverageOutlook) -> bool:
    """Whether what was told to happen otherwise has happened."""
    match before.if_not_paid:
        case IfNotPaid.BECOMES_PAST_DUE:
            return after.state not in SETTLED
        case IfNotPaid.NEVER_BEGINS:
            return after.if_not_paid is IfNotPaid.NEVER_BEGINS
        case IfNotPaid.GRACE_GOES_ON:
            return after.grace_ends_on == before.grace_ends_on
        case IfNotPaid.ENDS_ON:
            return after.state is CoverageState.AFTER_DEADLINE and after.would_end_on == before.would_end_on
        case IfNotPaid.NONE:
            return False


def after_paying(story: Story, amount_cents: int, on: date) -> CoverageOutlook:
    """What is told on the day after the last day to pay, when so much was paid on a day before."""
    told = story.ledger().outlook(story.today)
    assert told.pay_by_on is not None
    return story.ledger().pay(amount_cents, on).outlook(told.pay_by_on + DAY)


def asked_for(story: Story) -> CoverageOutlook:
    """What is told when something is to be paid and can be still."""
    told = story.ledger().outlook(story.today)
    assume(told.pay_by_on is not None and told.pay_by_on >= story.today)
    return told


@given(STORIES)
def test_paying_what_is_told_by_the_day_that_is_told_keeps_coverage(story: Story) -> None:
    """At once or on the last day: what was told to happen otherwise does not happen."""
    told = asked_for(story)
    assert told.pay_by_on is not None
    for on in (story.today, told.pay_by_on):
        assert not lost(told, after_paying(story, told.amount_to_keep_cents, on)), on


@given(STORIES)
def test_less_than_what_is_told_does_not_keep_it(story: Story) -> None:
    """Nothing at all, or a cent less than the tolerance allows: what was told happens."""
    told = asked_for(story)
    assert told.pay_by_on is not None
    short_cents = 1 if told.if_not_paid is IfNotPaid.NEVER_BEGINS else TOLERANCE_CENTS + 1
    for amount_cents in {0, max(0, told.amount_to_keep_cents - short_cents)}:
        assert lost(told, after_paying(story, amount_cents, told.pay_by_on)), amount_cents


@given(STORIES)
@example(Story(2_000, 1, [(0, 100), (60, 100), (150, 300)], looked_at_after_days=150))
def test_what_is_told_holds_together(story: Story) -> None:
    """A sum, a bank day and a consequence are told together or not at all, and grace only to who has a subsidy.

    Only who has paid everything after the last day is told day and consequence without a sum: the insurer decides.
    """
    told = story.ledger().outlook(story.today)
    is_asked = told.amount_to_keep_cents > 0
    assert (told.pay_by_on is not None) == (told.if_not_paid is not IfNotPaid.NONE)
    assert is_asked == (told.pay_by_on is not None) or (not is_asked and told.state is CoverageState.AFTER_DEADLINE)
    assert told.pay_by_on is None or is_bank_day(told.pay_by_on)
    assert (told.state is CoverageState.AFTER_DEADLINE) == (told.pay_by_on is not None and told.pay_by_on < story.today)
    assert told.grace_ends_on is None or story.subsidy_cents > 0
    if told.if_not_paid in (IfNotPaid.ENDS_ON, IfNotPaid.GRACE_GOES_ON):
        assert told.would_end_on is not None
    else:
        assert told.would_end_on is None


@given(STORIES, st.integers(0, 150))
def test_a_day_that_passes_never_lowers_the_sum_or_moves_the_end_away(story: Story, days: int) -> None:
    """While nothing is paid, more is asked for as time goes by, and the day as of which coverage ends stays."""
    first, later = story.ledger().outlook(story.today), story.ledger().outlook(story.today + timedelta(days=days))
    assert later.amount_to_keep_cents >= first.amount_to_keep_cents
    if first.would_end_on is not None:
        assert later.would_end_on == first.would_end_on
