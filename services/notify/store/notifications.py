"""Statements on `notification`, and the list of what an account was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.notify.domain.catalog import Channel, NoticeKind, row_of
from services.notify.domain.delivery import Delivery, DeliveryStatus
from services.notify.domain.notification import Notification
from shared.db import Tx

INSERT = """
WITH noted AS (
    INSERT INTO notification (notification_id, event_id, correlation_id, kind, subject_id, fact, account_id, member_id,
                              noted_at, version, traceparent)
    SELECT *
      FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::uuid[], $8::uuid[],
                  $9::timestamptz[], $10::bigint[], $11::text[])
        ON CONFLICT DO NOTHING
    RETURNING notification_id, noted_at
), queued AS (
    INSERT INTO delivery (delivery_id, notification_id, channel, status, attempts, version)
    SELECT wanted.*
      FROM unnest($12::uuid[], $13::uuid[], $14::text[], $15::text[], $16::integer[], $17::bigint[])
           AS wanted (delivery_id, notification_id, channel, status, attempts, version)
      JOIN noted USING (notification_id)
    RETURNING delivery_id, notification_id, version, status
)
INSERT INTO delivery_transition (delivery_id, sequence, status, at)
SELECT delivery_id, version, status, noted_at
  FROM queued
  JOIN noted USING (notification_id)
"""
LOCK_WAITING = """
SELECT notification_id, event_id, correlation_id, kind, fact, account_id, member_id, noted_at, version, traceparent
  FROM notification
 WHERE member_id = $1 AND account_id IS NULL
 ORDER BY noted_at, notification_id
   FOR UPDATE
"""
LOCK = """
SELECT notification_id, event_id, correlation_id, kind, fact, account_id, member_id, noted_at, version, traceparent
  FROM notification
 WHERE notification_id = $1
   FOR UPDATE
"""
LIST = """
SELECT notification_id, event_id, correlation_id, kind, fact, account_id, member_id, noted_at, version, traceparent
  FROM notification
 WHERE notification_id = ANY($1::uuid[])
"""
FORGET_LINK = """
UPDATE notification
   SET fact = jsonb_set(fact, '{sealed_link}', '""')
 WHERE notification_id = $1 AND fact ? 'sealed_link'
"""
UPDATE = "UPDATE notification SET account_id = $2, version = $3 WHERE notification_id = $1"
LIST_TOLD = """
SELECT notification.notification_id, notification.kind, notification.noted_at,
       delivery.channel, delivery.status, delivery.sent_at, kept_copy.subject
  FROM notification
  JOIN delivery USING (notification_id)
  LEFT JOIN kept_copy USING (delivery_id)
 WHERE notification.account_id = $1
   AND ($2::timestamptz IS NULL OR (notification.noted_at, notification.notification_id) < ($2, $3::uuid))
 ORDER BY notification.noted_at DESC, notification.notification_id DESC
 LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Told:
    """One line of what an account was told; `subject` is None until the letter is written."""

    notification_id: UUID
    kind: NoticeKind
    noted_at: datetime
    channel: Channel
    status: DeliveryStatus
    sent_at: datetime | None
    subject: str | None


async def insert(tx: Tx, notes: Sequence[Notification], deliveries: Sequence[Delivery]) -> None:
    """Note them down, and queue the deliveries of those which somebody is known to be told; one statement.

    Nothing at all of one whose event, or whose kind of notice about its subject, was noted before.
    """
    await tx.execute(
        INSERT,
        [it.notification_id for it in notes],
        [it.event_id for it in notes],
        [it.correlation_id for it in notes],
        [it.kind for it in notes],
        [it.told_of for it in notes],
        [it.fact.model_dump_json() for it in notes],
        [it.account_id for it in notes],
        [it.member_id for it in notes],
        [it.noted_at for it in notes],
        [it.version for it in notes],
        [it.traceparent for it in notes],
        [it.delivery_id for it in deliveries],
        [it.notification_id for it in deliveries],
        [it.channel for it in deliveries],
        [it.status for it in deliveries],
        [it.attempts for it in deliveries],
        [it.version for it in deliveries],
    )


async def lock_waiting(tx: Tx, member_id: UUID) -> list[Notification]:
    """What waits for an account of this member, oldest first."""
    return [_notification(row) for row in await tx.fetch(LOCK_WAITING, member_id)]


async def lock(tx: Tx, notification_id: UUID) -> Notification:
    """The notification, held until the commit. Raises LookupError when there is none."""
    row = await tx.fetchrow(LOCK, notification_id)
    if row is None:
        raise LookupError(notification_id)
    return _notification(row)


async def list_by_id(tx: Tx, notification_ids: Sequence[UUID]) -> dict[UUID, Notification]:
    """These notifications by id."""
    return {row["notification_id"]: _notification(row) for row in await tx.fetch(LIST, notification_ids)}


async def update(tx: Tx, notification: Notification) -> None:
    """Keep its account and version."""
    await tx.execute(UPDATE, notification.notification_id, notification.account_id, notification.version)


async def forget_link(tx: Tx, notification_id: UUID) -> None:
    """Drop the sealed one-time link of its fact, if it has one."""
    await tx.execute(FORGET_LINK, notification_id)


async def list_told(tx: Tx, account_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Told]:
    """What the account was told, newest first, after the place (noted_at, notification_id) where a page ended."""
    noted_at, notification_id = after or (None, None)
    return [
        Told(
            notification_id=row["notification_id"],
            kind=NoticeKind(row["kind"]),
            noted_at=row["noted_at"],
            channel=Channel(row["channel"]),
            status=DeliveryStatus(row["status"]),
            sent_at=row["sent_at"],
            subject=row["subject"],
        )
        for row in await tx.fetch(LIST_TOLD, account_id, noted_at, notification_id, limit)
    ]


def _notification(row: asyncpg.Record) -> Notification:
    kind = NoticeKind(row["kind"])
    return Notification(
        notification_id=row["notification_id"],
        event_id=row["event_id"],
        correlation_id=row["correlation_id"],
        kind=kind,
        fact=row_of(kind).fact.model_validate_json(row["fact"]),
        account_id=row["account_id"],
        member_id=row["member_id"],
        noted_at=row["noted_at"],
        version=row["version"],
        traceparent=row["traceparent"],
    )
