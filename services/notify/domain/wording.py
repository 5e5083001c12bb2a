"""Values as people read them: money, days and months in the reader's language, and text that stays on its line.

Next: `usecases/write_letter.py` gives these to the templates.
"""

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import assert_never

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency

from services.notify.domain.catalog import Language
from shared.clocks import NEW_YORK

NO_BREAK_SPACE = "\u00a0"
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
BREAKING_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover"}


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
    """`32150` as `$321.50`."""
    return _plain_spaces(format_currency(Decimal(amount_cents) / 100, "USD", locale=locale_of(language)))


def day(on: date, language: Language) -> str:
    """A calendar day: `December 23, 2026`, `23 de diciembre de 2026`."""
    return _plain_spaces(format_date(on, format="long", locale=locale_of(language)))


def new_york_time(at: datetime, language: Language) -> str:
    """An aware instant as day and time of day in New York, where due days count; the zone is named by the template.

    The hour stays with its AM or PM on one line.
    """
    local = at.astimezone(NEW_YORK)
    clock = format_datetime(local, "h:mm a", tzinfo=NEW_YORK, locale=locale_of(language))
    return f"{day(local.date(), language)}, {_plain_spaces(clock).replace(' ', NO_BREAK_SPACE)}"


def month(coverage_month: str, language: Language) -> str:
    """`2027-01` as `January 2027`, `enero de 2027`. Raises ValueError when it is no month."""
    first = date.fromisoformat(f"{coverage_month}-01")
    pattern = "MMMM y" if language is Language.EN else "MMMM 'de' y"
    return format_date(first, format=pattern, locale=locale_of(language))


def brand(method_brand: str) -> str:
    """A card brand as its owner writes it; one that we do not know as the processor calls it."""
    return BRANDS.get(method_brand.lower(), method_brand.replace("_", " ").title())


def device(name: str, language: Language) -> str:
    """A device as identity names it, `Chrome on Android`, in the reader's language."""
    if language is Language.EN:
        return name
    return "Dispositivo desconocido" if name == "Unknown device" else name.replace(" on ", " en ")


def one_line(text: str) -> str:
    """Text that cannot begin a new line, a header or turn the reading direction; any alphabet stays as it is.

    What must not be broken is not: no-break spaces stay.
    """
    kept = (
        " " if unicodedata.category(char) in BREAKING_CATEGORIES else char for char in text if char not in BIDI_CONTROLS
    )
    return " ".join(word for word in "".join(kept).split(" ") if word)


def _plain_spaces(text: str) -> str:
    return text.replace("\u202f", " ").replace(NO_BREAK_SPACE, " ")
