"""Take one enrollment in: once per control number, in the order of arrival per policy, announced in the same commit.

load     the import's claim, under the locks of the policy and the person
decide   `take_line.py`, as for each line of a file
save     the result of the line
announce what the line says
"""

from datetime import datetime
from uuid import UUID

from services.identity.domain.audit import Act, Entry
from services.identity.domain.enrollment import Enrollment, LineStatus
from services.identity.providers.keyring import KeyRing
from services.identity.store import audit, imports
from services.identity.store.imports import NewImport
from services.identity.store.locks import enrollment_locks, lock_names
from services.identity.usecases.take_line import take_line
from shared import outbox
from shared.db import Tx


async def take_enrollment(
    tx: Tx, keys: KeyRing, new: NewImport, enrollment: Enrollment, member_id: UUID, now: datetime
) -> UUID:
    """The id of the import; an earlier one when the same was sent before. Raises ControlNumberReused.

    `member_id` becomes the id of the record if a new one is needed.
    """
    earlier = await imports.claim(tx, new)
    if earlier is not None:
        return earlier
    ssn = enrollment.enrollee.ssn
    await lock_names(tx, enrollment_locks(enrollment, keys.ssn_index(ssn) if ssn else None))
    taken = await take_line(tx, keys, enrollment, 1, member_id, now)
    await imports.insert_lines(tx, new.import_id, [(enrollment.policy.insurer_id, taken.line)])
    await outbox.add(tx, *taken.facts)
    is_rejected = taken.line.status is LineStatus.REJECTED
    act = Act.ENROLLMENT_REJECTED if is_rejected else Act.ENROLLMENT_TAKEN
    await audit.insert(tx, Entry(act, partner_id=new.partner_id, subject_id=new.import_id))
    return new.import_id
