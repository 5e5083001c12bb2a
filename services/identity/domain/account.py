"""An account: somebody's way in, linked to a member record once the person has proved who they are.

    unverified ──right answers──> verified
        │  ▲
        │  └──record arrived── waiting_for_record
        └──answered, no record──────────▲

Each verb returns the new state and, where others are told, the fact; an illegal move raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from shared.contracts.identity import AccountRecordArrivedV1, AccountRegisteredV1, AccountVerifiedV1, LegalName

Language = Literal["en", "es"]


class AccountStatus(StrEnum):
    """Where an account stands; the words of the API."""

    UNVERIFIED = "unverified"
    WAITING_FOR_RECORD = "waiting_for_record"
    VERIFIED = "verified"


TRANSITIONS: Mapping[AccountStatus, frozenset[AccountStatus]] = {
    AccountStatus.UNVERIFIED: frozenset({AccountStatus.VERIFIED, AccountStatus.WAITING_FOR_RECORD}),
    AccountStatus.WAITING_FOR_RECORD: frozenset({AccountStatus.UNVERIFIED}),
    AccountStatus.VERIFIED: frozenset(),
}


class IllegalAccountMove(Exception):
    """An account cannot go from the one status to the other."""

    def __init__(self, account_id: UUID, source: AccountStatus, target: AccountStatus) -> None:
        super().__init__(f"account {account_id} cannot go from {source} to {target}")
        self.account_id = account_id


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account; the SSN stays sealed in the store, `ssn_index` finds the same number again."""

    account_id: UUID
    version: int
    status: AccountStatus
    username: str
    legal_name: LegalName
    date_of_birth: date
    ssn_index: bytes
    email: str
    phone: str | None
    language: Language
    member_id: UUID | None = None

    def registered(self, now: datetime) -> AccountRegisteredV1:
        """The fact of a new account."""
        return AccountRegisteredV1(**_told(self, now))

    def verify(self, member_id: UUID, now: datetime) -> "tuple[Account, AccountVerifiedV1]":
        """Link the account to its member record, for good. Raises IllegalAccountMove."""
        moved = replace(self._moved(AccountStatus.VERIFIED), member_id=member_id)
        return moved, AccountVerifiedV1(**_told(moved, now))

    def wait_for_record(self) -> "Account":
        """The questions were answered and there is no record yet; nobody else is told. Raises IllegalAccountMove."""
        return self._moved(AccountStatus.WAITING_FOR_RECORD)

    def record_arrived(self, now: datetime) -> "tuple[Account, AccountRecordArrivedV1]":
        """The enrollment has come: the person can verify now. Raises IllegalAccountMove."""
        moved = self._moved(AccountStatus.UNVERIFIED)
        return moved, AccountRecordArrivedV1(**_told(moved, now))

    def _moved(self, target: AccountStatus) -> "Account":
        if target not in TRANSITIONS[self.status]:
            raise IllegalAccountMove(self.account_id, self.status, target)
        return replace(self, status=target, version=self.version + 1)


def _told(account: Account, now: datetime) -> dict[str, Any]:
    """What every fact about an account carries: its full state, so that a copy needs no other."""
    return {
        "occurred_at": now,
        "version": account.version,
        "account_id": account.account_id,
        "member_id": account.member_id,
        "status": account.status.value,
        "first_name": account.legal_name.first,
        "email": account.email,
        "phone": account.phone,
        "language": account.language,
    }
