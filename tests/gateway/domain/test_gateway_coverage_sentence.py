"""The coverage clock in words: one sentence per state, in both languages, with the exact sum and the exact day."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from services.gateway.domain.coverage_sentence import SENTENCES, Standing, coverage_sentence, is_alarming
from services.gateway.domain.wording import Language
from services.gateway.http.pages.catalogs import load_translations
from services.payments.domain.coverage import CoverageState, IfNotPaid

TODAY = date(2027, 1, 4)
STANDING = Standing(
    state="due",
    if_not_paid="becomes_past_due",
    amount_cents=53_645,
    billed_cents=53_645,
    start_on=date(2026, 10, 1),
    end_on=date(2026, 11, 30),
    paid_through_on=date(2027, 1, 31),
    pay_by_on=date(2027, 1, 25),
    would_end_on=date(2026, 12, 31),
    grace_ends_on=date(2027, 3, 23),
)
ASKED_FOR = {
    ("waiting_for_premium", "none"),
    ("binder_due", "never_begins"),
    ("paid", "none"),
    ("in_flight", "none"),
    ("due", "becomes_past_due"),
    ("past_due", "ends_on"),
    ("past_due", "grace_goes_on"),
    ("after_deadline", "ends_on"),
    ("after_deadline", "never_begins"),
    ("ended", "none"),
    ("canceled", "none"),
}


def said(state: str, if_not_paid: str = "none", language: Language = Language.EN, **changed: object) -> str:
    """The sentence of a policy that stands like this."""
    say = load_translations(language).gettext
    standing = replace(STANDING, state=state, if_not_paid=if_not_paid, **changed)  # type: ignore[arg-type] # fields
    return coverage_sentence(say, language, standing, TODAY).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("state", "if_not_paid", "sentence"),
    [
        ("waiting_for_premium", "none", "The marketplace has not told us your premium yet. You will get a bill as soon "
         "as it does; there is nothing to pay now."),
        ("binder_due", "never_begins", "Your coverage begins with your first payment: pay $536.45 by the end of "
         "January 25, 2027. Otherwise it never begins."),
        ("paid", "none", "You are covered through January 31, 2027. There is nothing to pay now."),
        ("in_flight", "none", "You are covered through January 31, 2027. We received your payment and it is settling. "
         "There is nothing to do."),
        ("due", "becomes_past_due", "You are covered through January 31, 2027. Pay $536.45 by the end of "
         "January 25, 2027; after that day the bill is past due."),
        ("past_due", "ends_on", "You are in a grace period until March 23, 2027. Pay $536.45 by the end of "
         "January 25, 2027 to keep your coverage. Otherwise you are covered only through December 31, 2026."),
        ("past_due", "grace_goes_on", "You are in a grace period until March 23, 2027. Pay $536.45 by the end of "
         "January 25, 2027; after that day you will owe more. If not everything is paid by March 23, 2027, you are "
         "covered only through December 31, 2026."),
        ("after_deadline", "ends_on", "The last day to keep your coverage was January 25, 2027, and your insurer may "
         "end it as of December 31, 2026. Please call us now."),
        ("after_deadline", "never_begins", "The first payment was due by January 25, 2027, so your coverage may never "
         "begin. Please call us now."),
        ("ended", "none", "This coverage ended on November 30, 2026. If you did not expect this, please call us."),
        ("canceled", "none", "This policy was canceled before it began."),
    ],
)  # fmt: skip
def test_each_state_has_its_sentence(state: str, if_not_paid: str, sentence: str) -> None:
    """Through which day one is covered, what to pay by when, and what happens otherwise."""
    assert said(state, if_not_paid) == sentence


def test_no_state_of_payments_is_without_a_sentence() -> None:
    """What payments may answer is what the page can say; a new state there fails here."""
    assert set(SENTENCES) == ASKED_FOR
    assert {state for state, _ in SENTENCES} == set(CoverageState)
    assert {if_not_paid for _, if_not_paid in SENTENCES} == set(IfNotPaid)


@pytest.mark.parametrize(("state", "if_not_paid"), sorted(ASKED_FOR))
def test_spanish_says_the_same_sums_and_days(state: str, if_not_paid: str) -> None:
    """Another sentence, with as many figures in it, and no English one."""
    english, spanish = said(state, if_not_paid), said(state, if_not_paid, Language.ES)
    assert spanish != english
    for figure in ("$536.45", "2026", "2027", "25", "31", "23"):
        assert english.count(figure) == spanish.count(figure), spanish


def test_a_spanish_sentence_reads_like_one() -> None:
    """Days the Spanish way, sums as they stand on the bill."""
    assert said("due", "becomes_past_due", Language.ES) == (
        "Tiene cobertura hasta el 31 de enero de 2027. Pague $536.45 a más tardar el 25 de enero de 2027; "
        "después de ese día la factura estará vencida."
    )


@pytest.mark.parametrize(("state", "if_not_paid"), [("paid", "none"), ("due", "becomes_past_due")])
def test_before_its_first_day_coverage_is_not_said_to_run(state: str, if_not_paid: str) -> None:
    """Who paid in November for January is not covered in November."""
    told = said(state, if_not_paid, start_on=date(2027, 2, 1), paid_through_on=date(2027, 2, 28))
    assert told.startswith("Your coverage begins on February 1, 2027 and is paid through February 28, 2027. ")


def test_on_its_first_day_one_is_covered() -> None:
    """Not a day later."""
    assert said("paid", start_on=TODAY).startswith("You are covered through")


@pytest.mark.parametrize("state", ["paid", "in_flight"])
def test_where_nothing_is_settled_yet_no_day_is_promised(state: str) -> None:
    """The first payment still in flight: no day through which one is covered, and no gap in its place."""
    told = said(state, paid_through_on=None)
    assert "covered" not in told
    assert told == said(state).removeprefix("You are covered through January 31, 2027. ")


def test_a_sum_above_what_was_billed_is_explained() -> None:
    """In a grace period the next bill is in the sum already: it is said right after the sum."""
    told = said("past_due", "grace_goes_on", billed_cents=26_215)
    assert "you will owe more. The $536.45 include a bill that you will get before that day. If not" in told


def test_without_a_grace_period_none_is_named() -> None:
    """A policy without a subsidy has a balance that is past due, and no months to wait."""
    told = said("past_due", "ends_on", grace_ends_on=None)
    assert told.startswith("You have a past-due balance. Pay $536.45")
    assert "grace" not in told


def test_days_are_joined_so_that_a_line_does_not_end_in_them() -> None:
    """The page keeps a day on one line."""
    told = coverage_sentence(load_translations(Language.EN).gettext, Language.EN, STANDING, TODAY)
    assert "January\N{NO-BREAK SPACE}25,\N{NO-BREAK SPACE}2027" in told


def test_a_sum_that_was_billed_is_not_explained() -> None:
    """Nothing to wonder about."""
    assert "includes" not in said("past_due", "grace_goes_on")
    assert "includes" not in said("due", "becomes_past_due", billed_cents=0)


@pytest.mark.parametrize(("state", "if_not_paid"), [("something_new", "none"), ("paid", "ends_on")])
def test_a_state_of_tomorrow_says_only_what_is_certain(state: str, if_not_paid: str) -> None:
    """An older page beside a newer service invents nothing."""
    assert said(state, if_not_paid) == (
        "You are covered through January 31, 2027. Please look at your bills, or call us."
    )
    assert said(state, if_not_paid, paid_through_on=None) == "Please look at your bills, or call us."


@pytest.mark.parametrize(("state", "if_not_paid"), sorted(ASKED_FOR))
def test_a_missing_day_leaves_no_gap(state: str, if_not_paid: str) -> None:
    """Whatever is not told, the sentence is whole: it sends to the bills instead of naming no day."""
    days = ("end_on", "paid_through_on", "pay_by_on", "would_end_on", "grace_ends_on")
    for missing in product((True, False), repeat=len(days)):
        without = {name: None for name, is_missing in zip(days, missing, strict=True) if is_missing}
        for language in Language:
            told = said(state, if_not_paid, language, **without)
            assert told
            assert told == told.strip()
            assert not any(wrong in told for wrong in ("None", "%(", "  "))


@pytest.mark.parametrize("state", sorted(CoverageState))
def test_only_danger_alarms(state: str) -> None:
    """A bill that is simply due is no reason for red."""
    assert is_alarming(state) is (state in ("past_due", "after_deadline"))
