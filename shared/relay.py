"""The outbox relay: sends unsent rows in id order, in batches, and marks them after the broker's confirm.

One relay per schema is active: it holds a session advisory lock on a connection of its own. Killed between confirm
and mark it sends the same event ids again, and the receivers' inboxes know them. Selects `sent_at IS NULL`, never
`id > last`: a row may commit late with a lower id. Next: `shared/inbox.py` at the other end.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog
from aio_pika import DeliveryMode
from aio_pika.abc import AbstractConnection
from aiormq import Channel, spec
from prometheus_client import Counter, Histogram

from shared.bus import keep_connected, open_channel
from shared.crash import crash_point
from shared.db import TRANSIENT
from shared.fact import Envelope
from shared.log import describe
from shared.telemetry import follow, traceparent

log = structlog.get_logger()

BATCH_ROWS = 200
POLL_SECONDS = 0.05
CONFIRM_TIMEOUT_SECONDS = 5
LOCK_RETRY_SECONDS = 1.0
SENT = Counter("portal_outbox_sent", "Facts that the broker has confirmed")
SEND_LAG = Histogram(
    "portal_outbox_lag_seconds",
    "From the commit of a fact to the confirm of the broker",
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800),
)

UNSENT = """
SELECT id, event_id, type, exchange, routing_key, subject, sequence, occurred_at, source,
       correlation_id, causation_id, traceparent, created_at, body
  FROM outbox
 WHERE sent_at IS NULL
 ORDER BY id
 LIMIT $1
"""
MARK = "UPDATE outbox SET sent_at = now() WHERE id = ANY($1::bigint[])"
LOCK = "SELECT pg_try_advisory_lock(hashtext('outbox relay of ' || current_schema()))"


@dataclass(frozen=True, slots=True)
class Row:
    """One unsent outbox row."""

    id: int
    event_id: UUID
    type: str
    exchange: str
    routing_key: str
    subject: str
    sequence: int
    occurred_at: datetime
    source: str
    correlation_id: str
    causation_id: str
    traceparent: str
    created_at: datetime
    body: str

    def properties(self, present_step: str) -> spec.Basic.Properties:
        """The CloudEvent in binary content mode: its attributes are headers, the fact is the body."""
        envelope = Envelope(
            event_id=self.event_id,
            type=self.type,
            source=self.source,
            subject=self.subject,
            time=self.occurred_at,
            sequence=self.sequence,
            correlation_id=self.correlation_id,
            causation_id=self.causation_id,
            traceparent=present_step or self.traceparent,
        )
        return spec.Basic.Properties(
            headers={**envelope.headers()},
            content_type="application/json",
            delivery_mode=DeliveryMode.PERSISTENT,
            message_id=str(self.event_id),
            timestamp=self.created_at,
            message_type=self.type,
        )

    async def publish(self, channel: Channel) -> None:
        """Send it and wait for the broker's confirm; what is sent in the same turn leaves in one piece."""
        with follow(f"publish {self.type}", "producer", self.traceparent, {"messaging.message.id": str(self.event_id)}):
            await channel.basic_publish(
                self.body.encode(),
                exchange=self.exchange,
                routing_key=self.routing_key,
                properties=self.properties(traceparent()),
                mandatory=True,
                timeout=CONFIRM_TIMEOUT_SECONDS,
                wait=False,
            )


class Relay:
    """Sends what the outbox of one schema holds. `wake` after a commit spares it the wait for its poll."""

    def __init__(self, dsn: str, amqp_url: str, name: str) -> None:
        self._dsn = dsn
        self._amqp_url = amqp_url
        self._name = name
        self._woken = asyncio.Event()
        self.sent_count = 0

    def wake(self) -> None:
        """Look into the outbox now."""
        self._woken.set()

    async def run(self) -> None:
        """Send for ever; ends only by cancellation."""
        await keep_connected(self._amqp_url, f"{self._name}.relay", self._relay)

    async def _relay(self, broker: AbstractConnection) -> None:
        channel = await open_channel(broker)
        try:
            connection = await asyncpg.connect(self._dsn, timeout=3, command_timeout=5)
        except (*TRANSIENT, asyncpg.PostgresError) as error:
            log.warning("relay_database_failed", **describe(error))
            return
        try:
            while not await connection.fetchval(LOCK):
                await asyncio.sleep(LOCK_RETRY_SECONDS)
            log.info("relay_active", service=self._name)
            while not (broker.is_closed or channel.is_closed):
                self._woken.clear()
                if await self.send_batch(connection, channel) == 0:
                    await self._wait()
        except (*TRANSIENT, asyncpg.PostgresError) as error:
            log.warning("relay_failed", **describe(error))
        finally:
            connection.terminate()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            return

    async def send_batch(self, connection: "asyncpg.Connection[asyncpg.Record]", channel: Channel) -> int:
        """Send up to 200 rows and mark those that the broker confirmed; returns how many that were.

        Raises the first failure after marking what was confirmed before it in id order, so that what follows is sent
        again behind it and each subject's events stay in order.
        """
        rows = [Row(*record) for record in await connection.fetch(UNSENT, BATCH_ROWS)]
        if not rows:
            return 0
        crash_point("relay.sending")
        sending = [row.publish(channel) for row in rows]
        outcomes = await asyncio.gather(*sending, return_exceptions=True)
        crash_point("relay.confirmed")
        failed = next((index for index, outcome in enumerate(outcomes) if isinstance(outcome, BaseException)), None)
        confirmed = rows if failed is None else rows[:failed]
        await connection.execute(MARK, [row.id for row in confirmed])
        crash_point("relay.marked")
        self.sent_count += len(confirmed)
        _count(confirmed)
        if failed is not None:
            outcome = outcomes[failed]
            assert isinstance(outcome, BaseException)  # noqa: S101 - it is what `failed` points at
            raise outcome
        return len(confirmed)


def _count(sent: list[Row]) -> None:
    now = time.time()
    for row in sent:
        SENT.inc()
        SEND_LAG.observe(max(0.0, now - row.created_at.timestamp()))
