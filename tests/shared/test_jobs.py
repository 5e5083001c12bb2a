"""Timers: they do what is due until nothing is left, go on after a failure, wake and stop when told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.db import Database, Unavailable
from shared.jobs import Job, JobRunner, never_due
from shared.retention import forget_old
from shared.testing.clock import FixedClock
from tests.shared.test_outbox_inbox import rows

HOUR = 3600.0
NOON = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


@dataclass
class Work:
    """Things to do; remembers each batch, fails with what it is told to."""

    left: int = 0
    failing: list[Exception] = field(default_factory=list)
    batches: list[tuple[int, datetime]] = field(default_factory=list)
    looked: asyncio.Event = field(default_factory=asyncio.Event)
    due_at: datetime | None = None

    async def run(self, _parts: object, now: datetime) -> int:
        """Do up to two things."""
        if self.failing:
            self.looked.set()
            raise self.failing.pop()
        done = min(self.left, 2)
        self.left -= done
        self.batches.append((done, now))
        if done == 0:
            self.looked.set()
        return done

    async def next_due_at(self, _parts: object) -> datetime | None:
        """When the next thing is due."""
        return self.due_at

    async def has_looked(self) -> None:
        """Return after it has looked and found nothing, or failed."""
        await asyncio.wait_for(self.looked.wait(), 5)
        self.looked.clear()


@asynccontextmanager
async def running(work: Work, clock: FixedClock, every_seconds: float = HOUR) -> AsyncIterator[JobRunner[None]]:
    """A runner of this work; it is told to stop at the end, and must."""
    runner: JobRunner[None] = JobRunner(Job("work", every_seconds, work.run, work.next_due_at), None, clock)
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        runner.stop()
        await asyncio.wait_for(task, 5)


async def test_all_that_is_due_is_done_batch_by_batch(clock: FixedClock) -> None:
    """Five things in batches of two: it is called until a batch is empty, each time with business time."""
    clock.move_to(NOON)
    work = Work(left=5)
    async with running(work, clock):
        await work.has_looked()
    assert work.batches == [(2, NOON), (2, NOON), (1, NOON), (0, NOON)]


async def test_a_timer_that_is_woken_looks_at_once(clock: FixedClock) -> None:
    """It need not wait for its hour when something has come up."""
    work = Work()
    async with running(work, clock) as runner:
        await work.has_looked()
        work.left = 1
        clock.move_to(NOON)
        runner.wake()
        await work.has_looked()
    assert (1, NOON) in work.batches


async def test_a_timer_looks_again_after_its_interval(clock: FixedClock) -> None:
    """Without being woken it looks by itself."""
    work = Work()
    async with running(work, clock, every_seconds=0.02):
        for _ in range(3):
            await work.has_looked()
    assert len(work.batches) >= 3


async def test_a_failing_batch_does_not_end_the_timer(clock: FixedClock) -> None:
    """Whatever a batch raises, it is tried again at the next look."""
    work = Work(left=1, failing=[RuntimeError("told to"), Unavailable("told to"), KeyError("told to")])
    async with running(work, clock, every_seconds=0.02):
        for _ in range(4):
            await work.has_looked()
    assert (work.left, work.failing) == (0, [])


async def test_a_timer_that_is_told_to_stop_finishes_its_batch_and_begins_no_other(clock: FixedClock) -> None:
    """The batch under way is not broken off; what is left is done after the next start."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    finished = 0

    async def run(_parts: object, _now: datetime) -> int:
        nonlocal finished
        begun.set()
        await go_on.wait()
        finished += 1
        return 1

    runner: JobRunner[None] = JobRunner(Job("work", HOUR, run, never_due), None, clock)
    task = asyncio.create_task(runner.run())
    await begun.wait()
    assert runner.busy
    runner.stop()
    go_on.set()
    await asyncio.wait_for(task, 5)
    assert (finished, runner.busy) == (1, False)


async def test_what_is_due_counts_until_it_is_done(clock: FixedClock) -> None:
    """The sandbox waits for what is due now, not for what is due later; asking wakes the timer."""
    clock.move_to(NOON)
    work = Work()
    runner: JobRunner[None] = JobRunner(Job("work", HOUR, work.run, work.next_due_at), None, clock)
    for due_at, count in [(None, 0), (NOON + timedelta(seconds=1), 0), (NOON, 1), (NOON - timedelta(days=9), 1)]:
        work.due_at = due_at
        assert await runner.due_count() == count


async def test_what_is_old_is_forgotten_and_nothing_else(payments_db: Database) -> None:
    """Sent events, heard events and keys go after 90 days; unsent, waiting and dead ones stay however old they are."""
    await payments_db.write(
        lambda tx: tx.execute(
            """
            INSERT INTO outbox (event_id, type, exchange, routing_key, subject, sequence, occurred_at, source,
                                correlation_id, causation_id, body, created_at, sent_at)
            SELECT gen_random_uuid(), 't', 'e', 'k', sent, 1, now(), 's', 'c', 'c', '{}', now() - interval '1 year',
                   CASE sent WHEN 'unsent' THEN NULL ELSE now() - sent::interval END
              FROM unnest(ARRAY['unsent', '91 days', '89 days']) AS row (sent)
            """
        )
    )
    await payments_db.write(
        lambda tx: tx.execute(
            """
            INSERT INTO inbox (consumer, event_id, type, status, body, received_at, done_at)
            SELECT age || status, gen_random_uuid(), 't', status, '{}', now() - age::interval,
                   CASE status WHEN 'done' THEN now() - age::interval END
              FROM unnest(ARRAY['91 days', '89 days']) AS a (age),
                   unnest(ARRAY['done', 'waiting', 'dead']) AS s (status)
            """
        )
    )
    await payments_db.write(
        lambda tx: tx.execute(
            """
            INSERT INTO idempotency_key (principal, route, key, body_hash, subject_id, created_at)
            SELECT 'p', 'r', age, '', gen_random_uuid(), now() - age::interval
              FROM unnest(ARRAY['91 days', '89 days']) AS a (age)
            """
        )
    )
    job = forget_old(payments_db)
    assert [await job.run(None, NOON), await job.run(None, NOON)] == [3, 0]
    assert await rows(payments_db, "SELECT subject FROM outbox ORDER BY 1") == [("89 days",), ("unsent",)]
    kept = ["89 daysdead", "89 daysdone", "89 dayswaiting", "91 daysdead", "91 dayswaiting"]
    assert await rows(payments_db, "SELECT consumer FROM inbox ORDER BY 1") == [(name,) for name in kept]
    assert await rows(payments_db, "SELECT key FROM idempotency_key") == [("89 days",)]
