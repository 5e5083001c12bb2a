"""Which file is worked through by which process, and how far: a lease that the next batch renews, by machine time."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from shared.db import Tx

CLAIM = """
UPDATE enrollment_import
   SET status = 'working', worker_id = $1, leased_until = now() + $2::interval, attempts = attempts + 1
 WHERE import_id = (SELECT import_id
                      FROM enrollment_import
                     WHERE status <> 'done' AND (leased_until IS NULL OR leased_until < now() OR worker_id = $1)
                     ORDER BY received_at
                     LIMIT 1
                       FOR UPDATE SKIP LOCKED)
RETURNING import_id, insurers, received_on, lines_done, attempts
"""
ADVANCE = """
UPDATE enrollment_import
   SET lines_done = $4, leased_until = now() + $5::interval, attempts = 0
 WHERE import_id = $1 AND worker_id = $2 AND lines_done = $3 AND status = 'working'
"""
FIND_LINES_DONE = "SELECT lines_done FROM enrollment_import WHERE import_id = $1 AND worker_id = $2"
FINISH = """
UPDATE enrollment_import
   SET status = 'done', done_at = now(), worker_id = NULL, leased_until = NULL
 WHERE import_id = $1 AND worker_id = $2
"""
EXISTS_OPEN = "SELECT EXISTS (SELECT 1 FROM enrollment_import WHERE status <> 'done')"


class LeaseLost(Exception):
    """Another process works on this file now: this one was too slow, or was taken for dead."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file to work on. `attempts` counts claims without a batch since; `lines_done` are written already."""

    import_id: UUID
    worker_id: UUID
    insurers: tuple[str, ...]
    received_on: date
    lines_done: int
    attempts: int


async def claim(tx: Tx, worker_id: UUID, lease: timedelta) -> Claimed | None:
    """The oldest file that nobody works on, for `lease`; or None. What this process held already is found again."""
    row = await tx.fetchrow(CLAIM, worker_id, lease)
    if row is None:
        return None
    return Claimed(
        row["import_id"], worker_id, tuple(row["insurers"]), row["received_on"], row["lines_done"], row["attempts"]
    )


async def advance(tx: Tx, claimed: Claimed, done_before: int, done_after: int, lease: timedelta) -> bool:
    """Note how far it came, with the lines in the same commit; False when that commit was made already.

    Raises LeaseLost.
    """
    done: str = await tx.execute(ADVANCE, claimed.import_id, claimed.worker_id, done_before, done_after, lease)
    if done.endswith(" 1"):
        return True
    if await tx.fetchval(FIND_LINES_DONE, claimed.import_id, claimed.worker_id) != done_after:
        raise LeaseLost
    return False


async def finish(tx: Tx, claimed: Claimed) -> None:
    """The file is worked through."""
    await tx.execute(FINISH, claimed.import_id, claimed.worker_id)


async def exists_open(tx: Tx) -> bool:
    """Whether a file waits or is worked on."""
    found: bool = await tx.fetchval(EXISTS_OPEN)
    return found
