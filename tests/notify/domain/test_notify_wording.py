"""Money, days and names as people read them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain import wording
from services.notify.domain.catalog import Language


def test_money_is_exact_to_the_cent() -> None:
    """Large and small amounts keep every cent."""
    assert wording.money(123_456_789, Language.EN) == "$1,234,567.89"
    assert wording.money(5, Language.ES) == "$0.05"


def test_a_day_reads_as_the_language_has_it() -> None:
    """English and Spanish order their dates differently."""
    assert wording.day(date(2026, 12, 23), Language.EN) == "December 23, 2026"
    assert wording.day(date(2026, 12, 23), Language.ES) == "23 de diciembre de 2026"


def test_an_instant_is_told_in_new_york() -> None:
    """Two minutes before midnight in New York is still that day, though it is the next one in UTC."""
    at = datetime(2026, 12, 24, 4, 58, tzinfo=UTC)
    assert wording.new_york_time(at, Language.EN) == "December 23, 2026, 11:58\u00a0PM"
    assert wording.new_york_time(at, Language.ES).startswith("23 de diciembre de 2026, 11:58")


def test_a_coverage_month_is_named() -> None:
    """`2027-01` is a name for machines."""
    assert wording.month("2027-01", Language.EN) == "January 2027"
    assert wording.month("2027-01", Language.ES) == "enero de 2027"


@pytest.mark.parametrize("wrong", ["2027-13", "January", ""])
def test_what_is_no_month_is_refused(wrong: str) -> None:
    """A malformed month is an error, not a strange word in a letter."""
    with pytest.raises(ValueError, match=r".+"):
        wording.month(wrong, Language.EN)


def test_brands_are_written_as_their_owners_do() -> None:
    """A brand that is not known here is shown as the processor names it."""
    assert [wording.brand(name) for name in ("visa", "amex", "diners_club")] == [
        "Visa",
        "American Express",
        "Diners Club",
    ]


@given(st.text())
def test_any_text_stays_on_one_line(text: str) -> None:
    """Whatever somebody types as a name, it begins no new line and turns no reading direction."""
    shown = wording.one_line(text)
    assert len(shown.splitlines()) <= 1
    assert not wording.BIDI_CONTROLS & set(shown)


@pytest.mark.parametrize("name", ["José", "Нина", "美咲", "فاطمه\u200cزهرا", "O'Brien-Ñuñez"])  # noqa: RUF001 - other alphabets are the point
def test_names_of_any_alphabet_stay_as_they_are(name: str) -> None:
    """Nobody's name is changed, joiners between letters included."""
    assert wording.one_line(name) == name
