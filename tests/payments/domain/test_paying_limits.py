"""How much may be paid at once, what a quote promises, and how many declines are too many."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.payments.domain.charge import CHECK_DELAYS, delay_before_check
from services.payments.domain.decline import DECLINE_TEXTS, decline_text, known_code
from services.payments.domain.keys import Keys
from services.payments.domain.limits import AmountAboveLimit, TooManyDeclines, check_declines
from services.payments.domain.quote import Quote
from tests.payments.billing_samples import MEMBER, a_bill, enrolled
from tests.payments.paying_samples import KEY, NOW


def test_a_year_of_premiums_may_be_paid_ahead() -> None:
    """The most is what is owed and twelve of the member's own premiums, to the cent."""
    policy = enrolled(premium_cents=50_000, subsidy_cents=20_000)
    quote = Quote(MEMBER, (a_bill(30_000), a_bill(10_000)), (policy,))
    assert quote.largest_cents == 40_000 + 12 * 30_000
    assert quote.preview(quote.largest_cents, NOW, KEY).split.credit_cents == 12 * 30_000
    with pytest.raises(AmountAboveLimit) as refused:
        quote.preview(quote.largest_cents + 1, NOW, KEY)
    assert refused.value.largest_cents == quote.largest_cents


def test_a_policy_that_is_not_billed_any_more_has_no_future_premiums() -> None:
    """Where coverage ends, or the premium is not known, only what is owed can be paid."""
    ended = replace(enrolled(), next_bill_month=None, next_bill_at=None)
    unknown = enrolled(premium_cents=None)
    free = enrolled(premium_cents=20_000, subsidy_cents=25_000)
    assert Quote(MEMBER, (a_bill(500),), (ended, unknown, free)).largest_cents == 500


def test_a_payment_counts_on_the_day_in_new_york() -> None:
    """Late in the evening it is still the same day there."""
    late = NOW.replace(hour=4) + timedelta(days=1)
    assert Quote(MEMBER, (a_bill(),), ()).preview(100, late, KEY).counts_on == date(2026, 12, 1)


def test_a_quote_changes_with_the_balance_and_only_with_it() -> None:
    """The order of bills does not matter; a payment in flight, another bill, member or key makes another quote."""
    first, second, policy = a_bill(), a_bill(), enrolled()
    quote = Quote(MEMBER, (first, second), (policy,))
    same = Quote(MEMBER, (second, first), (policy,))
    others = [
        Quote(MEMBER, (first.hold(1), second), (policy,)),
        Quote(MEMBER, (first,), (policy,)),
        Quote(policy.policy_id, (first, second), (policy,)),
        Quote(MEMBER, (first, second), ()),
    ]
    assert quote.quote_id(KEY) == same.quote_id(KEY)
    assert quote.quote_id(KEY) not in {other.quote_id(KEY) for other in others} | {quote.quote_id(b"other")}


def test_five_declines_in_an_hour_are_too_many() -> None:
    """The next try waits until the fifth-latest decline is an hour old."""
    declined_at = [NOW - timedelta(minutes=minutes) for minutes in (1, 2, 3, 4, 50)]
    check_declines(declined_at[:4], NOW)
    with pytest.raises(TooManyDeclines) as refused:
        check_declines(declined_at, NOW)
    assert refused.value.retry_after_seconds == 10 * 60 + 1
    check_declines(declined_at, NOW + timedelta(minutes=10))


def test_the_processor_is_asked_for_five_days() -> None:
    """After 5 s, 30 s, 5 min, 1 h and five days it is a person's turn."""
    delays = [delay_before_check(done) for done in range(10)]
    assert delays[:4] == [timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1)]
    assert delays[4:9] == [timedelta(days=1)] * 5
    assert delays[9] is None
    assert len(CHECK_DELAYS) == 9


def test_every_decline_says_that_nothing_was_charged_and_what_to_do() -> None:
    """Plain words for every code; a code nobody knows is told as a general refusal."""
    assert all("You were not charged" in text for text in DECLINE_TEXTS.values())
    assert known_code("do_not_honor\n") == known_code(None) == known_code(17) == "card_declined"
    assert known_code("expired_card") == "expired_card"
    assert decline_text("from the future") == decline_text("card_declined")


def test_keys_are_drawn_apart_and_never_shown() -> None:
    """The key of references is not that of quotes, and neither appears when the object is printed."""
    keys = Keys.from_secret("a secret of thirty-two characters")
    assert keys.reference != keys.quote
    assert repr(keys) == "Keys()"
