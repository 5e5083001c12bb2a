"""What people may write to support: any text, but no number that we must not keep; and the payment they mean."""

import re
import unicodedata

from stdnum import luhn

from services.identity.domain.ssn import InvalidSsn, parse_ssn

LONGEST_MESSAGE = 4_000
NOT_WRITABLE = ("Cc", "Cs")  # what our tables of characters do not know yet may be a newer smiley
CARD_LENGTHS = range(13, 20)  # ISO/IEC 7812
CARD_BEGINS_WITH = "23456"  # the ranges of payment cards (ISO/IEC 7812 and the networks' own)
CARD_GROUPS = frozenset({(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4), (6, 13)})  # as printed on cards
MOST_CARD_GROUPS = 5
_SSN = re.compile(r"(?<!\d)(\d{3})([- ]?)(\d{2})\2(\d{4})(?!\d)")
_NUMBERS = re.compile(r"\d+(?:[- ]\d+)*")
_REFERENCE = re.compile(r"HC[0-9A-HJKMNP-TV-Z]{9}")
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class InvalidMessage(ValueError):
    """The message cannot be taken; the words say why."""


class InvalidPaymentReference(ValueError):
    """This is not in the form of a payment reference number."""

    def __init__(self) -> None:
        super().__init__("A payment reference number looks like HC-7K2M-9QXA-4. Check it, or leave it out.")


class NumberNotKept(Exception):
    """The text holds what looks like a Social Security Number or a card number; it is not kept, and not shown."""


def checked_message(text: str) -> str:
    """The message, its outer blank lines removed; line breaks and tabs are fine. Raises InvalidMessage."""
    if any(unicodedata.category(character) in NOT_WRITABLE and character not in "\n\t" for character in text):
        raise InvalidMessage("This text holds control characters. Remove them.")
    if not text.strip():
        raise InvalidMessage("This must not be empty.")
    return text.strip()


def check_numbers(text: str) -> None:
    """Raise NumberNotKept where the text holds what looks like an SSN or a payment card's number."""
    plain = _plain(text)
    if any(_possible_ssn(found) for found in _SSN.finditer(plain)):
        raise NumberNotKept
    if any(_holds_card(re.split("[- ]", run)) for run in _NUMBERS.findall(plain)):
        raise NumberNotKept


def checked_payment_reference(text: str) -> str:
    """The reference in its shown form, as the look-up reads it: lower case, hyphens and O, I, L do not matter.

    Only the form: whether there is such a payment is for payments to say. Raises InvalidPaymentReference.
    """
    written = text.strip().upper().translate(_FORGIVEN)
    if _REFERENCE.fullmatch(written) is None:
        raise InvalidPaymentReference
    return f"HC-{written[2:6]}-{written[6:10]}-{written[10]}"


def _plain(text: str) -> str:
    """Digits of any script as 0 to 9, every dash as a hyphen, every space as one; what is invisible is left out."""
    return "".join(map(_plain_character, unicodedata.normalize("NFKC", text)))


def _plain_character(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    if category == "Pd" or character in ".\u2212":
        return "-"
    return " " if category == "Zs" else character


def _possible_ssn(found: "re.Match[str]") -> bool:
    try:
        parse_ssn(found[1] + found[3] + found[4])
    except InvalidSsn:
        return False
    return True


def _holds_card(groups: list[str]) -> bool:
    """Whether one group of digits, or neighbors that are grouped as on cards, are a card's number."""
    neighbors = (
        groups[first : first + count] for first in range(len(groups)) for count in range(1, MOST_CARD_GROUPS + 1)
    )
    return any(
        _is_card("".join(found))
        for found in neighbors
        if len(found) == 1 or tuple(len(group) for group in found) in CARD_GROUPS
    )


def _is_card(digits: str) -> bool:
    return len(digits) in CARD_LENGTHS and digits[0] in CARD_BEGINS_WITH and luhn.is_valid(digits)
