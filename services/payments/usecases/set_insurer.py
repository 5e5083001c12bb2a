"""Keep how members reach an insurer. Called by the operator's command, see `wiring.py`."""

from services.payments.domain.insurer import InsurerContact, unknown_contact
from services.payments.store import insurers
from shared.db import Tx


async def set_insurer(
    tx: Tx, insurer_id: str, *, name: str | None, phone: str | None, website: str | None
) -> InsurerContact:
    """The contacts as they are now: None leaves a part as it was, an empty text takes it away.

    Raises ContactInvalid.
    """
    new = unknown_contact(insurer_id)
    known = await insurers.lock(tx, insurer_id) or new
    contact = known.told(name=name, phone=phone, website=website)
    await insurers.upsert(tx, contact)
    return contact
