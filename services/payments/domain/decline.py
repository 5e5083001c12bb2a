"""Why a payment was declined, in plain words, with what to do about it. The codes are ours; providers map to them."""

from typing import Final

NOT_CHARGED: Final = "not_charged"
REFUSED: Final = "card_declined"

DECLINE_TEXTS: Final[dict[str, str]] = {
    "card_declined": (
        "The bank that issued the card declined the payment. You were not charged. "
        "Call the number on the back of the card, or pay with another card."
    ),
    "insufficient_funds": (
        "The card does not have enough money or credit for this payment. You were not charged. "
        "Pay a smaller amount, or use another card."
    ),
    "expired_card": "The card has expired. You were not charged. Check the date on the card, or use another card.",
    "processing_error": (
        "The card could not be checked because of a technical problem. You were not charged. "
        "Try again in a few minutes, or use another card."
    ),
    NOT_CHARGED: (
        "We could not reach the card processor, so this payment was called off. You were not charged. "
        "Please make the payment again."
    ),
}


def known_code(code: object) -> str:
    """The code itself when it is one of ours, else the general refusal."""
    return code if isinstance(code, str) and code in DECLINE_TEXTS else REFUSED


def decline_text(code: str) -> str:
    """What to tell the member."""
    return DECLINE_TEXTS.get(code, DECLINE_TEXTS[REFUSED])
