"""Receive a file of enrollments: once per control number. Its pieces are stored by now; a timer works through it."""

from uuid import UUID

from services.identity.domain.audit import Act, Entry
from services.identity.store import audit, import_parts, imports
from services.identity.store.imports import NewImport
from shared.db import Tx


async def receive_file(tx: Tx, new: NewImport) -> UUID:
    """The id of the import; an earlier one when the same file was sent before. Raises ControlNumberReused.

    The pieces of a file that makes no import of its own are dropped.
    """
    earlier = await imports.claim(tx, new)
    if earlier is not None:
        if earlier != new.import_id:
            await import_parts.delete(tx, new.import_id)
        return earlier
    await audit.insert(tx, Entry(Act.ENROLLMENT_FILE_RECEIVED, partner_id=new.partner_id, subject_id=new.import_id))
    return new.import_id
