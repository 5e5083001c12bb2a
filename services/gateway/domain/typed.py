"""What people type, read the way they mean it: sums of money, and dates in three fields. Pure.

Next: `http/pages/` turn None into words beside the field.
"""

import re
from datetime import date

AMOUNT = re.compile(r"\$?\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9})(?:\.([0-9]{0,2}))?", re.ASCII)
SMALL_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)


def amount_cents(text: str) -> int | None:
    """`1,234.5`, `$ 1234.50`, `1234` in cents; None for anything else, a third decimal place included."""
    found = AMOUNT.fullmatch(text.strip())
    if found is None:
        return None
    dollars, cents = found[1].replace(",", ""), (found[2] or "").ljust(2, "0")
    return int(dollars) * 100 + int(cents)


def date_of(month: str, day: str, year: str) -> date | None:
    """A date from three fields; None when it is none. The year has four digits."""
    parts = [part.strip() for part in (year, month, day)]
    if not all(SMALL_NUMBER.fullmatch(part) for part in parts) or len(parts[0]) != 4:
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None
