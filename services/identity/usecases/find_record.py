"""The member record that an account's owner says to be: SSN and birth date the same, name the same person's."""

from services.identity.domain.account import Account
from services.identity.domain.member import Member
from services.identity.domain.names import same_person_name
from services.identity.store import members
from shared.db import Tx


async def find_record(tx: Tx, account: Account) -> Member | None:
    """The record, or None; whether some account is linked to it already is not looked at."""
    member = await members.find_by_ssn(tx, account.ssn_index, account.date_of_birth)
    if member is None or not same_person_name(member.legal_name, account.legal_name):
        return None
    return member
