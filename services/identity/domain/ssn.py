"""Social Security Numbers: their form, and a value that never prints itself. Next: `providers/keyring.py`."""

import re
from dataclasses import dataclass

from stdnum.us import ssn as us_ssn

FORM = re.compile(r"([0-9]{3})([- ]?)([0-9]{2})\2([0-9]{4})")


class InvalidSsn(ValueError):
    """This is not a Social Security Number: nine digits, such as 123-45-6789."""

    def __init__(self) -> None:
        super().__init__("This is not a Social Security Number: nine digits, such as 123-45-6789.")


@dataclass(frozen=True, slots=True, repr=False)
class Ssn:
    """Nine digits of a possible number; `repr` and `str` show no digit."""

    digits: str

    def __repr__(self) -> str:
        return "Ssn(***)"

    __str__ = __repr__

    @property
    def last4(self) -> str:
        """The four digits that may be shown to the person."""
        return self.digits[-4:]


def parse_ssn(text: str) -> Ssn:
    """Read `123456789`, `123-45-6789` or `123 45 6789`.

    Never 000, 666 or 9xx in front, 00 in the middle or 0000 at the end (SSA, since the randomization of 2011), nor a
    number that advertisements made known. Raises InvalidSsn, whose text does not repeat the input.
    """
    found = FORM.fullmatch(text.strip())
    if found is None:
        raise InvalidSsn
    digits = found[1] + found[3] + found[4]
    if not us_ssn.is_valid(digits):
        raise InvalidSsn
    return Ssn(digits)
