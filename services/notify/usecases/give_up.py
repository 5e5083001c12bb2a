"""Give a delivery up: refused for good, unwritable, or of no use any more. What it was to reveal is forgotten."""

from datetime import datetime

from services.notify.domain.delivery import Delivery
from services.notify.store import deliveries, notifications
from shared.db import Tx


async def give_up(tx: Tx, ended: Delivery, reason: str, now: datetime) -> None:
    """Keep the delivery as it has ended, and drop the one-time link that it would have carried. Business time."""
    await deliveries.update_status(tx, ended, now, reason)
    await notifications.forget_link(tx, ended.notification_id)
