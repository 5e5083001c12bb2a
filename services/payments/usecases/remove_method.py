"""Take a saved payment method away from new payments."""

from datetime import datetime
from uuid import UUID

from services.payments.store import methods
from shared import outbox
from shared.db import Tx


async def remove_method(tx: Tx, method_id: UUID, member_id: UUID, now: datetime) -> None:
    """Remove the method; payments made with it, and those under way, keep their card. Raises MethodNotFound."""
    method = await methods.lock_usable(tx, method_id, member_id)
    removed, fact = method.remove(now)
    await methods.update_removed(tx, removed)
    await outbox.add(tx, fact)
