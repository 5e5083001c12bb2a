"""Statements on `contact` and `contact_change`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.notify.domain.catalog import Language
from services.notify.domain.contact import Contact
from shared.db import Tx

LOCK_MEMBER = "SELECT pg_advisory_xact_lock(hashtextextended('notify member ' || $1::text, 0))"
"""The lock that `account_held` (migration 0011) takes shared: both name it by the same text."""
APPLY = """
INSERT INTO contact (account_id, member_id, status, first_name, email, phone, language, version, first_heard_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (account_id) DO UPDATE
   SET member_id = excluded.member_id,
       status = excluded.status,
       first_name = excluded.first_name,
       email = excluded.email,
       phone = excluded.phone,
       language = excluded.language,
       version = excluded.version
 WHERE contact.version < excluded.version
RETURNING account_id
"""
NOTE_CHANGE = "INSERT INTO contact_change (account_id, version, applied_at) VALUES ($1, $2, $3)"
HOLD_ACCOUNTS = "SELECT member_id, account_held(member_id) AS account_id FROM unnest($1::uuid[]) AS heard (member_id)"
LIST = """
SELECT account_id, member_id, status, first_name, email, phone, language, version
  FROM contact
 WHERE account_id = ANY($1::uuid[])
"""


async def lock_member(tx: Tx, member_id: UUID) -> None:
    """Until the commit, nobody else links a contact to this member or looks for one: for who links one.

    Without it a contact and a payment that arrive in the same moment would each miss the other.
    """
    await tx.execute(LOCK_MEMBER, str(member_id))


async def apply(tx: Tx, contact: Contact, now: datetime) -> bool:
    """Take the contact over when it is newer than the one that is known; returns whether it was."""
    applied = await tx.fetchval(
        APPLY,
        contact.account_id,
        contact.member_id,
        contact.status,
        contact.first_name,
        contact.email,
        contact.phone,
        contact.language.value,
        contact.version,
        now,
    )
    if applied is None:
        return False
    await tx.execute(NOTE_CHANGE, contact.account_id, contact.version, now)
    return True


async def hold_accounts(tx: Tx, member_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The verified account of each member who has one, of several the one that was heard of first.

    Until the commit, nobody links a contact to these members (see `lock_member`); others may look for one, as we do.
    """
    found = await tx.fetch(HOLD_ACCOUNTS, list(member_ids))
    return {row["member_id"]: row["account_id"] for row in found if row["account_id"] is not None}


async def list_by_account(tx: Tx, account_ids: Sequence[UUID]) -> dict[UUID, Contact]:
    """The contacts of these accounts by account id; unknown ones are left out."""
    return {row["account_id"]: _contact(row) for row in await tx.fetch(LIST, account_ids)}


def _contact(row: asyncpg.Record) -> Contact:
    return Contact(
        account_id=row["account_id"],
        member_id=row["member_id"],
        status=row["status"],
        first_name=row["first_name"],
        email=row["email"],
        phone=row["phone"],
        language=Language(row["language"]),
        version=row["version"],
    )
