"""Take one enrollment in: once per control number, in the order of arrival per policy, announced in the same commit.

load     the import's claim, the policy, the member record (under locks: two at once may make neither twice)
decide   accepted | unchanged | rejected
save     member record, policy with its next version, result of the line
announce member.enrolled; account.record_arrived for accounts that waited for this record
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.identity.domain.audit import Act, Entry
from services.identity.domain.enrollment import Enrollment, Line, LineRejected, LineStatus
from services.identity.domain.member import Member, new_member
from services.identity.domain.names import name_key, same_person_name
from services.identity.providers.keyring import KeyRing
from services.identity.store import accounts, audit, enrolled_policies, imports, members
from services.identity.store.enrolled_policies import Known
from services.identity.store.imports import NewImport
from services.identity.store.locks import lock_names, person_lock
from services.identity.usecases.resolve_member import resolve_member
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
    act = Act.ENROLLMENT_TAKEN
    try:
        line = await _take_line(tx, keys, enrollment, member_id, now)
    except LineRejected as rejected:
        act = Act.ENROLLMENT_REJECTED
        number = enrollment.policy.policy_number
        line = Line(1, LineStatus.REJECTED, number, enrollment.warnings, rejected.rejection)
    await imports.insert_line(tx, new.import_id, enrollment.policy.insurer_id, line)
    await audit.insert(tx, Entry(act, partner_id=new.partner_id, subject_id=new.import_id))
    return new.import_id


async def _take_line(tx: Tx, keys: KeyRing, enrollment: Enrollment, member_id: UUID, now: datetime) -> Line:
    enrollee, policy = enrollment.enrollee, enrollment.policy
    ssn_index = keys.ssn_index(enrollee.ssn) if enrollee.ssn else None
    await lock_names(tx, _locks(enrollment, ssn_index))
    known = await enrolled_policies.lock(tx, policy.insurer_id, policy.policy_number)
    line = Line(1, LineStatus.UNCHANGED, policy.policy_number, enrollment.warnings, None)
    if known is not None and known.content_hash == enrollment.content_hash:
        return replace(line, member_id=known.member_id)
    found = await resolve_member(tx, enrollee, ssn_index, known)
    member = found.updated_from(enrollee, ssn_index) if found else new_member(member_id, enrollee, ssn_index)
    version = known.version + 1 if known else 1
    await _save_member(tx, keys, enrollment, member, is_new=found is None)
    await enrolled_policies.upsert(tx, enrollment, Known(member.member_id, version, enrollment.content_hash))
    await enrolled_policies.insert_choices(tx, policy.plan, enrollee.address.zip_code)
    await outbox.add(tx, enrollment.announced(member, version, now))
    await _wake_waiting(tx, member, now)
    return replace(line, status=LineStatus.ACCEPTED, member_id=member.member_id, policy_version=version)


def _locks(enrollment: Enrollment, ssn_index: bytes | None) -> list[str]:
    enrollee, policy = enrollment.enrollee, enrollment.policy
    names = [
        f"policy:{policy.insurer_id}|{policy.policy_number}",
        f"name:{enrollee.date_of_birth}|{name_key(enrollee.legal_name)}",
    ]
    if enrollee.exchange_member_id is not None:
        names.append(f"exchange:{enrollee.exchange_member_id}")
    if ssn_index is not None:
        names.append(person_lock(ssn_index))
    return names


async def _save_member(tx: Tx, keys: KeyRing, enrollment: Enrollment, member: Member, *, is_new: bool) -> None:
    ssn = enrollment.enrollee.ssn
    sealed = keys.seal(ssn.digits.encode(), f"member:{member.member_id}") if ssn else None
    await (members.insert if is_new else members.update)(tx, member, sealed)


async def _wake_waiting(tx: Tx, member: Member, now: datetime) -> None:
    """Accounts that answered before the record came can verify now, and are told."""
    if member.ssn_index is None:
        return
    for account in await accounts.lock_waiting(tx, member.ssn_index):
        if account.date_of_birth == member.date_of_birth and same_person_name(account.legal_name, member.legal_name):
            woken, fact = account.record_arrived(now)
            await accounts.update_status(tx, woken)
            await outbox.add(tx, fact)
