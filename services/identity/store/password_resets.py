"""Requests for links, and the links; times are the machine's. Tokens are kept as hashes only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.identity.domain.sealed import Sealed
from shared.db import Tx

INSERT_REQUEST = """
INSERT INTO password_reset_request (request_id, name_key_id, name_sealed, network)
VALUES ($1, $2, $3, $4)
    ON CONFLICT (request_id) DO NOTHING
"""
TAKE_REQUEST = """
DELETE FROM password_reset_request
 WHERE request_id = (SELECT request_id
                       FROM password_reset_request
                      ORDER BY requested_at
                      LIMIT 1
                        FOR UPDATE SKIP LOCKED)
RETURNING request_id, name_key_id, name_sealed, network
"""
EXISTS_REQUEST = "SELECT EXISTS (SELECT 1 FROM password_reset_request)"
COUNT_RECENT = "SELECT count(*) FROM password_reset WHERE account_id = $1 AND created_at > now() - $2::interval"
END_OPEN = """
UPDATE password_reset
   SET ended_at = now()
 WHERE account_id = $1 AND used_at IS NULL AND ended_at IS NULL
"""
INSERT = """
INSERT INTO password_reset (reset_id, account_id, token_hash, network, expires_at)
VALUES ($1, $2, $3, $4, now() + $5::interval)
RETURNING expires_at
"""
FIND_OPEN = """
SELECT account_id
  FROM password_reset
 WHERE token_hash = $1 AND used_at IS NULL AND ended_at IS NULL AND expires_at > now()
"""
UPDATE_USED = """
UPDATE password_reset
   SET used_at = now()
 WHERE token_hash = $1 AND used_at IS NULL AND ended_at IS NULL AND expires_at > now()
RETURNING reset_id
"""
DELETE_OLD_REQUESTS = """
DELETE FROM password_reset_request
 WHERE request_id IN (SELECT request_id
                        FROM password_reset_request
                       WHERE requested_at < now() - interval '1 day'
                       LIMIT 500
                         FOR UPDATE SKIP LOCKED)
"""
DELETE_OLD = """
DELETE FROM password_reset
 WHERE reset_id IN (SELECT reset_id
                      FROM password_reset
                     WHERE created_at < now() - interval '30 days'
                     LIMIT 500
                       FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True, repr=False)
class ResetRequest:
    """Somebody asked for a link to the account that goes by this name, if there is one."""

    request_id: UUID
    name: Sealed
    network: str


async def insert_request(tx: Tx, request: ResetRequest) -> None:
    """Write the request down; once, however often it is tried."""
    await tx.execute(INSERT_REQUEST, request.request_id, request.name.key_id, request.name.blob, request.network)


async def take_request(tx: Tx) -> ResetRequest | None:
    """The oldest request that nobody else is at, removed; or None."""
    row = await tx.fetchrow(TAKE_REQUEST)
    if row is None:
        return None
    return ResetRequest(row["request_id"], Sealed(row["name_key_id"], row["name_sealed"]), row["network"])


async def has_requests(tx: Tx) -> bool:
    """Whether somebody waits for a link."""
    found: bool = await tx.fetchval(EXISTS_REQUEST)
    return found


async def count_recent(tx: Tx, account_id: UUID, within: timedelta) -> int:
    """How many links the account was sent within this time."""
    found: int = await tx.fetchval(COUNT_RECENT, account_id, within)
    return found


async def update_open_ended(tx: Tx, account_id: UUID) -> None:
    """End the account's open link."""
    await tx.execute(END_OPEN, account_id)


async def insert(
    tx: Tx, reset_id: UUID, account_id: UUID, token_hash: bytes, network: str, lifetime: timedelta
) -> datetime:
    """Open a link; returns when it is over."""
    expires_at: datetime = await tx.fetchval(INSERT, reset_id, account_id, token_hash, network, lifetime)
    return expires_at


async def find_open(tx: Tx, token_hash: bytes) -> UUID | None:
    """Whose link this is, while it can be used; else None."""
    found: UUID | None = await tx.fetchval(FIND_OPEN, token_hash)
    return found


async def update_used(tx: Tx, token_hash: bytes) -> UUID | None:
    """Use the link up; returns its id, or None when it cannot be used any more."""
    found: UUID | None = await tx.fetchval(UPDATE_USED, token_hash)
    return found


async def delete_old(tx: Tx) -> int:
    """Forget up to 500 links of a month ago, and 500 requests that nobody could take for a day."""
    dropped: list[str] = [await tx.execute(statement) for statement in (DELETE_OLD_REQUESTS, DELETE_OLD)]
    return sum(int(done.rsplit(" ", 1)[-1]) for done in dropped)
