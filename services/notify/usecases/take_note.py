"""Take note of a fact that a person is to be told, once, and queue it when we know whom to tell.

Runs inside the inbox's transaction: nothing leaves here. Next: `claim_deliveries.py` writes the letter and
`jobs.py` sends it.
"""

from uuid import uuid4

from services.notify.domain.catalog import CatalogRow, NoticedFact
from services.notify.domain.delivery import new_delivery
from services.notify.domain.notification import Notification, account_of, member_of
from services.notify.store import contacts, notifications
from shared.db import Tx
from shared.inbox import Heard
from shared.telemetry import traceparent


async def take_note(tx: Tx, row: CatalogRow, fact: NoticedFact, heard: Heard) -> None:
    """Note the fact down; the same event again, or the same fact said in another event, changes nothing.

    A fact about a member waits until an account of that member is verified; see `learn_contact.py`. One that names its
    own recipient waits for nobody.
    """
    member_id = member_of(fact)
    account_id = account_of(fact) or (await contacts.hold_account(tx, member_id) if member_id else None)
    notification = Notification(
        notification_id=uuid4(),
        event_id=heard.event_id,
        correlation_id=heard.correlation_id,
        kind=row.kind,
        fact=fact,
        account_id=account_id,
        member_id=member_id,
        noted_at=heard.now,
        version=1,
        traceparent=traceparent(),
    )
    is_addressed = account_id is not None or notification.recipient is not None
    delivery = new_delivery(uuid4(), notification.notification_id, row.channel) if is_addressed else None
    await notifications.insert(tx, notification, delivery)
