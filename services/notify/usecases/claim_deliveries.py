"""Claim deliveries that are due, and write the letter of each that has none yet.

The copy is kept before the first try and every try sends it unaltered, under one Message-ID: when a process dies
after the mail server took the mail, the second one can be recognized. A one-time link is masked in the copy; its token
goes along with what was claimed. Next: `jobs.py` sends what was claimed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.notify.domain.contact import Contact
from services.notify.domain.delivery import Delivery, KeptCopy
from services.notify.domain.notification import NobodyToTell, Notification
from services.notify.domain.wording import one_line
from services.notify.store import contacts, copies, deliveries, notifications
from services.notify.usecases.give_up import give_up
from services.notify.usecases.open_links import open_links
from services.notify.usecases.write_letter import write_letter
from shared.db import Tx
from shared.log import describe

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Portal:
    """The portal as letters name it: its address, and the host on the right side of a Message-ID.

    `link_key` opens the one-time links that identity sealed.
    """

    url: str
    host: str
    link_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process holds, what it is to send, and the token of a one-time link in it.

    `traceparent` is the step of a trace that noted it, if it was traced.
    """

    delivery: Delivery
    copy: KeptCopy
    token: str | None = field(repr=False)
    traceparent: str


async def claim_deliveries(tx: Tx, *, portal: Portal, now: datetime, limit: int, lease: timedelta) -> list[Claimed]:
    """Hold up to `limit` due deliveries for `lease` of machine time; `now` is business time.

    A letter that cannot be written fails its delivery, so that it does not stand in the way of the others.
    """
    due = await deliveries.lock_due(tx, limit)
    told = await notifications.list_by_id(tx, [delivery.notification_id for delivery in due])
    tokens = await open_links(tx, due, told, portal.link_key, now)
    sendable = [one for one in due if told[one.notification_id].link is None or one.delivery_id in tokens]
    written = await copies.list_by_delivery(tx, [delivery.delivery_id for delivery in sendable])
    missing = [one for one in sendable if one.delivery_id not in written]
    await _write_missing(tx, missing, told, written, portal, now)
    held = await deliveries.lease(tx, list(written), lease)
    return [
        Claimed(one, written[one.delivery_id], tokens.get(one.delivery_id), told[one.notification_id].traceparent)
        for one in held
    ]


async def _write_missing(
    tx: Tx,
    missing: Sequence[Delivery],
    told: Mapping[UUID, Notification],
    written: dict[UUID, KeptCopy],
    portal: Portal,
    now: datetime,
) -> None:
    accounts = [told[delivery.notification_id].account_id for delivery in missing]
    known = await contacts.list_by_account(tx, [account_id for account_id in accounts if account_id is not None])
    for delivery in missing:
        try:
            copy = _copy(delivery, told[delivery.notification_id], known, portal)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one fact, the others are sent
            log.error("letter_unwritable", delivery_id=delivery.delivery_id, **describe(error))
            await give_up(tx, delivery.fail(), f"unwritable: {type(error).__name__}", now)
            continue
        await copies.insert(tx, copy)
        written[delivery.delivery_id] = copy


def _copy(delivery: Delivery, notification: Notification, known: Mapping[UUID, Contact], portal: Portal) -> KeptCopy:
    to = known[notification.account_id].recipient if notification.account_id is not None else notification.recipient
    if to is None:
        raise NobodyToTell(notification.notification_id)
    return KeptCopy(
        delivery_id=delivery.delivery_id,
        message_id=f"<{notification.event_id}@{portal.host}>",
        recipient=to.email,
        recipient_name=one_line(to.first_name or ""),
        letter=write_letter(
            kind=notification.kind,
            fact=notification.fact,
            first_name=to.first_name,
            language=to.language,
            portal_url=portal.url,
        ),
        language=to.language,
    )
