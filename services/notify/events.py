"""What notify hears: account facts bring contacts, and the facts of the catalog are told.

Handlers only write down what is to be sent, all that was heard together in one go; `jobs.py` sends it after the commit.
"""

from collections.abc import Sequence

from services.notify.domain.catalog import CATALOG, CONTACT_FACTS, AccountFact, NoticedFact, rows_for
from services.notify.domain.notification import Notification
from services.notify.usecases.learn_contact import learn_contact
from services.notify.usecases.take_note import make_note, take_notes
from shared.db import Tx
from shared.inbox import Heard, Subscriptions


async def hear(tx: Tx, fact: NoticedFact, heard: Heard) -> Sequence[Notification]:
    """Learn the contact that an account fact brings; the notices that the catalog has for the fact."""
    if isinstance(fact, AccountFact):
        await learn_contact(tx, fact, heard.now)
    return [make_note(row, fact, heard) for row in rows_for(type(fact))]


async def note(tx: Tx, made: Sequence[Sequence[Notification]]) -> None:
    """Note all that was made of the facts that were heard together."""
    notes = [note for notes in made for note in notes]
    if notes:
        await take_notes(tx, notes)


SUBSCRIPTIONS: Subscriptions = dict.fromkeys((*CONTACT_FACTS, *(row.fact for row in CATALOG)), hear)
