"""Record that the mail server took a letter, and announce it."""

from datetime import datetime
from uuid import UUID

from services.notify.domain.delivery import DeliveryStatus
from services.notify.store import deliveries, notifications
from shared import outbox
from shared.context import causation_id, correlation_id
from shared.db import Tx


async def record_sent(tx: Tx, delivery_id: UUID, now: datetime) -> None:
    """Mark it sent and say `notification.sent`, in one commit; when that was done before, nothing. Business time."""
    delivery = await deliveries.lock(tx, delivery_id)
    if delivery.status is not DeliveryStatus.QUEUED:
        return
    notification = await notifications.lock(tx, delivery.notification_id)
    told, fact = notification.tell(delivery.channel, now)
    await deliveries.update_status(tx, delivery.send(), now)
    await notifications.update(tx, told)
    if notification.link is not None:
        await notifications.forget_link(tx, notification.notification_id)
    correlation_id.set(notification.correlation_id)
    causation_id.set(str(notification.event_id))
    await outbox.add(tx, fact)
