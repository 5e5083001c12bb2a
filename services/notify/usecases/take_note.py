"""Take note of facts that people are to be told, each once, and queue those for whom we know whom to tell.

Runs inside the inbox's transaction: nothing leaves here. What was heard together is noted together. Next:
`claim_deliveries.py` writes the letters and `jobs.py` sends them.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from services.notify.domain.catalog import CatalogRow, NoticedFact, row_of
from services.notify.domain.delivery import Delivery, new_delivery
from services.notify.domain.notification import Notification, account_of, member_of
from services.notify.store import contacts, notifications
from shared.db import Tx
from shared.inbox import Heard
from shared.telemetry import traceparent


def make_note(row: CatalogRow, fact: NoticedFact, heard: Heard) -> Notification:
    """What is to be noted of the fact; whom to tell it to stands in it only where the fact names an account."""
    return Notification(
        notification_id=uuid4(),
        event_id=heard.event_id,
        correlation_id=heard.correlation_id,
        kind=row.kind,
        fact=fact,
        account_id=account_of(fact),
        member_id=member_of(fact),
        noted_at=heard.now,
        version=1,
        traceparent=traceparent(),
    )


async def take_notes(tx: Tx, notes: Sequence[Notification]) -> None:
    """Note them down; the same event again, or the same fact said in another event, changes nothing.

    A fact about a member waits until an account of that member is verified; see `learn_contact.py`. One that names its
    own recipient waits for nobody.
    """
    of_members = {note.member_id for note in notes if note.account_id is None and note.member_id is not None}
    accounts = await contacts.hold_accounts(tx, of_members) if of_members else {}
    addressed = [
        replace(note, account_id=accounts.get(note.member_id))
        if note.account_id is None and note.member_id is not None
        else note
        for note in notes
    ]
    # in an order that two processes share, so that they do not wait for each other in a circle
    addressed.sort(key=lambda note: (note.kind, note.told_of))
    await notifications.insert(tx, addressed, [it for note in addressed if (it := _delivery(note)) is not None])


def _delivery(note: Notification) -> Delivery | None:
    if note.account_id is None and note.recipient is None:
        return None
    return new_delivery(uuid4(), note.notification_id, row_of(note.kind).channel)
