"""The database: transactions that outlive broken connections and impatient callers, and a quick no when it is away."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.db import Database, Tx, Unavailable, open_database
from tests.conftest import app_dsn
from tests.shared.cable import Cable, cable_to

INSERT = """
INSERT INTO idempotency_key (principal, route, key, body_hash, subject_id)
VALUES ('tests', 'db', $1, '', $2)
"""
COUNT = "SELECT count(*) FROM idempotency_key WHERE key = $1"


async def insert(tx: Tx, key: str, subject_id: UUID | None = None) -> None:
    """Write one row."""
    await tx.execute(INSERT, key, subject_id or uuid4())


async def count(db: Database, key: str) -> int:
    """How many rows were committed."""
    return int(await db.read(lambda tx: tx.fetchval(COUNT, key)))


@asynccontextmanager
async def through_cable(portal_database: str, size: int = 4) -> AsyncIterator[tuple[Database, Cable]]:
    """payments' database at the end of a cable."""
    dsn = app_dsn("payments", portal_database)
    async with cable_to(dsn) as cable, open_database(cable.url(dsn), size=size, name="test") as db:
        yield db, cable


def seconds_since(started: float) -> float:
    """How long ago that was."""
    return time.monotonic() - started


async def test_work_is_done_again_when_its_connection_was_terminated(payments_db: Database) -> None:
    """An operator ends the session in the middle of a transaction: the second try commits, nothing is there twice."""
    tries = 0

    async def work(tx: Tx) -> int:
        nonlocal tries
        tries += 1
        await insert(tx, "terminated")
        if tries == 1:
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return tries

    assert await payments_db.write(work) == 2
    assert await count(payments_db, "terminated") == 1


async def test_reading_survives_terminated_connections(payments_db: Database) -> None:
    """All idle connections of the pool are ended; the next question is answered."""
    for _ in range(3):
        await payments_db.read(
            lambda tx: tx.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        assert await payments_db.read(lambda tx: tx.fetchval("SELECT 1")) == 1


async def test_sessions_ended_at_any_moment_are_never_an_error_of_ours(
    payments_db: Database, portal_database: str
) -> None:
    """An operator ends every session again and again, idle or at work: callers get answers or a "come again"."""
    operator = await asyncpg.connect(portal_database)
    ended = answered = 0

    async def ask() -> None:
        nonlocal answered
        for number in range(400):
            try:
                await payments_db.write(lambda tx, number=number: tx.fetchval("SELECT $1::int", number))  # type: ignore[misc]
                answered += 1
            except Unavailable:
                continue

    asking = [asyncio.create_task(ask()) for _ in range(4)]
    while not all(task.done() for task in asking):
        ended += await operator.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE usename = 'payments_app' AND datname = current_database()"
        )
        await asyncio.wait(asking, timeout=0.05)
    await asyncio.gather(*asking)
    await operator.close()
    assert ended > 10
    assert answered > 1000


async def test_a_serialization_failure_is_tried_again(payments_db: Database) -> None:
    """When Postgres asks for another try, it gets one."""
    tries = 0

    async def work(tx: Tx) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            await tx.execute("DO $$ BEGIN RAISE EXCEPTION 'told to' USING ERRCODE = '40001'; END $$")
        await insert(tx, "serialized")

    await payments_db.write(work)
    assert (tries, await count(payments_db, "serialized")) == (3, 1)


@pytest.mark.parametrize("sqlstate", ["53100", "57014", "57P01", "25006", "25P03"])
async def test_a_server_in_trouble_is_unavailable_and_no_error_of_ours(payments_db: Database, sqlstate: str) -> None:
    """Disk full, canceled, shutting down, standby, timed out: the caller is told to come again."""
    tries = 0

    async def work(tx: Tx) -> None:
        nonlocal tries
        tries += 1
        await tx.execute(f"DO $$ BEGIN RAISE EXCEPTION 'told to' USING ERRCODE = '{sqlstate}'; END $$")

    with pytest.raises(Unavailable):
        await payments_db.write(work)
    assert tries == 3


async def test_errors_of_the_work_itself_come_through_at_once(payments_db: Database) -> None:
    """A broken rule or a value that cannot be stored is not tried again, and the transaction is rolled back."""
    tries = 0

    async def bad(tx: Tx, then: Callable[[Tx], object]) -> None:
        nonlocal tries
        tries += 1
        await insert(tx, "bad")
        await then(tx)  # type: ignore[misc] # each of them returns a coroutine

    with pytest.raises(asyncpg.UniqueViolationError):
        await payments_db.write(lambda tx: bad(tx, lambda it: insert(it, "bad")))
    with pytest.raises(asyncpg.DataError, match="range"):
        await payments_db.write(lambda tx: bad(tx, lambda it: it.fetchval("SELECT $1::int", 2**40)))
    with pytest.raises(asyncpg.DataError, match="surrogates"):
        await payments_db.write(lambda tx: bad(tx, lambda it: it.fetchval("SELECT $1::text", "\ud800")))
    assert (tries, await count(payments_db, "bad")) == (3, 0)


