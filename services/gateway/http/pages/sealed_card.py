"""A card for this once, between two steps: the processor's token and what the member sees of the card, sealed.

Next: `pay_review.py` opens it.
"""

from dataclasses import asdict, dataclass

from services.gateway.providers.page_keys import PageKeys

PURPOSE = "card"
GOOD_FOR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class TypedCard:
    """What the processor's frame gave for a card."""

    token: str
    brand: str
    last4: str
    expires: str


def seal_card(keys: PageKeys, card: TypedCard) -> str:
    """Readable to us alone, for an hour."""
    return keys.seal(PURPOSE, asdict(card), GOOD_FOR_SECONDS)


def open_card(keys: PageKeys, sealed: str) -> TypedCard | None:
    """The card; None when its hour is over or it is none of ours."""
    told = keys.unseal(PURPOSE, sealed)
    return None if told is None else TypedCard(**told)
