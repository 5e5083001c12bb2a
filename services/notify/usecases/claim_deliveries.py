"""Claim deliveries that are due, and write the letter of each that has none yet.

The copy is kept before the first try and every try sends it unaltered, under one Message-ID: when a process dies
after the mail server took the mail, the second one can be recognized. Next: `jobs.py` sends what was claimed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.notify.domain.contact import Contact
from services.notify.domain.delivery import Delivery, KeptCopy
from services.notify.domain.notification import NobodyToTell, Notification
from services.notify.domain.wording import one_line
from services.notify.store import contacts, copies, deliveries, notifications
from services.notify.usecases.write_letter import write_letter
from shared.db import Tx
from shared.log import describe

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Portal:
    """The portal as letters name it: its address, and the host on the right side of a Message-ID."""

    url: str
    host: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process holds, and what it is to send."""

    delivery: Delivery
    copy: KeptCopy


async def claim_deliveries(tx: Tx, *, portal: Portal, now: datetime, limit: int, lease: timedelta) -> list[Claimed]:
    """Hold up to `limit` due deliveries for `lease` of machine time; `now` is business time.

    A letter that cannot be written fails its delivery, so that it does not stand in the way of the others.
    """
    due = await deliveries.lock_due(tx, limit)
    written = await copies.list_by_delivery(tx, [delivery.delivery_id for delivery in due])
    await _write_missing(tx, [one for one in due if one.delivery_id not in written], written, portal, now)
    held = await deliveries.lease(tx, list(written), lease)
    return [Claimed(delivery, written[delivery.delivery_id]) for delivery in held]


async def _write_missing(
    tx: Tx, missing: Sequence[Delivery], written: dict[UUID, KeptCopy], portal: Portal, now: datetime
) -> None:
    told = await notifications.list_by_id(tx, [delivery.notification_id for delivery in missing])
    known = await contacts.list_by_account(tx, [one.account_id for one in told.values() if one.account_id])
    for delivery in missing:
        try:
            copy = _copy(delivery, told[delivery.notification_id], known, portal)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one fact, the others are sent
            log.error("letter_unwritable", delivery_id=delivery.delivery_id, **describe(error))
            await deliveries.update_status(tx, delivery.fail(), now, f"unwritable: {type(error).__name__}")
            continue
        await copies.insert(tx, copy)
        written[delivery.delivery_id] = copy


def _copy(delivery: Delivery, notification: Notification, known: Mapping[UUID, Contact], portal: Portal) -> KeptCopy:
    if notification.account_id is None:
        raise NobodyToTell(notification.notification_id)
    contact = known[notification.account_id]
    return KeptCopy(
        delivery_id=delivery.delivery_id,
        message_id=f"<{notification.event_id}@{portal.host}>",
        recipient=contact.email,
        recipient_name=one_line(contact.first_name),
        letter=write_letter(
            kind=notification.kind,
            fact=notification.fact,
            first_name=contact.first_name,
            language=contact.language,
            portal_url=portal.url,
        ),
        language=contact.language,
    )
