"""Which days a payment may be put off to, until when it can be canceled, and what it charges on its day."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.bill import Bill, BillStatus
from services.payments.domain.payment import NotCancelable, PaymentStatus, schedule
from services.payments.domain.policy import Policy
from services.payments.domain.quote import Quote
from services.payments.domain.schedule import (
    AmountRule,
    CancelReason,
    PayOnNotAllowed,
    Schedule,
    TooLateToCancel,
    amount_rule,
    check_pay_on,
    latest_pay_on,
)
from shared.clocks import business_day
from shared.contracts.payments import PaymentAcceptedV1, PaymentCanceledV1, PaymentScheduledV1
from tests.payments.billing_samples import MEMBER, a_bill, enrolled, new_york
from tests.payments.paying_samples import KEY, NOW, VISA, a_payment

TODAY = date(2026, 12, 1)
LATER = date(2026, 12, 10)


def a_quote(*bills: Bill, policies: tuple[Policy, ...] = ()) -> Quote:
    """What is owed on some bills; with a policy, months ahead may be paid too."""
    return Quote(MEMBER, bills, policies)


def agreed(amount_cents: int = 30_000, rule: AmountRule = AmountRule.OWED) -> Schedule:
    """An agreement for December 10, over all policies."""
    return Schedule(LATER, rule, amount_cents, None)


def test_the_last_day_is_the_last_due_day_of_what_is_owed() -> None:
    """Two months owed: until the later one is due. What is paid, in flight or due by now gives no day."""
    january, february = a_bill(), a_bill(due_on=date(2027, 1, 25))
    assert latest_pay_on([january, february], TODAY) == date(2027, 1, 25)
    covered = a_bill(due_on=date(2027, 2, 23), in_flight_cents=30_000)
    assert latest_pay_on([january, covered], TODAY) == date(2026, 12, 23)
    assert latest_pay_on([january], date(2026, 12, 22)) == date(2026, 12, 23)
    assert latest_pay_on([january], date(2026, 12, 23)) is None
    assert latest_pay_on([a_bill(due_on=date(2026, 11, 23), status=BillStatus.PAST_DUE)], TODAY) is None
    assert latest_pay_on([], TODAY) is None


@pytest.mark.parametrize("day", [TODAY, date(2026, 12, 2), date(2026, 12, 23)])
def test_today_and_every_day_until_the_last_are_taken(day: date) -> None:
    """A payment can be made today, tomorrow, or on the due day itself."""
    check_pay_on(day, [a_bill()], TODAY)


@pytest.mark.parametrize("day", [date(2026, 11, 30), date(2026, 12, 24), date.min, date.max])
def test_days_outside_are_refused_with_the_last_that_is_taken(day: date) -> None:
    """Yesterday, the day after the due day, and the ends of the calendar."""
    with pytest.raises(PayOnNotAllowed) as refused:
        check_pay_on(day, [a_bill()], TODAY)
    assert refused.value.latest_pay_on == date(2026, 12, 23)


def test_with_nothing_due_later_only_today_is_taken() -> None:
    """What is past due can be paid today; to put it off is not offered."""
    late = a_bill(due_on=date(2026, 11, 23), status=BillStatus.PAST_DUE)
    check_pay_on(TODAY, [late], TODAY)
    with pytest.raises(PayOnNotAllowed) as refused:
        check_pay_on(date(2026, 12, 2), [late], TODAY)
    assert refused.value.latest_pay_on is None


def test_it_runs_in_the_morning_and_can_be_canceled_until_the_evening_before() -> None:
    """06:00 and 20:00 as clocks in New York show them, in winter and on the days on which they are changed."""
    assert agreed().run_at == new_york("2026-12-10 06:00")
    assert agreed().cancel_until == new_york("2026-12-09 20:00")
    spring = Schedule(date(2027, 3, 14), AmountRule.OWED, 100, None)
    assert spring.run_at == datetime(2027, 3, 14, 10, tzinfo=UTC)
    assert spring.cancel_until == datetime(2027, 3, 14, 1, tzinfo=UTC)
    autumn = Schedule(date(2027, 11, 7), AmountRule.OWED, 100, None)
    assert autumn.run_at == datetime(2027, 11, 7, 11, tzinfo=UTC)
    assert autumn.cancel_until == datetime(2027, 11, 7, 0, tzinfo=UTC)


@given(st.dates(date(2026, 1, 1), date(2040, 1, 1)))
def test_nobody_is_charged_before_the_cut_off_or_after_the_day(day: date) -> None:
    """On any day of the year the run lies after the cut-off, and on the agreed day in New York."""
    planned = Schedule(day, AmountRule.OWED, 100, None)
    assert planned.cancel_until < planned.run_at
    assert business_day(planned.run_at) == day
    assert business_day(planned.cancel_until) == day - timedelta(days=1)


def test_who_agrees_to_what_is_owed_pays_what_is_owed() -> None:
    """The exact sum owed is the rule "what I owe"; any other amount was meant as it is."""
    assert amount_rule(30_000, 30_000) is AmountRule.OWED
    assert amount_rule(29_999, 30_000) is AmountRule.FIXED
    assert amount_rule(60_000, 30_000) is AmountRule.FIXED


@pytest.mark.parametrize(
    ("rule", "owed_cents", "largest_cents", "charged_cents"),
    [
        (AmountRule.OWED, 30_000, 90_000, 30_000),
        (AmountRule.OWED, 12_000, 90_000, 12_000),
        (AmountRule.OWED, 60_000, 90_000, 30_000),
        (AmountRule.OWED, 0, 90_000, 0),
        (AmountRule.FIXED, 60_000, 90_000, 30_000),
        (AmountRule.FIXED, 12_000, 90_000, 30_000),
        (AmountRule.FIXED, 12_000, 20_000, 20_000),
        (AmountRule.FIXED, 0, 90_000, 0),
    ],
)
def test_what_is_charged_on_the_day(rule: AmountRule, owed_cents: int, largest_cents: int, charged_cents: int) -> None:
    """$300 agreed: never more; less where less is owed or allowed; nothing where nothing is owed."""
    assert agreed(rule=rule).amount_cents(owed_cents, largest_cents) == charged_cents


@given(st.sampled_from(AmountRule), st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_never_more_than_agreed_and_nothing_when_nothing_is_owed(
    rule: AmountRule, agreed_cents: int, owed_cents: int, ahead_cents: int
) -> None:
    """Whatever changes until the day, the member is not charged above what they agreed to."""
    charged_cents = agreed(agreed_cents, rule).amount_cents(owed_cents, owed_cents + ahead_cents)
    assert 0 <= charged_cents <= agreed_cents
    assert (charged_cents == 0) == (owed_cents == 0)


def test_a_quote_splits_what_is_charged_over_what_is_owed() -> None:
    """A fixed $400 with $300 owed leaves $100 of credit; what is owed leaves none."""
    quote = a_quote(a_bill(), policies=(enrolled(),))
    fixed = quote.split_at_run(agreed(40_000, AmountRule.FIXED))
    assert ([part.amount_cents for part in fixed.allocations], fixed.credit_cents) == ([30_000], 10_000)
    assert quote.split_at_run(agreed(40_000)).credit_cents == 0
    assert a_quote(policies=(enrolled(),)).split_at_run(agreed(40_000, AmountRule.FIXED)).amount_cents == 0


def test_a_preview_says_when_it_counts_and_until_when_it_can_be_canceled() -> None:
    """Today counts today and cannot be canceled; a later day counts then; after the cut-off there is no time left."""
    quote = a_quote(a_bill())
    today = quote.preview(30_000, NOW, KEY)
    assert (today.counts_on, today.cancel_until, today.latest_pay_on) == (TODAY, None, date(2026, 12, 23))
    later = quote.preview(30_000, NOW, KEY, pay_on=LATER)
    assert (later.counts_on, later.cancel_until) == (LATER, new_york("2026-12-09 20:00"))
    assert later.quote_id == today.quote_id
    tomorrow = quote.preview(30_000, new_york("2026-12-01 20:00"), KEY, pay_on=date(2026, 12, 2))
    assert tomorrow.cancel_until is None
    assert later.beside(500).already_scheduled_cents == 500


def test_scheduling_running_and_canceling_are_told_whole() -> None:
    """Each fact says the day, what was agreed and what it comes to now; the card's id at the processor is in none."""
    bill = a_bill()
    payment, told = schedule(
        uuid4(),
        reference="HC-ABCD-EFGH-J",
        member_id=MEMBER,
        split=a_quote(bill).split_at_run(agreed()),
        card=VISA,
        method_id=uuid4(),
        agreed=agreed(),
        now=NOW,
    )
    assert isinstance(told, PaymentScheduledV1)
    assert (told.status, told.scheduled_on, told.agreed_cents, told.amount_rule) == ("scheduled", LATER, 30_000, "owed")
    assert (told.cancel_until, told.version) == (new_york("2026-12-09 20:00"), 1)
    assert not payment.is_open

    run_at = agreed().run_at
    ran, accepted = payment.run(a_quote(a_bill(12_000)).split_at_run(agreed()), run_at)
    assert isinstance(accepted, PaymentAcceptedV1)
    assert (accepted.status, accepted.amount_cents, accepted.agreed_cents) == ("accepted", 12_000, 30_000)
    assert (accepted.scheduled_on, accepted.accepted_at, accepted.version) == (LATER, run_at, 2)
    assert (ran.reference, ran.card, ran.method_id) == (payment.reference, payment.card, payment.method_id)
    assert ran.charge_order.amount_cents == 12_000

    canceled, over = payment.cancel(CancelReason.NOTHING_OWED, run_at)
    assert isinstance(over, PaymentCanceledV1)
    assert (over.status, over.cancel_reason, over.version) == ("canceled", "nothing_owed", 2)
    assert canceled.status is PaymentStatus.CANCELED
    assert VISA.card_id not in told.model_dump_json() + accepted.model_dump_json() + over.model_dump_json()


