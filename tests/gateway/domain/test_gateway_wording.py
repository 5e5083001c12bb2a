"""Money and days as members read them."""

from datetime import UTC, date, datetime

import pytest

from services.gateway.domain import wording
from services.gateway.domain.wording import Language

EN, ES = Language.EN, Language.ES


@pytest.mark.parametrize(
    ("language", "money", "day", "short", "month", "moment"),
    [
        (EN, "$1,234.50", "December 23, 2026", "Dec 23, 2026", "January 2027", "December 23, 2026, 11:59 PM"),
        (ES, "$1,234.50", "23 de diciembre de 2026", "23 dic 2026", "enero de 2027",
         "23 de diciembre de 2026, 11:59 p.m."),
    ],
)  # fmt: skip
def test_each_language_has_its_way(
    language: Language, money: str, day: str, short: str, month: str, moment: str
) -> None:
    """The same facts, as people write them in English and in Spanish; times are New York's."""
    assert wording.money(123450, language) == money
    assert wording.day(date(2026, 12, 23), language) == day
    assert wording.day_short(date(2026, 12, 23), language) == short
    assert wording.month("2027-01", language) == wording.month(date(2027, 1, 1), language) == month
    assert wording.moment(datetime(2026, 12, 24, 4, 59, tzinfo=UTC), language) == moment


@pytest.mark.parametrize("language", [EN, ES])
def test_what_is_taken_off_has_a_minus_sign(language: Language) -> None:
    """Not a hyphen, which a screen reader passes over."""
    assert wording.money(-21_000, language) == "\N{MINUS SIGN}$210.00"


def test_cards_are_named_as_their_owners_do() -> None:
    """Visa, not visa; 12/30 as it stands on the card."""
    assert [wording.brand(name) for name in ("visa", "amex", "some_card")] == ["Visa", "American Express", "Some Card"]
    assert wording.expiry("2030-12") == "12/30"


def test_each_language_offers_the_other() -> None:
    """The switch leads there and back."""
    assert (EN.other, ES.other) == (ES, EN)
