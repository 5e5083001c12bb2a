"""Serve a service: HTTP, consumer, relay and timers in one process, or one kind of them with `--only`.

SIGTERM drains: not ready any more, no new requests, requests and messages under way are finished, then connections
are closed. A part that ends by itself ends the process with an error, so that whoever runs it starts it again.
"""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any, Literal

import structlog
from aiohttp import web

from shared.bus import require_queue
from shared.clocks import BusinessClock, MovableClock, SystemClock
from shared.consumer import Consumer
from shared.db import Database, Tx, Unavailable, open_database
from shared.http.app import build_app
from shared.http.checking import Checker
from shared.http.health import add_health, add_metrics
from shared.http.openapi import openapi_route
from shared.http.routes import Route
from shared.http.sandbox import Sandbox, load_clock
from shared.http.server import PlainRunner
from shared.http.tokens import TokenVerifier
from shared.inbox import Inbox
from shared.jobs import JobRunner, in_timer
from shared.log import configure, describe
from shared.relay import Relay
from shared.retention import forget_old, retry_inbox
from shared.service import CannotStart, Core, Service
from shared.settings import ServiceSettings
from shared.switches import Switches
from shared.telemetry import tracing
from shared.watching import Watcher, watch_invariants

log = structlog.get_logger()

Part = Literal["http", "events", "relay", "jobs"]
ALL_PARTS: tuple[Part, ...] = ("http", "events", "relay", "jobs")

HARD_STOP_MARGIN_SECONDS = 5
CANCEL_AGAIN_SECONDS = 3.0  # longer than a good-bye to the broker may take
GARBAGE_THRESHOLDS = (20_000, 20, 20)
COUNT_OUTBOX = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
COUNT_INBOX = "SELECT count(*) FROM inbox WHERE status = 'waiting' AND due_at <= now() + interval '30 seconds'"


@asynccontextmanager
async def open_core(service: Service[Any], settings: ServiceSettings) -> AsyncIterator[Core]:
    """The database, the clock and the switches of a service."""
    async with AsyncExitStack() as stack:
        db: Database | None = None
        if settings.postgres_dsn is not None:
            dsn = settings.postgres_dsn.get_secret_value()
            db = await stack.enter_async_context(
                open_database(dsn, size=settings.postgres_pool_size, name=service.name)
            )
        clock: BusinessClock = SystemClock()
        if settings.is_sandbox:
            clock = await load_clock(db) if db is not None else MovableClock()
        switches = Switches(tuple(service.switches))
        if db is not None and service.switches:
            await switches.read(db)
        yield Core(settings, db, clock, switches)