def test_the_cut_off_is_kept_to_the_second() -> None:
    """A second before 20:00 it can be canceled; at 20:00, and once it was made, it cannot."""
    waiting = a_payment(status=PaymentStatus.SCHEDULED, schedule=agreed())
    cut_off = agreed().cancel_until
    waiting.check_cancelable(cut_off - timedelta(seconds=1))
    with pytest.raises(TooLateToCancel) as late:
        waiting.check_cancelable(cut_off)
    assert (late.value.cancel_until, late.value.has_run) == (cut_off, False)
    with pytest.raises(TooLateToCancel) as made:
        a_payment(status=PaymentStatus.SUCCEEDED, schedule=agreed()).check_cancelable(NOW)
    assert made.value.has_run
    with pytest.raises(NotCancelable):
        a_payment().check_cancelable(NOW)


def test_what_can_no_longer_be_canceled_offers_no_cut_off() -> None:
    """Until 20:00 the payment says until when it can be canceled; from then on, and once it has run, nothing."""
    waiting = a_payment(status=PaymentStatus.SCHEDULED, schedule=agreed())
    cut_off = agreed().cancel_until
    assert waiting.cancelable_until(NOW) == cut_off
    assert waiting.cancelable_until(cut_off - timedelta(seconds=1)) == cut_off
    assert waiting.cancelable_until(cut_off) is None
    assert a_payment(status=PaymentStatus.SUCCEEDED, schedule=agreed()).cancelable_until(NOW) is None
    assert a_payment().cancelable_until(NOW) is None
