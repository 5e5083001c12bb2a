"""Open the one-time links among the deliveries that are due, and skip those whose link is over.

Links last by machine time, like sessions: the movable clock does not end them. Next: `claim_deliveries.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from services.notify.domain.delivery import Delivery
from services.notify.domain.link import is_over
from services.notify.domain.notification import Notification
from services.notify.store import deliveries
from services.notify.usecases.give_up import give_up
from shared.contracts.identity import AccountLinkRequestedV1
from shared.db import Tx
from shared.one_time import SealBroken, open_sealed

log = structlog.get_logger()


async def open_links(
    tx: Tx, due: Sequence[Delivery], told: Mapping[UUID, Notification], key: bytes, now: datetime
) -> dict[UUID, str]:
    """The tokens by delivery id. A delivery whose link is over is skipped; one that does not open is failed.

    `now` is business time. Every delivery that brings a link and is not in the answer has been given up.
    """
    links = [(delivery, link) for delivery in due if (link := told[delivery.notification_id].link) is not None]
    if not links:
        return {}
    machine_now = await deliveries.get_machine_now(tx)
    tokens: dict[UUID, str] = {}
    for delivery, link in links:
        if is_over(link, machine_now):
            log.info("delivery_skipped", delivery_id=delivery.delivery_id)
            await give_up(tx, delivery.skip(), "its link was over", now)
            continue
        token = _token(delivery, link, key)
        if token is None:
            await give_up(tx, delivery.fail(), "its link does not open", now)
        else:
            tokens[delivery.delivery_id] = token
    return tokens


def _token(delivery: Delivery, link: AccountLinkRequestedV1, key: bytes) -> str | None:
    try:
        return open_sealed(key, link.sealed_link, str(link.account_id))
    except SealBroken:
        log.error("link_unopenable", delivery_id=delivery.delivery_id)
        return None