async def test_a_caller_who_goes_away_leaves_no_half_transaction(payments_db: Database) -> None:
    """The caller is canceled while the transaction runs: it still ends with its commit, and followers are woken."""
    inside, go_on, woken = asyncio.Event(), asyncio.Event(), asyncio.Event()
    payments_db.after_commit(woken.set)

    async def work(tx: Tx) -> None:
        await insert(tx, "canceled")
        inside.set()
        await go_on.wait()

    caller = asyncio.create_task(payments_db.write(work))
    await inside.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    await payments_db.drained()
    assert await count(payments_db, "canceled") == 1
    assert woken.is_set()


async def test_closing_waits_for_transactions_under_way(portal_database: str) -> None:
    """A process that is told to stop finishes the commits that it has begun."""
    dsn = app_dsn("payments", portal_database)

    async def work(tx: Tx) -> None:
        await tx.execute("SELECT pg_sleep(0.3)")
        await insert(tx, "closing")

    async with open_database(dsn, name="test") as db:
        caller = asyncio.create_task(db.write(work))
        await asyncio.sleep(0)
        caller.cancel()
    async with open_database(dsn, name="test") as db:
        assert await count(db, "closing") == 1


async def test_a_full_pool_says_so_within_three_seconds(portal_database: str) -> None:
    """All connections are busy: the caller hears it after one wait of 2 s, because more tries would only queue up."""
    release = asyncio.Event()
    async with open_database(app_dsn("payments", portal_database), size=2, name="test") as db:

        async def busy(tx: Tx) -> None:
            await tx.execute("SELECT 1")
            await release.wait()

        holders = [asyncio.create_task(db.read(busy)) for _ in range(2)]
        while db.in_use < 2:
            await asyncio.sleep(0.01)
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await db.write(lambda tx: insert(tx, "full"))
        assert 1.5 < seconds_since(started) < 3
        release.set()
        await asyncio.gather(*holders)
        await db.write(lambda tx: insert(tx, "full"))
        assert await count(db, "full") == 1


async def test_a_database_that_is_gone_is_unavailable_soon_and_works_when_it_is_back(portal_database: str) -> None:
    """Refused connections: three tries in under 3 s, then Unavailable; the same pool works again afterwards."""
    async with through_cable(portal_database) as (db, cable):
        await db.write(lambda tx: insert(tx, "before"))
        await cable.cut()
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await db.write(lambda tx: insert(tx, "gone"))
        with pytest.raises(Unavailable):
            await db.read(lambda tx: tx.fetchval("SELECT 1"))
        assert seconds_since(started) < 5
        await cable.mend()
        await db.write(lambda tx: insert(tx, "back"))
        assert [await count(db, key) for key in ("before", "gone", "back")] == [1, 0, 1]


async def test_a_short_absence_is_not_noticed_by_the_caller(portal_database: str) -> None:
    """The server is back before the third try: the caller gets an answer."""
    async with through_cable(portal_database) as (db, cable):
        await cable.cut()
        asking = asyncio.create_task(db.write(lambda tx: insert(tx, "short")))
        await asyncio.sleep(0.2)
        await cable.mend()
        await asking
        assert await count(db, "short") == 1


async def test_a_database_that_hangs_is_unavailable_while_somebody_still_waits(portal_database: str) -> None:
    """Nothing comes back over open connections: the caller is told within 8 s, not after three waits of 5 s."""
    async with through_cable(portal_database) as (db, cable):
        await db.write(lambda tx: insert(tx, "before"))
        cable.hold()
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await db.read(lambda tx: tx.fetchval("SELECT 1"))
        assert seconds_since(started) < 8
        cable.release()
        cable.break_connections()
        assert await count(db, "before") == 1


async def test_a_commit_whose_answer_was_lost_is_found_by_key(portal_database: str) -> None:
    """The commit happened, its answer did not come: the second try finds the row by its key and changes nothing."""
    subject_id = uuid4()
    tries = 0

    async with through_cable(portal_database) as (db, cable):

        async def work(tx: Tx) -> int:
            nonlocal tries
            tries += 1
            if await tx.fetchval(COUNT, "lost") == 0:
                await insert(tx, "lost", subject_id)
                cable.lose_next_answer()
            return tries

        assert await db.write(work) == 2
        assert await count(db, "lost") == 1
