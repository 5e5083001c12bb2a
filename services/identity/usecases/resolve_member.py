"""Find the member record that an enrollment is about, or that there is none, or that its ids contradict each other."""

from services.identity.domain.enrollment import LineRejected
from services.identity.domain.member import Enrollee, Member
from services.identity.domain.names import name_key
from services.identity.domain.reasons import Rejection
from services.identity.store import members
from services.identity.store.enrolled_policies import Known
from services.identity.store.locks import lock_names, person_lock
from shared.db import Tx


async def resolve_member(tx: Tx, enrollee: Enrollee, ssn_index: bytes | None, policy: Known | None) -> Member | None:
    """The record: by the marketplace's id, else SSN and birth date, else name, birth date and ZIP, else the policy.

    Raises LineRejected when these name different people. Runs under the locks of `take_line`.
    """
    by_exchange_id = None
    if enrollee.exchange_member_id is not None:
        by_exchange_id = await members.find_by_exchange_id(tx, enrollee.exchange_member_id)
    by_ssn = await members.find_by_ssn(tx, ssn_index, enrollee.date_of_birth) if ssn_index is not None else None
    if by_exchange_id is not None and not by_exchange_id.agrees_with(enrollee, ssn_index):
        raise LineRejected(Rejection.MEMBER_CONFLICT)
    found = by_exchange_id or by_ssn or await _by_name(tx, enrollee, ssn_index)
    if policy is not None:
        found = await _owner(tx, policy, found, enrollee, ssn_index)
    if found is not None:
        await _check_nobody_else(tx, found, enrollee, ssn_index)
    return found


async def _by_name(tx: Tx, enrollee: Enrollee, ssn_index: bytes | None) -> Member | None:
    """One record alone with this name, birth date and ZIP, unless another SSN or marketplace id speaks against it."""
    if enrollee.address is None:
        return None
    found = [
        member
        for member in await members.list_by_name(
            tx, enrollee.date_of_birth, name_key(enrollee.legal_name), enrollee.address.zip_code
        )
        if not _differs(member.ssn_index, ssn_index)
        and not _differs(member.exchange_member_id, enrollee.exchange_member_id)
    ]
    return found[0] if len(found) == 1 else None


async def _check_nobody_else(tx: Tx, found: Member, enrollee: Enrollee, ssn_index: bytes | None) -> None:
    """A corrected SSN or birth date must not make the record the double of another one."""
    index = ssn_index or found.ssn_index
    if index is None:
        return
    await lock_names(tx, [person_lock(index)])
    other = await members.find_by_ssn(tx, index, enrollee.date_of_birth)
    if other is not None and other.member_id != found.member_id:
        raise LineRejected(Rejection.MEMBER_CONFLICT)


def _differs(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


async def _owner(tx: Tx, policy: Known, found: Member | None, enrollee: Enrollee, ssn_index: bytes | None) -> Member:
    """A policy stays with its member: nobody gets another's bills by sending their policy number."""
    owner = await members.find(tx, policy.member_id)
    if owner is None or (found is not None and found.member_id != owner.member_id):
        raise LineRejected(Rejection.POLICY_CONFLICT)
    if not owner.agrees_with(enrollee, ssn_index):
        raise LineRejected(Rejection.POLICY_CONFLICT)
    return owner
