"""Queue again what mail servers refused for good, after an operator has seen to the cause."""

from datetime import datetime

from services.notify.store import deliveries
from shared.db import Tx


async def resend_failed(tx: Tx, now: datetime, limit: int) -> int:
    """Queue up to `limit` failed deliveries again; returns how many that were. `now` is business time."""
    failed = await deliveries.lock_failed(tx, limit)
    for delivery in failed:
        await deliveries.update_status(tx, delivery.queue_again(), now, "sent again by an operator")
    return len(failed)
