"""What notify hears: account facts bring contacts, and the facts of the catalog are told.

Handlers only write down what is to be sent; `jobs.py` sends it after the commit.
"""

from services.notify.domain.catalog import CATALOG, CONTACT_FACTS, AccountFact, NoticedFact, rows_for
from services.notify.usecases.learn_contact import learn_contact
from services.notify.usecases.take_note import take_note
from shared.db import Tx
from shared.inbox import Heard, Subscriptions


async def hear(tx: Tx, fact: NoticedFact, heard: Heard) -> None:
    """Learn the contact that an account fact brings, then note each notice that the catalog has for the fact."""
    if isinstance(fact, AccountFact):
        await learn_contact(tx, fact, heard.now)
    for row in rows_for(type(fact)):
        await take_note(tx, row, fact, heard)


SUBSCRIPTIONS: Subscriptions = dict.fromkeys((*CONTACT_FACTS, *(row.fact for row in CATALOG)), hear)
