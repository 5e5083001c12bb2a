"""Save a card that the processor keeps as a payment method of a member."""

from datetime import datetime
from uuid import UUID

from services.payments.domain.method import Card, Method
from services.payments.domain.method import add_method as add
from services.payments.store import methods
from shared import outbox
from shared.db import Tx


async def add_method(
    tx: Tx, method_id: UUID, member_id: UUID, *, card: Card, label: str | None, now: datetime
) -> Method:
    """Save the card under `method_id`; the same card again (a token sent twice) is the method that is there."""
    method, fact = add(method_id, member_id, card, label, now)
    if await methods.insert(tx, method):
        await outbox.add(tx, fact)
        return method
    known = await methods.find_by_card(tx, member_id, card.card_id)
    if known is not None:
        return known
    return await add_method(tx, method_id, member_id, card=card, label=label, now=now)  # it was removed just now
