"""Put a delivery off: the mail server is away, or said "not now"."""

from services.notify.domain.delivery import Delivery, DeliveryStatus, retry_delay
from services.notify.store import deliveries
from shared.db import Tx


async def postpone_delivery(tx: Tx, claimed: Delivery, reason: str) -> None:
    """Let it be tried again after a delay that grows with its tries.

    When another process holds it by now, because our lease ran out, its word counts and nothing changes here.
    """
    delivery = await deliveries.lock(tx, claimed.delivery_id)
    if delivery.status is DeliveryStatus.QUEUED and delivery.attempts == claimed.attempts:
        await deliveries.postpone(tx, delivery.delivery_id, retry_delay(delivery.attempts), reason)
