"""What an operator sees at `/metrics`: true, cheap, and there also when nothing else is."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.notify.store.deliveries import COUNT_WAITING
from services.notify.wiring import SERVICE as NOTIFY
from services.payments.store.payment_checks import COUNT_OPEN
from services.payments.wiring import SERVICE as PAYMENTS
from shared import outbox
from shared.db import Database, Tx, open_database
from shared.http.metrics import Metrics
from shared.service import Check, Core, Service
from shared.settings import ServiceSettings
from shared.testing.clock import FixedClock
from shared.testing.http import ServiceUnderTest, base_settings, serving
from shared.watching import GAUGES, Watcher, watch_invariants
from tests.conftest import app_dsn
from tests.shared.test_outbox_inbox import thing

FILL_OUTBOX = """
INSERT INTO outbox (event_id, type, exchange, routing_key, subject, sequence, occurred_at, source, correlation_id,
                    causation_id, body, sent_at)
SELECT gen_random_uuid(), 't', 'e', 'k', 's', 1, now(), '/', '', '', '{}', now() FROM generate_series(1, 20000)
"""
FILL_INBOX = """
INSERT INTO inbox (consumer, event_id, type, status, done_at)
SELECT 'c', gen_random_uuid(), 't', 'done', now() FROM generate_series(1, 20000)
"""
FILL_PAYMENTS = """
INSERT INTO payment (payment_id, reference, member_id, amount_cents, credit_cents, method_type, card_id, brand, last4,
                     expires, statement_text, status, charge_id, accepted_at, version)
SELECT gen_random_uuid(), number::text, gen_random_uuid(), 1, 1, 'card', 'c', 'visa', '4242', '2040-12', 't',
       'succeeded', number::text, now(), 2
  FROM generate_series(1, 20000) AS number
"""


FILL_KEYS = """
INSERT INTO idempotency_key (principal, route, key, body_hash, subject_id)
SELECT 't', 't', number, '', gen_random_uuid() FROM generate_series(1, 30) AS number
"""
KEEP_MESSAGE = """
INSERT INTO inbox (consumer, event_id, type, status, body) VALUES ('c', gen_random_uuid(), 't', $1, '')
"""


@pytest.fixture
async def owner(portal_database: str) -> AsyncIterator[Database]:
    """payments' schema as its owner sees it, who may do what the service may not."""
    dsn = app_dsn("payments", portal_database).replace("payments_app", "payments_owner")
    async with open_database(dsn, size=2, name="test") as db:
        yield db


@asynccontextmanager
async def building(core: Core) -> AsyncIterator[Core]:
    """The parts are the core."""
    yield core


@asynccontextmanager
async def watched(db: Database, **more: Any) -> AsyncIterator[ServiceUnderTest]:
    """A service that only has metrics, over a database."""
    settings = ServiceSettings(**base_settings(build="v1.2.3"))
    service: Service[Core] = Service(name="payments", settings=ServiceSettings, routes=(), build=building, **more)
    async with serving(service, Core(settings, db, FixedClock()), settings, db, FixedClock()) as running:
        yield running