class Running:
    """The parts of one process of a service, once built."""

    def __init__(self, service: Service[Any], core: Core, parts: Any, only: Sequence[Part]) -> None:
        self._service = service
        self._core = core
        self._parts = parts
        self._only = only
        self._draining = False
        settings: ServiceSettings = core.settings
        amqp_url = settings.amqp_url.get_secret_value()
        self.relay: Relay | None = None
        self.consumer: Consumer | None = None
        inbox: Inbox | None = None
        if core.database is not None and settings.postgres_dsn is not None:
            self.relay = Relay(settings.postgres_dsn.get_secret_value(), amqp_url, service.name)
        if core.database is not None and service.subscriptions:
            inbox = Inbox(core.database, core.clock, service.queue, service.subscriptions, service.write_heard)
            self.consumer = Consumer(amqp_url, service.queue, inbox)
        self.watcher = Watcher(service, core, parts, self.consumer)
        jobs = [*service.jobs]
        if core.database is not None:
            jobs += [forget_old(core.database), watch_invariants(service, core.database, self.watcher.metrics)]
        if inbox is not None:
            jobs.append(retry_inbox(inbox))
        self.jobs = [JobRunner(job, parts, core.clock) for job in jobs]

    def app(self) -> web.Application:
        """The HTTP application of the service."""
        settings: ServiceSettings = self._core.settings
        try:
            verifier = TokenVerifier(settings.token_public_key)
        except ValueError:
            raise CannotStart("PORTAL_TOKEN_PUBLIC_KEY is not an Ed25519 JWK") from None
        checker = Checker(
            verifier,
            settings.gateway_key.get_secret_value(),
            self._parts,
            self._core.clock,
            settings.body_timeout_seconds,
        )
        app = build_app(
            routes=(*self._service.routes, openapi_route(self._service.routes), *self._sandbox_routes()),
            checker=checker,
            metrics=self.watcher.metrics,
            problems=self._service.problems,
            max_body_bytes=settings.max_body_bytes,
            believes_callers=not self._service.is_public,
        )
        add_health(app, self.missing)
        if not self._service.is_public:
            add_metrics(app, self.watcher.scrape)
        self._service.extend(app, self._parts)
        return app

    def operators_app(self) -> web.Application:
        """What PORTAL_METRICS_PORT shows: health and metrics, also of a process that serves no HTTP."""
        app = web.Application()
        add_health(app, self.missing)
        add_metrics(app, self.watcher.scrape)
        return app

    def _sandbox_routes(self) -> tuple[Route, ...]:
        clock = self._core.clock
        if not isinstance(clock, MovableClock) or self._core.database is None:
            return ()
        return Sandbox(clock, self._core.database, self.next_due, self.pending, self.wake_jobs).routes()

    def wake_jobs(self) -> None:
        """Have every timer look for due things now."""
        for runner in self.jobs:
            runner.wake()

    def wake_after_commit(self) -> None:
        """Have the relay, and the timers that follow commits, look now."""
        if self.relay is not None:
            self.relay.wake()
        for runner in self.jobs:
            if runner.job.wake_on_commit and not in_timer.get():
                runner.wake()

    async def missing(self) -> Sequence[str]:
        """What the service cannot work without and does not have at this moment."""
        missing = ["draining"] if self._draining else []
        if self._core.database is not None:
            try:
                await self._core.database.read(lambda tx: tx.fetchval("SELECT 1"))
            except Unavailable:
                missing.append("database")
        return (*missing, *await self._service.ready(self._parts))

    async def next_due(self) -> Sequence[datetime]:
        """When each timer is due next, in business time."""
        due = [await runner.job.next_due_at(self._parts) for runner in self.jobs]
        return [at for at in due if at is not None]

    async def pending(self) -> Mapping[str, int]:
        """What is not done yet: outbox, inbox, queue, jobs, and the service's own calls to the outside."""

        async def counts(tx: Tx) -> tuple[int, int]:
            return int(await tx.fetchval(COUNT_OUTBOX)), int(await tx.fetchval(COUNT_INBOX))

        # what produces work is counted before what receives it, so that nothing slips through between two counts
        found = {f"job:{runner.job.name}": await runner.due_count() for runner in self.jobs}
        calls = dict(self._service.pending(self._parts))
        outbox, inbox = await self._core.db.read(counts)
        queue = await self.consumer.waiting_count() if self.consumer else 0
        return {**found, **calls, "outbox": outbox, "inbox": inbox, "queue": queue}

    async def run(self, stop: asyncio.Event) -> int:
        """Serve until `stop`; returns the exit status of the process."""
        settings: ServiceSettings = self._core.settings
        if self._core.database is not None:
            self._core.database.after_commit(self.wake_after_commit)
        runners = await self._start_http(settings)
        tasks, watching = self._start_tasks(), self._start_watching()
        log.info("serving", service=self._service.name, port=settings.http_port, pid=os.getpid())
        stopped = asyncio.ensure_future(stop.wait())
        done, _ = await asyncio.wait([stopped, *tasks, *watching], return_when=asyncio.FIRST_COMPLETED)
        failed = [task for task in done if task is not stopped]
        for task in failed:
            error = task.exception() if not task.cancelled() else None
            log.error("part_ended", kind=task.get_name(), **(describe(error) if error else {}))
        await self._drain(runners, tasks)
        await _end(watching)
        return 1 if failed else 0

    async def _start_http(self, settings: ServiceSettings) -> list[web.AppRunner]:
        wanted = [(self.app(), settings.http_port)] if "http" in self._only else []
        if settings.metrics_port is not None:
            wanted.append((self.operators_app(), settings.metrics_port))
        runners: list[web.AppRunner] = []
        for app, port in wanted:
            runner = PlainRunner(app, drain_timeout_seconds=settings.drain_timeout_seconds)
            runners.append(runner)
            await runner.setup()
            try:
                await web.TCPSite(runner, settings.http_host, port, backlog=1024).start()
            except OSError as error:
                for started in runners:
                    await started.cleanup()
                raise CannotStart(f"port {port} cannot be used ({error.strerror})") from None
        return runners

    def _start_tasks(self) -> list[asyncio.Task[None]]:
        tasks = []
        if self.consumer is not None and "events" in self._only:
            tasks.append(asyncio.create_task(self.consumer.run(), name="consumer"))
        if self.relay is not None and "relay" in self._only:
            tasks.append(asyncio.create_task(self.relay.run(), name="relay"))
        if "jobs" in self._only:
            tasks += [asyncio.create_task(runner.run(), name=runner.job.name) for runner in self.jobs]
        return tasks

    def _start_watching(self) -> list[asyncio.Task[None]]:
        watching: list[Coroutine[Any, Any, None]] = [self.watcher.watch_loop()]
        if self._core.database is not None and self._service.switches:
            watching.append(self._core.switches.watch(self._core.database, self.wake_jobs))
        return [asyncio.create_task(watch, name="watching") for watch in watching]

    async def _drain(self, runners: list[web.AppRunner], tasks: list[asyncio.Task[None]]) -> None:
        self._draining = True
        limit_seconds = 2 * self._core.settings.drain_timeout_seconds + HARD_STOP_MARGIN_SECONDS
        asyncio.get_running_loop().call_later(limit_seconds, _stop_hard)
        log.info("draining", service=self._service.name)
        for job in self.jobs:
            job.stop()
        for runner in runners:
            await runner.cleanup()
        if self.consumer is not None:
            await self.consumer.stop()
        jobs = [task for task in tasks if task.get_name() not in ("consumer", "relay")]
        if jobs:
            await asyncio.wait(jobs, timeout=self._core.settings.drain_timeout_seconds)
        await _end(tasks)


