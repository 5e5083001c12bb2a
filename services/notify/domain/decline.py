"""Why a payment was declined, as far as a member can do something about it: each reason has its own words.

Next: `templates/*/payment_declined.txt` holds the words.
"""

from enum import StrEnum


class DeclineReason(StrEnum):
    """Reasons that differ in what the member is advised to do."""

    CARD_REFUSED = "card_refused"
    FUNDS = "funds"
    EXPIRED = "expired"
    DETAILS = "details"
    PROCESSOR = "processor"
    UNSAID = "unsaid"


BY_CODE = {
    "card_declined": DeclineReason.CARD_REFUSED,
    "do_not_honor": DeclineReason.CARD_REFUSED,
    "generic_decline": DeclineReason.CARD_REFUSED,
    "insufficient_funds": DeclineReason.FUNDS,
    "expired_card": DeclineReason.EXPIRED,
    "incorrect_cvc": DeclineReason.DETAILS,
    "incorrect_number": DeclineReason.DETAILS,
    "incorrect_zip": DeclineReason.DETAILS,
    "not_charged": DeclineReason.PROCESSOR,
    "processing_error": DeclineReason.PROCESSOR,
}


def decline_reason(decline_code: str | None) -> DeclineReason:
    """The reason behind a processor's code; a code that we do not know is told as "the bank did not say why"."""
    return BY_CODE.get(decline_code or "", DeclineReason.UNSAID)
