"""What an operator sees of one process at `/metrics`: its own gauges, those of its service, the state of the process.

A scrape reads what is cheap: counts stop at 10,000, and each statement goes by an index that holds only the rows that
it counts. What is dear (the watched checks, counts of whole tables) is read by a slow timer. A scrape never fails and
never waits for more than 2 s: what could not be read keeps its last value, and `portal_database_up` is 0.
"""

import asyncio
import platform
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import REGISTRY, Gauge, Histogram, disable_created_metrics, generate_latest

from shared.consumer import Consumer
from shared.db import Database, Tx, Unavailable
from shared.http.metrics import Metrics
from shared.jobs import Job, never_due
from shared.log import describe
from shared.service import Core, Service

log = structlog.get_logger()

READ_TIMEOUT_SECONDS = 2.0
LOOP_LOOK_SECONDS = 0.5
SLOW_SECONDS = 300.0
SLOW_STATEMENT_SECONDS = 60.0
MOST_COUNTED = 10_000
GAUGES = f"""
SELECT (SELECT count(*) FROM (SELECT FROM outbox WHERE sent_at IS NULL LIMIT {MOST_COUNTED}) AS row) AS outbox_unsent,
       (SELECT coalesce(extract(epoch FROM now() - (SELECT created_at
                                                      FROM outbox
                                                     WHERE sent_at IS NULL
                                                     ORDER BY id
                                                     LIMIT 1)), 0)) AS outbox_oldest_seconds,
       (SELECT count(*) FROM (SELECT FROM inbox WHERE status = 'waiting' LIMIT {MOST_COUNTED}) AS row)
       AS inbox_waiting,
       (SELECT count(*) FROM (SELECT FROM inbox WHERE status = 'dead' LIMIT {MOST_COUNTED}) AS row) AS inbox_dead,
       extract(epoch FROM clock_timestamp()) AS database_time
"""  # noqa: S608 - our own constant
LOOP_LAG = Histogram(
    "portal_event_loop_lag_seconds",
    "How much later than it should the event loop came back to a timer",
    buckets=(0.005, 0.02, 0.1, 0.25, 0.5, 1, 5),
)
BROKEN = Gauge("portal_broken_invariant_rows", "Rows that break an invariant, at most 20 are counted", ["check"])
BUILD = Gauge("portal_build_info", "What runs here", ["service", "build", "python"])
disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types; a third of a scrape, which no rule needs


class Watcher:
    """The metrics of one process of a service."""

    def __init__(self, service: Service[Any], core: Core, parts: Any, consumer: Consumer | None) -> None:
        self._service = service
        self._core = core
        self._parts = parts
        self._consumer = consumer
        self._reading: asyncio.Task[None] | None = None
        self.metrics = Metrics(service.name)
        BUILD.labels(service.name, core.settings.build, platform.python_version()).set(1)

    async def scrape(self) -> bytes:
        """All metrics in Prometheus' text form."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        done, _ = await asyncio.wait([self._reading], timeout=READ_TIMEOUT_SECONDS)
        if not done and self._core.database is not None:
            self.metrics.set({"database_up": 0})
        return generate_latest(REGISTRY) + generate_latest(self.metrics.registry)

    async def _read(self) -> None:
        db = self._core.database
        try:
            self.metrics.set(self._service.gauges_in_memory(self._parts))
            if db is not None:
                self.metrics.set({"pool_limit": db.size, "pool_busy": db.in_use})
                self.metrics.set({**await db.read(self._counted), "database_up": 1})
            if self._consumer is not None and (depth := await self._consumer.depth()) is not None:
                self.metrics.set({"queue_messages": depth})
        except Unavailable as error:
            self.metrics.set({"database_up": 0})
            log.warning("gauges_unavailable", **describe(error))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a gauge, the other metrics are shown
            log.error("gauges_failed", **describe(error))

    async def _counted(self, tx: Tx) -> Mapping[str, float]:
        asked_at = time.time()
        row = await tx.fetchrow(GAUGES)
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        counted = {name: float(value) for name, value in row.items()}
        skew_seconds = counted.pop("database_time") - (asked_at + time.time()) / 2
        return {**counted, "clock_skew_seconds": skew_seconds, **await self._service.gauges(tx)}

    async def watch_loop(self) -> None:
        """Measure for ever how late the event loop is."""
        while True:
            asleep_at = time.perf_counter()
            await asyncio.sleep(LOOP_LOOK_SECONDS)
            LOOP_LAG.observe(max(0.0, time.perf_counter() - asleep_at - LOOP_LOOK_SECONDS))


def watch_invariants(service: Service[Any], db: Database, metrics: Metrics) -> Job[Any]:
    """A job that runs the watched checks of a service, the same statements as `verify`, and its dear counts."""

    async def count(sql: str) -> int:
        statement = f"SELECT count(*) FROM ({sql}) AS found"  # noqa: S608 - our own constants
        return int(await db.read(lambda tx: tx.fetchval(statement, timeout=SLOW_STATEMENT_SECONDS)))

    async def run(_parts: Any, _now: datetime) -> int:
        for check in service.checks:
            if check.watched:
                BROKEN.labels(check.name).set(await count(f"SELECT FROM ({check.sql}) AS row LIMIT 20"))
        for name, sql in service.slow_counts.items():
            metrics.set({name: await count(sql)})
        metrics.set({"invariants_checked_timestamp_seconds": time.time()})
        return 0

    return Job("watch_invariants", SLOW_SECONDS, run, never_due)
