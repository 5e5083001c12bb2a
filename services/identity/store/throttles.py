"""Counts of failures and the waits that follow, by machine time."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.identity.domain.throttle import Schedule
from shared.db import Tx

FIND_WAIT = """
SELECT ceil(extract(epoch FROM max(wait_until) - now()))::bigint
  FROM throttle
 WHERE key = ANY($1::bytea[]) AND wait_until > now()
"""
COUNT_FAILURE = """
INSERT INTO throttle (key, failures, account_id)
VALUES ($1, 1, $3)
    ON CONFLICT (key) DO UPDATE
   SET failures = CASE WHEN throttle.last_failed_at < now() - $2::interval THEN 1 ELSE throttle.failures + 1 END,
       last_failed_at = now()
RETURNING failures
"""
UPDATE_WAIT = """
UPDATE throttle
   SET wait_until = now() + $2::interval
 WHERE key = $1
"""
DELETE = "DELETE FROM throttle WHERE key = $1"
DELETE_OF_ACCOUNT = "DELETE FROM throttle WHERE account_id = $1"
DELETE_OLD = """
DELETE FROM throttle
 WHERE key IN (SELECT key FROM throttle WHERE last_failed_at < now() - interval '1 day' LIMIT 500)
"""


async def find_wait_seconds(tx: Tx, keys: Sequence[bytes]) -> int:
    """How long these must still wait; 0 when they need not."""
    found: int | None = await tx.fetchval(FIND_WAIT, list(keys))
    return found or 0


async def count_failure(tx: Tx, key: bytes, schedule: Schedule, account_id: UUID | None = None) -> None:
    """Count one more failure and set the wait that the schedule has for it; `account_id` where it is an account's."""
    forget_after = timedelta(seconds=schedule.forget_after_seconds)
    failures: int = await tx.fetchval(COUNT_FAILURE, key, forget_after, account_id)
    await tx.execute(UPDATE_WAIT, key, timedelta(seconds=schedule.wait_seconds(failures)))


async def delete(tx: Tx, key: bytes) -> None:
    """Forget the failures under one key: it was the right person after all."""
    await tx.execute(DELETE, key)


async def delete_of_account(tx: Tx, account_id: UUID) -> None:
    """End the waits of an account on every network: its owner has shown who they are in another way."""
    await tx.execute(DELETE_OF_ACCOUNT, account_id)


async def delete_old(tx: Tx) -> int:
    """Forget up to 500 counts that a day has passed over."""
    done: str = await tx.execute(DELETE_OLD)
    return int(done.rsplit(" ", 1)[-1])
