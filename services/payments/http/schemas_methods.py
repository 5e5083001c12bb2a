"""What comes in and goes out for payment methods; `http/methods.py` uses it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator

from services.payments.domain.method import Method
from services.payments.http.schemas_payments import CardToken, CardType
from shared.http.models import Input, Output, short_text

MOST_DIGITS = 8  # "Visa 4242", "joint card 2027"; a card's whole number has 12 at least


def _no_number(label: str) -> str:
    if sum(character.isdecimal() for character in label) > MOST_DIGITS:
        raise ValueError("Leave the number of the card out of its name: we must not keep it.")
    return label


class NewMethod(Input):
    """A card to be saved, as a token of the card processor; `label` is what the member calls it."""

    type: CardType
    token: CardToken
    label: Annotated[short_text(60), AfterValidator(_no_number)] | None = None  # type: ignore[valid-type] # made by a function


class MethodShown(Output):
    """A saved card; `expires` like "2030-12"."""

    method_id: UUID
    type: Literal["card"]
    brand: str
    last4: str
    expires: str
    label: str | None
    status: Literal["active"]

    @classmethod
    def of(cls, method: Method) -> "MethodShown":
        """Show a method that can be paid with."""
        return cls(
            method_id=method.method_id,
            type="card",
            brand=method.card.brand,
            last4=method.card.last4,
            expires=method.card.expires,
            label=method.label,
            status="active",
        )


class MethodsPage(Output):
    """All of a member's methods, oldest first; there is never a next page."""

    items: tuple[MethodShown, ...]
    next_cursor: None = None
