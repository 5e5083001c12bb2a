"""Record that the mail server refused a letter for good: an operator has to look at it."""

from datetime import datetime
from uuid import UUID

from services.notify.domain.delivery import DeliveryStatus
from services.notify.store import deliveries
from services.notify.usecases.give_up import give_up
from shared.db import Tx


async def record_refused(tx: Tx, delivery_id: UUID, reason: str, now: datetime) -> None:
    """Fail the delivery, unless another process got it through meanwhile. `now` is business time."""
    delivery = await deliveries.lock(tx, delivery_id)
    if delivery.status is DeliveryStatus.QUEUED:
        await give_up(tx, delivery.fail(), reason, now)
