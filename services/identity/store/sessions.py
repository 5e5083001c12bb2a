"""Sessions, by machine time: idle and absolute limits are judged by Postgres, never by the movable clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Record

from services.identity.domain.session import EndReason, Session, SessionRule
from shared.db import Tx

COLUMNS = "session_id, account_id, token_hash, device, network, created_at, last_used_at, expires_at"

INSERT = """
INSERT INTO session (session_id, account_id, token_hash, device, device_key, network, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, now() + $7)
RETURNING expires_at
"""
FIND_EXPIRY = "SELECT expires_at FROM session WHERE session_id = $1"
# One round trip: who this is, and the last use written down now and then.
RESOLVE = """
  WITH alive AS (
       SELECT session_id, account_id, last_used_at
         FROM session
        WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > now() AND last_used_at > now() - $2::interval
       ),
       touched AS (
       UPDATE session
          SET last_used_at = now()
         FROM alive
        WHERE session.session_id = alive.session_id AND alive.last_used_at < now() - $3::interval
       )
SELECT alive.session_id, alive.account_id, account.member_id
  FROM alive
  JOIN account USING (account_id)
"""
LIST_ALIVE = f"""
SELECT {COLUMNS}
  FROM session
 WHERE account_id = $1 AND ended_at IS NULL AND expires_at > now() AND last_used_at > now() - $2::interval
 ORDER BY last_used_at DESC, session_id
"""  # noqa: S608 - the column list is a constant
END_ONE = f"""
UPDATE session
   SET ended_at = now(), end_reason = $3
 WHERE session_id = $1 AND account_id = $2 AND ended_at IS NULL
RETURNING {COLUMNS}
"""  # noqa: S608 - the column list is a constant
EXISTS_OF_DEVICE = "SELECT 1 FROM session WHERE account_id = $1 AND device_key = $2 LIMIT 1"
EXISTS = "SELECT 1 FROM session WHERE session_id = $1 AND account_id = $2"
END_ALL = f"""
UPDATE session
   SET ended_at = now(), end_reason = $3
 WHERE account_id = $1 AND session_id IS DISTINCT FROM $2 AND ended_at IS NULL
RETURNING {COLUMNS}
"""  # noqa: S608 - the column list is a constant
DELETE_OLD = """
DELETE FROM session
 WHERE session_id IN (SELECT session_id
                        FROM session
                       WHERE expires_at < now() - interval '30 days'
                       LIMIT 500
                         FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who is behind a token."""

    session_id: UUID
    account_id: UUID
    member_id: UUID | None


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session about to begin; ids and token were chosen before the transaction."""

    session_id: UUID
    account_id: UUID
    token_hash: bytes
    device: str
    device_key: bytes | None
    network: str


async def insert(tx: Tx, session: NewSession, rule: SessionRule) -> datetime:
    """Begin the session; returns when it ends at the latest."""
    expires_at: datetime = await tx.fetchval(
        INSERT,
        session.session_id,
        session.account_id,
        session.token_hash,
        session.device,
        session.device_key,
        session.network,
        timedelta(seconds=rule.absolute_seconds),
    )
    return expires_at


async def find_expiry(tx: Tx, session_id: UUID) -> datetime | None:
    """When a session ends at the latest, or None when it never began."""
    found: datetime | None = await tx.fetchval(FIND_EXPIRY, session_id)
    return found


async def resolve(tx: Tx, token_hash: bytes, rule: SessionRule) -> Resolved | None:
    """Who is behind a token, or None when its session is over or never was."""
    idle, touch = timedelta(seconds=rule.idle_seconds), timedelta(seconds=rule.touch_seconds)
    row = await tx.fetchrow(RESOLVE, token_hash, idle, touch)
    return Resolved(row["session_id"], row["account_id"], row["member_id"]) if row else None


async def list_alive(tx: Tx, account_id: UUID, rule: SessionRule) -> list[Session]:
    """The account's sessions that are not over, the last used first."""
    rows = await tx.fetch(LIST_ALIVE, account_id, timedelta(seconds=rule.idle_seconds))
    return [_session(row) for row in rows]


async def exists(tx: Tx, session_id: UUID, account_id: UUID) -> bool:
    """Whether the account ever had this session."""
    return await tx.fetchval(EXISTS, session_id, account_id) is not None


async def exists_of_device(tx: Tx, account_id: UUID, device_key: bytes) -> bool:
    """Whether the account was logged in from this device, as long as its sessions are remembered."""
    return await tx.fetchval(EXISTS_OF_DEVICE, account_id, device_key) is not None


async def update_ended(tx: Tx, session_id: UUID, account_id: UUID, reason: EndReason) -> Session | None:
    """End one session of the account; None when it is over already or not the account's."""
    row = await tx.fetchrow(END_ONE, session_id, account_id, reason)
    return _session(row) if row else None


async def update_all_ended(tx: Tx, account_id: UUID, spared: UUID | None, reason: EndReason) -> list[Session]:
    """End the account's sessions, but for the spared one; returns those that ended now."""
    return [_session(row) for row in await tx.fetch(END_ALL, account_id, spared, reason)]


async def delete_old(tx: Tx) -> int:
    """Forget up to 500 sessions that could not be used for 30 days."""
    done: str = await tx.execute(DELETE_OLD)
    return int(done.rsplit(" ", 1)[-1])


def _session(row: Record) -> Session:
    return Session(
        session_id=row["session_id"],
        account_id=row["account_id"],
        token_hash=row["token_hash"],
        device=row["device"],
        network=row["network"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        expires_at=row["expires_at"],
    )
