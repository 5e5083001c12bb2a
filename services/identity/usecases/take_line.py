"""Take one line of an import: an enrollment, whether it came alone as JSON or in a file. One way for both.

load     the policy and the member record (the caller holds `enrollment_locks`: two at once may make neither twice)
decide   accepted | unchanged | rejected
save     member record, policy with its next version, dependents
announce member.enrolled; account.record_arrived for accounts that waited for this record: the caller writes them down
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.identity.domain.enrollment import Enrollment, Line, LineRejected, LineStatus
from services.identity.domain.member import AddressMissing, Member, new_member
from services.identity.domain.names import same_person_name
from services.identity.domain.reasons import LineWarning, Rejection
from services.identity.providers.keyring import KeyRing
from services.identity.store import accounts, enrolled_dependents, enrolled_policies, members
from services.identity.store.enrolled_policies import Known
from services.identity.usecases.resolve_member import resolve_member
from shared.db import Tx
from shared.fact import Fact

ENDED = ("cancel", "terminate")


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of a line, and what has to be announced in the same commit."""

    line: Line
    facts: tuple[Fact, ...] = ()


async def take_line(
    tx: Tx, keys: KeyRing, enrollment: Enrollment, line_number: int, member_id: UUID, now: datetime
) -> Taken:
    """The line's result; what is wrong with it is a rejection. `member_id` becomes the id of a new record."""
    policy = enrollment.policy
    line = Line(line_number, LineStatus.UNCHANGED, policy.policy_number, enrollment.warnings, None)
    try:
        return await _take(tx, keys, enrollment, line, member_id, now)
    except LineRejected as rejected:
        warnings = tuple(it for it in line.warnings if it is not LineWarning.ADDRESS_MISSING)  # here nothing stays
        return Taken(replace(line, status=LineStatus.REJECTED, rejection=rejected.rejection, warnings=warnings))


async def _take(tx: Tx, keys: KeyRing, enrollment: Enrollment, line: Line, member_id: UUID, now: datetime) -> Taken:
    enrollee, policy = enrollment.enrollee, enrollment.policy
    ssn_index = keys.ssn_index(enrollee.ssn) if enrollee.ssn else None
    facts_hash = keys.keyed_hash(b"enrollment-facts", enrollment.facts)
    known = await enrolled_policies.lock(tx, policy.insurer_id, policy.policy_number)
    line = replace(line, dependents=len(enrollment.dependents.covered))
    if known is not None and _says_what_is_known(enrollment, facts_hash, known):
        if enrollment.is_audit and enrollment.dependents.is_complete:
            await enrolled_dependents.save(tx, policy.insurer_id, policy.policy_number, enrollment.dependents)
        return Taken(replace(line, member_id=known.member_id))
    if known is not None and enrollment.is_audit:
        enrollment, line = replace(enrollment, action="change"), _audited(enrollment, line, known)
    found = await resolve_member(tx, enrollee, ssn_index, known)
    try:
        member = found.updated_from(enrollee, ssn_index) if found else new_member(member_id, enrollee, ssn_index)
    except AddressMissing:
        raise LineRejected(Rejection.ADDRESS_MISSING) from None
    version = known.version + 1 if known else 1
    latest = Known(member.member_id, version, enrollment.content_hash, facts_hash, enrollment.action)
    await _save(tx, keys, enrollment, member, latest, is_new=found is None)
    facts = (enrollment.announced(member, version, now), *await _wake_waiting(tx, member, now))
    return Taken(replace(line, status=LineStatus.ACCEPTED, member_id=member.member_id, policy_version=version), facts)


def _says_what_is_known(enrollment: Enrollment, facts_hash: bytes, known: Known) -> bool:
    """An audit asks for nothing: it is enough that its facts are known."""
    return known.content_hash == enrollment.content_hash or (enrollment.is_audit and known.facts_hash == facts_hash)


def _audited(enrollment: Enrollment, line: Line, known: Known) -> Line:
    if known.action in ENDED and enrollment.policy.coverage_end_on is None:
        return replace(line, warnings=(*line.warnings, LineWarning.AUDIT_DIFFERS))
    return line


async def _save(tx: Tx, keys: KeyRing, enrollment: Enrollment, member: Member, latest: Known, *, is_new: bool) -> None:
    ssn, policy = enrollment.enrollee.ssn, enrollment.policy
    sealed = keys.seal(ssn.digits.encode(), f"member:{member.member_id}") if ssn else None
    await (members.insert if is_new else members.update)(tx, member, sealed)
    await enrolled_policies.upsert(tx, enrollment, latest)
    await enrolled_dependents.save(tx, policy.insurer_id, policy.policy_number, enrollment.dependents)
    await enrolled_policies.insert_choices(tx, policy.plan, member.address.zip_code)


async def _wake_waiting(tx: Tx, member: Member, now: datetime) -> list[Fact]:
    """Accounts that answered before the record came can verify now, and are told."""
    facts: list[Fact] = []
    if member.ssn_index is None:
        return facts
    for account in await accounts.lock_waiting(tx, member.ssn_index):
        if account.date_of_birth == member.date_of_birth and same_person_name(account.legal_name, member.legal_name):
            woken, fact = account.record_arrived(now)
            await accounts.update_status(tx, woken)
            facts.append(fact)
    return facts
