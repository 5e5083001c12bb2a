"""Machine-time upkeep that every schema needs: try kept messages again, and forget what is older than it must be."""

from datetime import datetime
from typing import Any

from shared.db import Database
from shared.inbox import Inbox
from shared.jobs import Job, never_due

FORGET = (
    "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE sent_at < now() - interval '90 days' LIMIT 1000)",
    "DELETE FROM inbox WHERE ctid IN (SELECT ctid FROM inbox WHERE done_at < now() - interval '90 days' LIMIT 1000)",
    "DELETE FROM idempotency_key WHERE ctid IN "
    "(SELECT ctid FROM idempotency_key WHERE created_at < now() - interval '90 days' LIMIT 1000)",
)


def forget_old(db: Database) -> Job[Any]:
    """A job that deletes sent events, heard events and idempotency keys older than 90 days, 1,000 rows at a time."""

    async def run(_parts: Any, _now: datetime) -> int:
        deleted = 0
        for statement in FORGET:
            done: str = await db.write(lambda tx, statement=statement: tx.execute(statement))  # type: ignore[misc] # an inferred lambda
            deleted += int(done.rsplit(" ", 1)[-1])
        return deleted

    return Job("forget_old", 3600, run, never_due)


def retry_inbox(inbox: Inbox) -> Job[Any]:
    """A job that tries kept messages again when their time has come."""

    async def run(_parts: Any, _now: datetime) -> int:
        return await inbox.retry_due()

    return Job("retry_inbox", 0.5, run, never_due)
