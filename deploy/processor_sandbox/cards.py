"""The test cards and what each does when charged, and the checks a card passes before it becomes a token.

Numbers follow the public habit of card processors' sandboxes. `vault` keeps what comes out of here.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from deploy.processor_sandbox.errors import FieldInvalid, NotATestCard
from deploy.processor_sandbox.requests import CardDetails

MAX_YEARS_AHEAD = 50


class CardBehavior(StrEnum):
    """What a charge to the card comes to."""

    APPROVE = "approve"
    DECLINE_CARD = "decline_card"
    DECLINE_FUNDS = "decline_funds"
    DECLINE_EXPIRED = "decline_expired"
    DECLINE_PROCESSING = "decline_processing"
    ANSWER_LATE = "answer_late"
    LOSE_ANSWER = "lose_answer"


DECLINE_CODES = {
    CardBehavior.DECLINE_CARD: "card_declined",
    CardBehavior.DECLINE_FUNDS: "insufficient_funds",
    CardBehavior.DECLINE_EXPIRED: "expired_card",
    CardBehavior.DECLINE_PROCESSING: "processing_error",
}

# 4000000000007777 has a wrong check digit and is a test card all the same: the table goes before the check.
TEST_CARDS = {
    "4242424242424242": ("visa", CardBehavior.APPROVE),
    "5555555555554444": ("mastercard", CardBehavior.APPROVE),
    "378282246310005": ("amex", CardBehavior.APPROVE),
    "4000000000000002": ("visa", CardBehavior.DECLINE_CARD),
    "4000000000009995": ("visa", CardBehavior.DECLINE_FUNDS),
    "4000000000000069": ("visa", CardBehavior.DECLINE_EXPIRED),
    "4000000000000119": ("visa", CardBehavior.DECLINE_PROCESSING),
    "4000000000006975": ("visa", CardBehavior.ANSWER_LATE),
    "4000000000007777": ("visa", CardBehavior.LOSE_ANSWER),
    "4000000000000259": ("visa", CardBehavior.APPROVE),
}


@dataclass(frozen=True, slots=True)
class Card:
    """What may be kept of a card: never its full number, never its cvc."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    behavior: CardBehavior


def passes_luhn(number: str) -> bool:
    """Tell whether the check digit of `number` (digits only) is right, by ISO/IEC 7812-1 annex B."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = (digit * 2 for digit in digits[1::2])
    return (sum(digits[::2]) + sum(digit - 9 if digit > 9 else digit for digit in doubled)) % 10 == 0


def card_from(details: CardDetails, today: date) -> Card:
    """Turn what a holder typed into what may be kept; a card is good through the last day of its month.

    Raises FieldInvalid for a wrong check digit or date, NotATestCard for a number outside the table.
    """
    if details.number not in TEST_CARDS and not passes_luhn(details.number):
        raise FieldInvalid("card.number", "The card number is not right; please check its digits.")
    if details.exp_year > today.year + MAX_YEARS_AHEAD:
        raise FieldInvalid("card.exp_year", "The expiry year is too far ahead.")
    if details.exp_year < today.year:
        raise FieldInvalid("card.exp_year", "The card has expired.")
    if (details.exp_year, details.exp_month) < (today.year, today.month):
        raise FieldInvalid("card.exp_month", "The card has expired.")
    if details.number not in TEST_CARDS:
        raise NotATestCard("card.number", "Only the listed test cards are taken here; never use a real card.")
    brand, behavior = TEST_CARDS[details.number]
    return Card(brand, details.number[-4:], details.exp_month, details.exp_year, behavior)
