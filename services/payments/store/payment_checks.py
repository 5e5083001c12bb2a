"""The statements of the resolver: which open payments the processor is asked about, and when again. See `jobs.py`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db import Tx

COUNT_OPEN = """
SELECT (SELECT count(*) FROM payment WHERE next_check_at IS NOT NULL) AS to_be_checked,
       (SELECT count(*) FROM payment WHERE next_check_at IS NOT NULL AND status = 'processing') AS unknown,
       (SELECT count(*) FROM payment WHERE needs_person) AS needing_person
"""


@dataclass(frozen=True, slots=True)
class DueCheck:
    """An open payment whose time has come, and how often the processor was asked about it before."""

    payment_id: UUID
    checks_done: int


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many payments are open; how many of these have had no answer, and how many a person must look at."""

    open: int
    unknown: int
    needing_person: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A payment of `amount_cents` that waits for the processor's word; without a next check it waits for a person."""

    reference: str
    amount_cents: int
    accepted_at: datetime
    checks_done: int
    next_check_at: datetime | None


async def claim_due(
    tx: Tx, now: datetime, lease_until: datetime, not_these: Collection[UUID], limit: int
) -> list[DueCheck]:
    """Take up to `limit` open payments whose check is due, so that nobody else asks about them until `lease_until`.

    `not_these` are being charged in this process at this moment.
    """
    rows = await tx.fetch(
        """
        UPDATE payment
           SET next_check_at = $2
         WHERE payment_id IN (SELECT payment_id
                                FROM payment
                               WHERE next_check_at <= $1 AND payment_id <> ALL ($3::uuid[])
                               ORDER BY next_check_at
                               LIMIT $4
                                 FOR UPDATE SKIP LOCKED)
        RETURNING payment_id, checks_done
        """,
        now,
        lease_until,
        list(not_these),
        limit,
    )
    return [DueCheck(row["payment_id"], row["checks_done"]) for row in rows]


async def find_next_due_at(tx: Tx) -> datetime | None:
    """The business instant of the earliest check; None when no payment is open."""
    due_at: datetime | None = await tx.fetchval(
        "SELECT min(next_check_at) FROM payment WHERE next_check_at IS NOT NULL"
    )
    return due_at


async def count_open(tx: Tx) -> OpenCount:
    """How many payments wait for their outcome; all of them stand in two small indexes."""
    row = await tx.fetchrow(COUNT_OPEN)
    if row is None:
        raise AssertionError("a SELECT without FROM has one row")
    return OpenCount(row["to_be_checked"] + row["needing_person"], row["unknown"], row["needing_person"])


async def list_unanswered(tx: Tx) -> list[Unanswered]:
    """The payments whose charge was never answered, oldest first, 1,000 at most."""
    rows = await tx.fetch(
        """
        SELECT reference, amount_cents, accepted_at, checks_done, next_check_at
          FROM payment
         WHERE status = 'processing' AND (needs_person OR next_check_at IS NOT NULL)
         ORDER BY accepted_at
         LIMIT 1000
        """
    )
    return [Unanswered(*row) for row in rows]


async def make_all_due(tx: Tx, now: datetime) -> int:
    """Have every payment without an answer asked about from the beginning, at once; returns how many there are."""
    done: str = await tx.execute(
        """
        UPDATE payment
           SET checks_done = 0, next_check_at = $1, needs_person = false
         WHERE status = 'processing' AND (needs_person OR next_check_at > $1)
        """,
        now,
    )
    return int(done.rsplit(" ", 1)[-1])


async def update_check(tx: Tx, payment_id: UUID, checks_done: int, next_check_at: datetime | None) -> None:
    """Note how often the processor was asked in vain, and when it is asked again; None: a person must look.

    A payment that was settled meanwhile stays as it is.
    """
    await tx.execute(
        """
        UPDATE payment
           SET checks_done = $2, next_check_at = $3, needs_person = $3::timestamptz IS NULL
         WHERE payment_id = $1 AND status = 'processing'
        """,
        payment_id,
        checks_done,
        next_check_at,
    )
