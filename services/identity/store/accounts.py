"""Accounts and their credentials."""

from uuid import UUID

from asyncpg import Record

from services.identity.domain.account import Account, AccountStatus
from services.identity.domain.contact import email_key
from services.identity.domain.sealed import Sealed
from services.identity.domain.usernames import username_key
from shared.contracts.identity import LegalName
from shared.db import Tx

COLUMNS = """account_id, version, status, username, first_name, middle_name, last_name, suffix, date_of_birth,
       ssn_index, email, phone, language, member_id"""

INSERT = """
INSERT INTO account (account_id, version, status, username, username_key, first_name, middle_name, last_name, suffix,
                     date_of_birth, ssn_key_id, ssn_sealed, ssn_index, email, email_key, phone, language)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    ON CONFLICT (username_key) DO NOTHING
"""
FIND = f"""
SELECT {COLUMNS}
  FROM account
 WHERE account_id = $1
"""  # noqa: S608 - the column list is a constant
LOCK = FIND + "   FOR UPDATE"
LOCK_WAITING = f"""
SELECT {COLUMNS}
  FROM account
 WHERE ssn_index = $1 AND status = 'waiting_for_record'
 ORDER BY account_id
   FOR UPDATE
"""  # noqa: S608 - the column list is a constant
FIND_BY_MEMBER = "SELECT account_id FROM account WHERE member_id = $1"
FIND_SEALED_SSN = "SELECT ssn_key_id, ssn_sealed FROM account WHERE account_id = $1"
UPDATE_STATUS = """
UPDATE account
   SET version = $2, status = $3, member_id = $4,
       verified_at = CASE WHEN $3 = 'verified' THEN now() END
 WHERE account_id = $1 AND version = $2 - 1
"""


class AccountChanged(Exception):
    """The account was changed by somebody else since it was read."""


async def insert(tx: Tx, account: Account, ssn: Sealed) -> bool:
    """Write the account down; False when its user name is somebody's already."""
    name = account.legal_name
    done: str = await tx.execute(
        INSERT,
        account.account_id,
        account.version,
        account.status,
        account.username,
        username_key(account.username),
        name.first,
        name.middle,
        name.last,
        name.suffix,
        account.date_of_birth,
        ssn.key_id,
        ssn.blob,
        account.ssn_index,
        account.email,
        email_key(account.email),
        account.phone,
        account.language,
    )
    return done.endswith(" 1")


async def find(tx: Tx, account_id: UUID) -> Account | None:
    """The account, or None."""
    row = await tx.fetchrow(FIND, account_id)
    return _account(row) if row else None


async def lock(tx: Tx, account_id: UUID) -> Account | None:
    """The account, held until the transaction ends; or None."""
    row = await tx.fetchrow(LOCK, account_id)
    return _account(row) if row else None


async def lock_waiting(tx: Tx, ssn_index: bytes) -> list[Account]:
    """Accounts that wait for the record of a person with this SSN."""
    return [_account(row) for row in await tx.fetch(LOCK_WAITING, ssn_index)]


async def is_linked(tx: Tx, member_id: UUID) -> bool:
    """Whether some account is linked to the member record."""
    return await tx.fetchval(FIND_BY_MEMBER, member_id) is not None


async def find_sealed_ssn(tx: Tx, account_id: UUID) -> Sealed | None:
    """The sealed SSN of an account, or None."""
    row = await tx.fetchrow(FIND_SEALED_SSN, account_id)
    return Sealed(row["ssn_key_id"], row["ssn_sealed"]) if row else None


async def update_status(tx: Tx, account: Account) -> None:
    """Write status, link and version. Raises AccountChanged when it was not locked."""
    done: str = await tx.execute(UPDATE_STATUS, account.account_id, account.version, account.status, account.member_id)
    if not done.endswith(" 1"):
        raise AccountChanged


def _account(row: Record) -> Account:
    return Account(
        account_id=row["account_id"],
        version=row["version"],
        status=AccountStatus(row["status"]),
        username=row["username"],
        legal_name=LegalName(
            first=row["first_name"], middle=row["middle_name"], last=row["last_name"], suffix=row["suffix"]
        ),
        date_of_birth=row["date_of_birth"],
        ssn_index=row["ssn_index"],
        email=row["email"],
        phone=row["phone"],
        language=row["language"],
        member_id=row["member_id"],
    )
