"""Statements on `delivery` and `delivery_transition`. Leases and retry times are machine time: Postgres' now()."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.notify.domain.catalog import Channel
from services.notify.domain.delivery import Delivery, DeliveryStatus
from shared.db import Tx

INSERT = """
WITH queued AS (
    INSERT INTO delivery (delivery_id, notification_id, channel, status, attempts, version)
    VALUES ($1, $2, $3, $4, $5, $6)
)
INSERT INTO delivery_transition (delivery_id, sequence, status, at)
VALUES ($1, $6, $4, $7)
"""
NOTE_TRANSITION = """
INSERT INTO delivery_transition (delivery_id, sequence, status, at, reason)
VALUES ($1, $2, $3, $4, $5)
"""
LOCK_DUE = """
SELECT delivery_id, notification_id, channel, status, attempts, version
  FROM delivery
 WHERE status = 'queued'
   AND next_try_at <= now()
   AND (leased_until IS NULL OR leased_until <= now())
 ORDER BY next_try_at
 LIMIT $1
   FOR UPDATE SKIP LOCKED
"""
LEASE = """
UPDATE delivery
   SET leased_until = now() + $2, attempts = attempts + 1
 WHERE delivery_id = ANY($1::uuid[])
RETURNING delivery_id, notification_id, channel, status, attempts, version
"""
LOCK = """
SELECT delivery_id, notification_id, channel, status, attempts, version
  FROM delivery
 WHERE delivery_id = $1
   FOR UPDATE
"""
LOCK_FAILED = """
SELECT delivery_id, notification_id, channel, status, attempts, version
  FROM delivery
 WHERE status = 'failed'
 ORDER BY queued_at
 LIMIT $1
   FOR UPDATE SKIP LOCKED
"""
POSTPONE = """
UPDATE delivery
   SET next_try_at = now() + $2, leased_until = NULL, last_problem = $3
 WHERE delivery_id = $1
"""
UPDATE_STATUS = """
UPDATE delivery
   SET status = $2, version = $3, attempts = $4, last_problem = $5, leased_until = NULL,
       sent_at = CASE WHEN $2 = 'sent' THEN $6::timestamptz END,
       queued_at = CASE WHEN $2 = 'queued' THEN now() ELSE queued_at END,
       next_try_at = CASE WHEN $2 = 'queued' THEN now() ELSE next_try_at END
 WHERE delivery_id = $1
"""
COUNT_WAITING = """
SELECT count(*) AS count, coalesce(extract(epoch FROM now() - min(queued_at)), 0)::float AS oldest_seconds
  FROM (SELECT queued_at FROM delivery WHERE status = 'queued' ORDER BY next_try_at LIMIT 10000) AS waiting
"""
REFUSED = "SELECT FROM delivery WHERE status = 'failed'"
"""The mails that a server refused for good: for their number, which a slow timer counts."""
GET_MACHINE_NOW = "SELECT now()"
EXISTS_PENDING = """
SELECT EXISTS (
    SELECT 1 FROM delivery WHERE status = 'queued' AND (next_try_at <= now() OR leased_until > now())
)
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many mails wait to be sent (10,000 stands for more), and how long the oldest has."""

    count: int
    oldest_seconds: float


async def insert(tx: Tx, delivery: Delivery, now: datetime) -> None:
    """Queue a new delivery, due at once; for one that comes with its notification see `store/notifications.py`."""
    await tx.execute(
        INSERT,
        delivery.delivery_id,
        delivery.notification_id,
        delivery.channel.value,
        delivery.status.value,
        delivery.attempts,
        delivery.version,
        now,
    )


async def lock_due(tx: Tx, limit: int) -> list[Delivery]:
    """Deliveries whose time has come and that nobody is sending; those that another copy holds are passed over."""
    return [_delivery(row) for row in await tx.fetch(LOCK_DUE, limit)]


async def lease(tx: Tx, delivery_ids: Sequence[UUID], lease: timedelta) -> list[Delivery]:
    """Take them for this process for a while and count a try."""
    return [_delivery(row) for row in await tx.fetch(LEASE, delivery_ids, lease)]


async def lock(tx: Tx, delivery_id: UUID) -> Delivery:
    """The delivery, held until the commit. Raises LookupError when there is none."""
    row = await tx.fetchrow(LOCK, delivery_id)
    if row is None:
        raise LookupError(delivery_id)
    return _delivery(row)


async def lock_failed(tx: Tx, limit: int) -> list[Delivery]:
    """Deliveries that a mail server refused for good, oldest first."""
    return [_delivery(row) for row in await tx.fetch(LOCK_FAILED, limit)]


async def postpone(tx: Tx, delivery_id: UUID, delay: timedelta, reason: str) -> None:
    """Try again after `delay` of machine time."""
    await tx.execute(POSTPONE, delivery_id, delay, reason)


async def update_status(tx: Tx, delivery: Delivery, now: datetime, reason: str | None = None) -> None:
    """Keep the new status and its row of history; `now` is business time."""
    await tx.execute(
        UPDATE_STATUS,
        delivery.delivery_id,
        delivery.status.value,
        delivery.version,
        delivery.attempts,
        reason,
        now,
    )
    await tx.execute(NOTE_TRANSITION, delivery.delivery_id, delivery.version, delivery.status.value, now, reason)


async def get_machine_now(tx: Tx) -> datetime:
    """The time of the machine, by which links end."""
    at: datetime = await tx.fetchval(GET_MACHINE_NOW)
    return at


async def exists_pending(tx: Tx) -> bool:
    """Whether one is due or being sent at this moment; what waits for a later try is not."""
    return bool(await tx.fetchval(EXISTS_PENDING))


async def count_waiting(tx: Tx) -> Waiting:
    """What waits to be sent; all of it stands in a small index."""
    row = await tx.fetchrow(COUNT_WAITING)
    if row is None:
        raise AssertionError("an aggregate without GROUP BY has one row")
    return Waiting(row["count"], row["oldest_seconds"])


def _delivery(row: asyncpg.Record) -> Delivery:
    return Delivery(
        delivery_id=row["delivery_id"],
        notification_id=row["notification_id"],
        channel=Channel(row["channel"]),
        status=DeliveryStatus(row["status"]),
        attempts=row["attempts"],
        version=row["version"],
    )
