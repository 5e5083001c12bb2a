"""Learn how an account is reached, and queue what has waited for somebody to tell it to."""

from datetime import datetime
from uuid import uuid4

from services.notify.domain.catalog import AccountFact, row_of
from services.notify.domain.contact import contact_from
from services.notify.domain.delivery import new_delivery
from services.notify.store import contacts, deliveries, notifications
from shared.db import Tx


async def learn_contact(tx: Tx, fact: AccountFact, now: datetime) -> None:
    """Apply the contact when it is newer than ours; an older one changes nothing. `now` is business time.

    From the moment at which an account is verified, it gets the notices of its member that waited for it.
    """
    contact = contact_from(fact)
    member_id = contact.verified_member_id
    if member_id is not None:
        await contacts.lock_member(tx, member_id)
    applied = await contacts.apply(tx, contact, now)
    if not applied or member_id is None:
        return
    for notification in await notifications.lock_waiting(tx, member_id):
        reached = notification.reach(contact.account_id)
        await notifications.update(tx, reached)
        delivery = new_delivery(uuid4(), reached.notification_id, row_of(reached.kind).channel)
        await deliveries.insert(tx, delivery, now)
