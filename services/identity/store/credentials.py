"""Password hashes, and whose they are by user name or e-mail."""

from dataclasses import dataclass
from uuid import UUID

from shared.db import Tx

INSERT = """
INSERT INTO credential (account_id, password_hash)
VALUES ($1, $2)
"""
FIND_BY_USERNAME = """
SELECT account_id, password_hash
  FROM account
  JOIN credential USING (account_id)
 WHERE username_key = $1
"""
# An address is not unique: it names an account where one alone has it, or one alone of those that are verified.
FIND_BY_EMAIL = """
SELECT account_id, password_hash
  FROM (SELECT account_id,
               count(*) OVER () AS among,
               count(*) FILTER (WHERE status = 'verified') OVER () AS verified,
               status
          FROM account
         WHERE email_key = $1) AS candidate
  JOIN credential USING (account_id)
 WHERE among = 1 OR (verified = 1 AND status = 'verified')
"""
FIND = """
SELECT account_id, password_hash
  FROM credential
 WHERE account_id = $1
"""
SHARE = """
SELECT 1
  FROM credential
 WHERE account_id = $1 AND password_hash = $2
   FOR SHARE
"""
UPDATE = """
UPDATE credential
   SET password_hash = $3, changed_at = now()
 WHERE account_id = $1 AND password_hash = $2
"""
REPLACE = """
UPDATE credential
   SET password_hash = $2, changed_at = now()
 WHERE account_id = $1
"""


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """Whose password hash this is."""

    account_id: UUID
    password_hash: str


async def insert(tx: Tx, account_id: UUID, password_hash: str) -> None:
    """Write the hash of a new account down."""
    await tx.execute(INSERT, account_id, password_hash)


async def find_by_username(tx: Tx, username_key: str) -> Credential | None:
    """The credential behind a user name, or None."""
    row = await tx.fetchrow(FIND_BY_USERNAME, username_key)
    return Credential(row["account_id"], row["password_hash"]) if row else None


async def find_by_email(tx: Tx, email_key: str) -> Credential | None:
    """The credential behind an e-mail address that points at one account; else None."""
    row = await tx.fetchrow(FIND_BY_EMAIL, email_key)
    return Credential(row["account_id"], row["password_hash"]) if row else None


async def find(tx: Tx, account_id: UUID) -> Credential | None:
    """The credential of an account, or None."""
    row = await tx.fetchrow(FIND, account_id)
    return Credential(row["account_id"], row["password_hash"]) if row else None


async def share(tx: Tx, seen: Credential) -> bool:
    """Keep the hash that was seen in its place until the transaction ends; False when another is there by now."""
    return await tx.fetchval(SHARE, seen.account_id, seen.password_hash) is not None


async def update(tx: Tx, seen: Credential, password_hash: str) -> bool:
    """Put a new hash in the place of the one that was seen; False when another is there by now."""
    done: str = await tx.execute(UPDATE, seen.account_id, seen.password_hash, password_hash)
    return done.endswith(" 1")


async def replace(tx: Tx, account_id: UUID, password_hash: str) -> None:
    """Put a new hash in place, whatever was there: who has the link need not know the old one."""
    await tx.execute(REPLACE, account_id, password_hash)
