"""Money, days and months as people read them, in English and Spanish. Next: `http/pages/rendering.py`, receipts."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from babel.dates import format_date, format_time
from babel.numbers import format_currency

from shared.clocks import NEW_YORK

BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover"}


class Language(StrEnum):
    """The languages of the pages."""

    EN = "en"
    ES = "es"

    @property
    def other(self) -> "Language":
        """The one that is offered by the switch."""
        return Language.ES if self is Language.EN else Language.EN


def locale_of(language: Language) -> str:
    """The CLDR locale of a language as it is written in the United States."""
    match language:
        case Language.EN:
            return "en_US"
        case Language.ES:
            return "es_US"
        case _:
            assert_never(language)


def money(amount_cents: int, language: Language) -> str:
    """`32150` as `$321.50`; what is taken off with a minus sign, not a hyphen."""
    said = _plain_spaces(format_currency(Decimal(amount_cents) / 100, "USD", locale=locale_of(language)))
    return said.replace("-", "\N{MINUS SIGN}")


def day(on: date, language: Language) -> str:
    """`December 23, 2026`, `23 de diciembre de 2026`."""
    return _plain_spaces(format_date(on, format="long", locale=locale_of(language)))


def day_short(on: date, language: Language) -> str:
    """`Dec 23, 2026`, `23 dic 2026`."""
    return _plain_spaces(format_date(on, format="medium", locale=locale_of(language)))


def weekday(on: date, language: Language) -> str:
    """`Wednesday, December 23`, `miércoles, 23 de diciembre`: a day that is near."""
    pattern = "EEEE, MMMM d" if language is Language.EN else "EEEE, d 'de' MMMM"
    return format_date(on, format=pattern, locale=locale_of(language))


def month(of: date | str, language: Language) -> str:
    """`2027-01` or its first day as `January 2027`, `enero de 2027`. Raises ValueError when it is no month."""
    first = date.fromisoformat(f"{of}-01") if isinstance(of, str) else of
    pattern = "MMMM y" if language is Language.EN else "MMMM 'de' y"
    return format_date(first, format=pattern, locale=locale_of(language))


def moment(at: datetime, language: Language) -> str:
    """An aware instant in New York: `December 23, 2026, 3:04 PM`."""
    local = at.astimezone(NEW_YORK)
    clock = format_time(local, format="short", tzinfo=NEW_YORK, locale=locale_of(language))
    return f"{day(local.date(), language)}, {_plain_spaces(clock)}"


def unbroken(words: str) -> str:
    """A day or the like, so that no line of a page ends within it."""
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def brand(name: str) -> str:
    """A card brand as its owner writes it; one that we do not know as the processor calls it."""
    return BRANDS.get(name.lower(), name.replace("_", " ").title())


def expiry(month_of_year: str) -> str:
    """`2030-12` as it stands on the card: `12/30`."""
    year, _, number = month_of_year.partition("-")
    return f"{number}/{year[-2:]}"


def _plain_spaces(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")