async def scraped(service: ServiceUnderTest) -> dict[str, float]:
    """Every series of a scrape by its name and labels."""
    answer = await service.call("GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    lines = [line.rpartition(" ") for line in answer.body.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_what_waits_in_outbox_and_inbox_is_counted(payments_db: Database, owner: Database) -> None:
    """Unsent facts, how old the oldest is, kept and dead messages: counted at the moment of the scrape."""
    async with watched(payments_db) as service:
        before = await scraped(service)
        await payments_db.write(lambda tx: outbox.add(tx, thing(1), thing(2)))
        await owner.write(lambda tx: tx.execute("UPDATE outbox SET created_at = now() - interval '90 s'"))
        for status in ("waiting", "dead", "dead"):
            await payments_db.write(lambda tx, status=status: tx.execute(KEEP_MESSAGE, status))  # type: ignore[misc]
        after = await scraped(service)
    assert before["portal_outbox_unsent"] == before["portal_outbox_oldest_seconds"] == 0
    assert after["portal_outbox_unsent"] == 2
    assert 90 <= after["portal_outbox_oldest_seconds"] < 120
    assert (after["portal_inbox_waiting"], after["portal_inbox_dead"]) == (1, 2)
    assert after["portal_database_up"] == 1
    assert abs(after["portal_clock_skew_seconds"]) < 0.5


async def test_the_process_tells_about_itself(payments_db: Database) -> None:
    """What runs here, how much memory it takes, its pool and how long work waits for it."""
    async with watched(payments_db) as service:
        shown = await scraped(service)
    assert [name for name in shown if name.startswith('portal_build_info{build="v1.2.3"')]
    assert shown["process_resident_memory_bytes"] > 1024 * 1024
    assert shown["portal_pool_limit"] == payments_db.size
    assert shown["portal_pool_wait_seconds_count"] > 0


async def test_a_scrape_does_not_wait_for_a_busy_pool(portal_database: str) -> None:
    """All connections are taken: the scrape answers within seconds, says so, and keeps what it knew."""
    async with open_database(app_dsn("payments", portal_database), size=1) as db, watched(db) as service:
        assert (await scraped(service))["portal_database_up"] == 1
        let_go = asyncio.Event()

        async def hold(_tx: Tx) -> None:
            await let_go.wait()

        holding = asyncio.create_task(db.read(hold))
        async with asyncio.timeout(10):
            shown = await scraped(service)
        assert (shown["portal_database_up"], shown["portal_pool_busy"]) == (0, 1)
        assert shown["portal_outbox_unsent"] == 0
        let_go.set()
        await holding
        async with asyncio.timeout(10):
            while (await scraped(service))["portal_database_up"] != 1:
                await asyncio.sleep(0.05)


async def test_a_gauge_that_fails_takes_nothing_else_away(payments_db: Database) -> None:
    """A mistake in one service's own gauges costs these gauges, not the scrape."""

    async def wrong(tx: Tx) -> Mapping[str, float]:
        return {"never": float(await tx.fetchval("SELECT 1 / 0"))}

    async with watched(payments_db, gauges=wrong) as service:
        shown = await scraped(service)
    assert "process_resident_memory_bytes" in shown
    assert "portal_never" not in shown


async def plan_of(db: Database, sql: str) -> str:
    """How the database goes about a statement."""
    return "\n".join(row[0] for row in await db.read(lambda tx: tx.fetch(f"EXPLAIN {sql}")))


async def test_a_scrape_scans_no_table(payments_db: Database, notify_db: Database, owner: Database) -> None:
    """With years of rows in the tables each count goes by an index that holds only what it counts."""
    for statement in (FILL_OUTBOX, FILL_INBOX, FILL_PAYMENTS, "ANALYZE outbox, inbox, payment"):
        await owner.read(lambda tx, statement=statement: tx.execute(statement))  # type: ignore[misc]
    assert "Seq Scan" not in await plan_of(payments_db, GAUGES)
    assert "Seq Scan" not in await plan_of(payments_db, COUNT_OPEN)
    assert "delivery_queued" in await plan_of(notify_db, COUNT_WAITING)


async def test_a_broken_invariant_is_found_by_the_timer(payments_db: Database, owner: Database) -> None:
    """The same statement as `verify`, by a slow timer: how many rows break it, and 0 again once they are mended."""
    check = Check("T-watched", "no key is forbidden", "SELECT key FROM idempotency_key", watched=True)
    quiet = Check("T-quiet", "only verify looks at it", "SELECT key FROM idempotency_key")
    service: Service[Core] = Service(
        name="payments", settings=ServiceSettings, routes=(), build=building, checks=(check, quiet)
    )
    job = watch_invariants(service, payments_db, Metrics("payments"))

    async def broken_rows(name: str) -> float | None:
        await job.run(None, FixedClock().now())
        return REGISTRY.get_sample_value("portal_broken_invariant_rows", {"check": name})

    assert await broken_rows("T-watched") == 0
    await owner.write(lambda tx: tx.execute(FILL_KEYS))
    assert await broken_rows("T-watched") == 20
    await owner.write(lambda tx: tx.execute("DELETE FROM idempotency_key"))
    assert await broken_rows("T-watched") == 0
    assert await broken_rows("T-quiet") is None


@pytest.mark.parametrize("service", [PAYMENTS, NOTIFY], ids=lambda service: str(service.name))
async def test_what_the_slow_timer_asks_can_be_asked(
    service: Service[Any], payments_db: Database, notify_db: Database
) -> None:
    """Every watched check and every slow count of a service runs on its schema, and a new one has nothing to tell."""
    db = {"payments": payments_db, "notify": notify_db}[service.name]
    watcher = Watcher(service, Core(ServiceSettings(**base_settings()), db, FixedClock()), None, None)
    job = watch_invariants(service, db, watcher.metrics)
    assert await job.run(None, FixedClock().now()) == 0
    for name in service.slow_counts:
        assert watcher.metrics.registry.get_sample_value(f"portal_{name}") == 0
    assert watcher.metrics.registry.get_sample_value("portal_invariants_checked_timestamp_seconds")