async def _end(tasks: list[asyncio.Task[None]], again_seconds: float = CANCEL_AGAIN_SECONDS) -> None:
    """Cancel until all have ended: `asyncio.wait_for` swallows a cancellation that comes just as its work is done."""
    going = set(tasks)
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=again_seconds)
    await asyncio.gather(*tasks, return_exceptions=True)


def _stop_hard() -> None:
    """End the process though something hangs on a dead connection: nothing is lost by it, and another one can start."""
    log.error("drain_took_too_long")
    os._exit(1)


async def serve(service: Service[Any], settings: ServiceSettings, only: Sequence[Part] = ALL_PARTS) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status. Raises CannotStart, TopologyMissing, Unavailable."""
    configure(service.name, settings.log_level)
    if os.environ.get("CRASH_AT") and not settings.is_sandbox:
        raise CannotStart("CRASH_AT is only for sandbox and test")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if service.subscriptions and "events" in only:
        await require_queue(settings.amqp_url.get_secret_value(), service.queue)
    traced = tracing(service.name, settings.otlp_endpoint, settings.trace_ratio)
    async with traced, open_core(service, settings) as core, service.build(core) as parts:
        running = Running(service, core, parts, only)
        _leave_alone_what_stays()
        return await running.run(stop)


def _leave_alone_what_stays() -> None:
    """Take what was loaded by now out of the garbage collector's sight, and have it look less often.

    Requests leave few cycles behind, and each look of the collector goes through all that is loaded.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
