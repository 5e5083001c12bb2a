"""The database of a service: a pool, and transactions that outlive restarts of Postgres and cancelled callers.

Only the edges (HTTP handler, consumer, timer) call `write` and `read`; use cases and stores get the `Tx`. What callers
of one moment share is committed for them by `shared/together.py`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import asyncpg
import structlog
from prometheus_client import Counter, Histogram

from shared.log import describe
from shared.telemetry import step

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Tx = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Tx = asyncpg.Connection

T = TypeVar("T")
log = structlog.get_logger()

TRIES = 3
LAST_TRY_BEGINS_WITHIN_SECONDS = 4.0  # so that the caller hears of it while somebody still waits
ACQUIRE_TIMEOUT_SECONDS = 2.0
COMMAND_TIMEOUT_SECONDS = 5.0
CONNECT_TIMEOUT_SECONDS = 10.0  # at start there is time; later nobody waits for longer than ACQUIRE_TIMEOUT_SECONDS
POOL_WAIT = Histogram(
    "portal_pool_wait_seconds",
    "How long work waited for a connection of the pool",
    buckets=(0.0005, 0.001, 0.005, 0.02, 0.1, 0.5, ACQUIRE_TIMEOUT_SECONDS),
)
POOL_TIMEOUTS = Counter("portal_pool_timeouts", "Work that got no connection of the pool in time")
FAILURES = Counter("portal_database_failures", "Tries that failed because of the connection or the server")
TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server has ended the session and asyncpg has not closed the connection yet
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.OperatorInterventionError,  # shut down, starting up, canceled by an operator
    asyncpg.InsufficientResourcesError,  # disk full, out of memory, too many connections
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # the server has become a standby
    asyncpg.InvalidCachedStatementError,
    OSError,
    TimeoutError,
)


class Unavailable(Exception):
    """The database did not answer in several tries; nothing is known to be lost: the caller may ask again by key."""


class Database:
    """One service's schema behind a pool of connections."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", dsn: str, after_commit: list[Callable[[], None]] | None = None
    ) -> None:
        self._pool = pool
        self._dsn = dsn
        self._after_commit: list[Callable[[], None]] = [] if after_commit is None else after_commit
        self._running: set[asyncio.Task[object]] = set()

    def after_commit(self, wake: Callable[[], None]) -> None:
        """Have `wake` called after each commit of this process: the relay and timers need not wait for their poll."""
        self._after_commit.append(wake)

    @asynccontextmanager
    async def beside(self, *, size: int, session: Mapping[str, str]) -> "AsyncIterator[Database]":
        """The same database over connections of its own, made when they are needed, with these settings of PostgreSQL.

        Commits over them wake who listens to this one's.
        """
        async with _opened(self._dsn, size=size, ready=0, session=session, after_commit=self._after_commit) as database:
            yield database

    @property
    def size(self) -> int:
        """How many connections the pool may have."""
        return self._pool.get_max_size()

    @property
    def in_use(self) -> int:
        """How many connections of the pool are busy."""
        return self._pool.get_size() - self._pool.get_idle_size()

    async def write(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `work` in one transaction; again, up to 3 times, when the connection or the server failed.

        A commit whose answer was lost may have happened, so `work` looks up its key or state first. The transaction
        is shielded: a cancelled caller does not leave its outcome unknown to us. Raises Unavailable.
        """
        return await self._shielded(lambda: self._once(work))

    async def write_alone(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """As `write`, for `work` that changes things by one statement: that statement is the transaction.

        Spares two round trips. What `work` has read before may have changed by then; the statement must see to that.
        """
        return await self._shielded(lambda: self._bare(work))

    async def _shielded(self, once: Callable[[], Awaitable[T]]) -> T:
        task = asyncio.ensure_future(self._committed(once))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def read(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `work`, which only reads, on a connection without a transaction. Raises Unavailable."""
        return await self._tried(lambda: self._bare(work))

    async def _committed(self, once: Callable[[], Awaitable[T]]) -> T:
        with step("transaction", "client", {"db.system.name": "postgresql"}):
            result = await self._tried(once)
        for wake in self._after_commit:
            wake()
        return result

    async def _once(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        async def in_transaction(tx: Tx) -> T:
            async with tx.transaction():
                return await work(tx)

        return await self._bare(in_transaction)

    async def _bare(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        connection = await self._connection()
        try:
            return await work(connection)
        finally:
            await self._pool.release(connection)

    async def _connection(self) -> "PoolConnectionProxy[asyncpg.Record]":
        """A connection of the pool. Raises Unavailable at once when all stay busy: more tries would only queue up."""
        asked_at = time.monotonic()
        try:
            connection = await self._pool.acquire(timeout=ACQUIRE_TIMEOUT_SECONDS)
        except TimeoutError as error:
            POOL_TIMEOUTS.inc()
            log.warning("database_busy", seconds=ACQUIRE_TIMEOUT_SECONDS)
            raise Unavailable("no connection became free") from error
        POOL_WAIT.observe(time.monotonic() - asked_at)
        return connection

    async def _tried(self, once: Callable[[], Awaitable[T]]) -> T:
        give_up_at = time.monotonic() + LAST_TRY_BEGINS_WITHIN_SECONDS
        for attempt in range(1, TRIES + 1):
            try:
                return await once()
            except TRANSIENT as error:
                FAILURES.inc()
                log.warning("database_failed", attempt=attempt, **describe(error))
                if attempt == TRIES or time.monotonic() > give_up_at:
                    raise Unavailable("the database did not answer") from error
                await asyncio.sleep(0.1 * 3**attempt)
        raise AssertionError("unreachable")

    async def drained(self) -> None:
        """Wait until the transactions under way have ended."""
        while self._running:
            await asyncio.wait(tuple(self._running))


@asynccontextmanager
async def open_database(dsn: str, *, size: int = 16, name: str = "portal") -> AsyncIterator[Database]:
    """A pool of at most `size` connections; Postgres itself ends transactions idle for more than 5 s (I9)."""
    session = {"application_name": name}
    async with _opened(dsn, size=size, ready=min(2, size), session=session, after_commit=[]) as database:
        yield database


@asynccontextmanager
async def _opened(
    dsn: str, *, size: int, ready: int, session: Mapping[str, str], after_commit: list[Callable[[], None]]
) -> AsyncIterator[Database]:
    pool = await asyncpg.create_pool(
        dsn,
        min_size=ready,
        max_size=size,
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        server_settings={"idle_in_transaction_session_timeout": "5000", **session},
        reset=_leave_as_it_is,
    )
    try:
        database = Database(pool, dsn, after_commit)
        yield database
        await database.drained()
    finally:
        try:
            await asyncio.wait_for(pool.close(), 5)
        except TimeoutError:
            pool.terminate()


async def _leave_as_it_is(_connection: object) -> None:
    """Nothing outlives a transaction here, no session lock, cursor or setting, so that a reset would be a trip in vain.

    What was left open is rolled back by the pool itself.
    """
