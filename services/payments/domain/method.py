"""Payment methods: cards that the processor keeps for a member; we hold its id for them, brand, last four and expiry.

Another kind of method is another member of `MethodType`; `assert_never` points at each place that must know it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts.payments import MethodAddedV1, MethodRemovedV1


class MethodType(StrEnum):
    """The kinds of payment method."""

    CARD = "card"


class MethodAlreadyRemoved(Exception):
    """The method was removed before."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the processor described it; `card_id` is the processor's, `expires` is like `2030-12`."""

    card_id: str
    brand: str
    last4: str
    expires: str


@dataclass(frozen=True, slots=True)
class Method:
    """A card that a member saved to pay with again, under a `label` of their own if they like."""

    method_id: UUID
    member_id: UUID
    card: Card
    label: str | None
    added_at: datetime
    removed_at: datetime | None = None
    version: int = 1

    @property
    def is_usable(self) -> bool:
        """Whether a new payment may be made with it."""
        return self.removed_at is None

    def remove(self, now: datetime) -> tuple["Method", MethodRemovedV1]:
        """Take it away from new payments; payments made with it keep its brand and last four.

        Raises MethodAlreadyRemoved.
        """
        if not self.is_usable:
            raise MethodAlreadyRemoved(f"{self.method_id}")
        removed = replace(self, removed_at=now, version=self.version + 1)
        return removed, MethodRemovedV1(**_told(removed, now))


def add_method(
    method_id: UUID, member_id: UUID, card: Card, label: str | None, now: datetime
) -> tuple[Method, MethodAddedV1]:
    """A member saves a card."""
    method = Method(method_id, member_id, card, label, added_at=now)
    return method, MethodAddedV1(**_told(method, now))


def _told(method: Method, now: datetime) -> dict[str, object]:
    return {
        "occurred_at": now,
        "version": method.version,
        "method_id": method.method_id,
        "member_id": method.member_id,
        "type": MethodType.CARD.value,
        "brand": method.card.brand,
        "last4": method.card.last4,
        "expires": method.card.expires,
        "usable": method.is_usable,
    }
