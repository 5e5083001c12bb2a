"""The inbox: each event has its effect once. The claim and the effect are one commit; the ack comes after it.

What has piled up is taken in one transaction, one by one again when that fails. A message whose handler fails is kept
here with its error and tried again with growing delay; after 8 tries it is dead: operators see it and send it again.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import orjson
import structlog
from prometheus_client import Counter
from pydantic import ValidationError

from shared.clocks import BusinessClock
from shared.context import causation_id, correlation_id
from shared.db import Database, Tx, Unavailable
from shared.fact import Envelope, Fact
from shared.log import describe
from shared.telemetry import follow

log = structlog.get_logger()

TRIES = 8
DELAYS = (
    timedelta(seconds=1),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)
HEARD = Counter("portal_inbox_messages", "Heard facts: done, failed (to be tried again) or dead", ["type", "outcome"])
_heard = cache(HEARD.labels)  # looking a label up costs more than counting

CLAIM = """
INSERT INTO inbox (consumer, event_id, type, status, done_at)
SELECT $1, event_id, type, 'done', now()
  FROM unnest($2::uuid[], $3::text[]) AS heard (event_id, type)
    ON CONFLICT (consumer, event_id) DO NOTHING
RETURNING event_id
"""
KEEP = """
INSERT INTO inbox (consumer, event_id, type, status, due_at, error, headers, body)
VALUES ($1, $2, $3, $4, now() + $5, $6, $7, $8)
    ON CONFLICT (consumer, event_id) DO NOTHING
"""
LOCK_DUE = """
SELECT event_id, attempts, headers, body
  FROM inbox
 WHERE consumer = $1 AND status = 'waiting' AND due_at <= now()
 ORDER BY due_at
 LIMIT 1
   FOR UPDATE SKIP LOCKED
"""
FINISH = """
UPDATE inbox
   SET status = 'done', done_at = now(), due_at = NULL, attempts = attempts + 1
 WHERE consumer = $1 AND event_id = $2
"""
POSTPONE = """
UPDATE inbox
   SET status = $3, due_at = now() + $4, attempts = attempts + 1, error = $5
 WHERE consumer = $1 AND event_id = $2
"""
REVIVE = """
UPDATE inbox
   SET status = 'waiting', due_at = now(), attempts = 0
 WHERE consumer = $1 AND status = 'dead'
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a handler is told beside the fact: `now` is business time."""

    event_id: UUID
    correlation_id: str
    now: datetime


Handler = Callable[[Tx, Any, Heard], Awaitable[object]]
"""Has the effect of a fact. What it returns, other than None, is written at the end with that of the others."""
WriteHeard = Callable[[Tx, Sequence[Any]], Awaitable[None]]
"""Writes what the handlers of facts heard together have returned, in their order; in the same transaction."""
Subscriptions = Mapping[type[Fact], Handler]


class Unreadable(Exception):
    """The message is no event of ours: it goes to the broker's dead-letter queue."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it came: its envelope and its body."""

    envelope: Envelope
    body: bytes


class Inbox:
    """Gives events to the handlers of one consumer, each once."""

    def __init__(
        self,
        db: Database,
        clock: BusinessClock,
        consumer: str,
        subscriptions: Subscriptions,
        write_heard: WriteHeard | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._consumer = consumer
        self._write_heard = write_heard
        self._by_type = {contract.TYPE: (contract, handler) for contract, handler in subscriptions.items()}

    def read(self, delivery: Delivery) -> Fact:
        """The fact in a message. Raises Unreadable for a type that nobody here hears or a body that does not fit."""
        if delivery.envelope.type not in self._by_type:
            raise Unreadable(f"nobody hears {delivery.envelope.type}")
        try:
            return self._by_type[delivery.envelope.type][0].model_validate_json(delivery.body)
        except ValidationError as error:
            raise Unreadable(f"{delivery.envelope.type} with {error.error_count()} wrong fields") from None

    async def take(self, deliveries: Sequence[Delivery]) -> None:
        """Have the effect of each readable message, or keep it for a later try. Raises Unavailable, nothing done."""
        try:
            await self._db.write(lambda tx: self._take_all(tx, deliveries))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the others go on
            if len(deliveries) == 1:
                await self._keep(deliveries[0], error)
                return
            log.info("batch_taken_apart", count=len(deliveries), **describe(error))
            for delivery in deliveries:
                await self.take([delivery])
        else:
            for delivery in deliveries:
                _heard(delivery.envelope.type, "done").inc()

    async def _take_all(self, tx: Tx, deliveries: Sequence[Delivery]) -> None:
        claimed = await tx.fetch(
            CLAIM,
            self._consumer,
            [delivery.envelope.event_id for delivery in deliveries],
            [delivery.envelope.type for delivery in deliveries],
        )
        fresh = {row["event_id"] for row in claimed}
        once = []
        for delivery in deliveries:
            if delivery.envelope.event_id in fresh:
                fresh.discard(delivery.envelope.event_id)
                once.append(delivery)
        await self._handle_all(tx, once)

    async def _handle_all(self, tx: Tx, deliveries: Sequence[Delivery]) -> None:
        made = [await self._handle(tx, delivery) for delivery in deliveries]
        to_write = [it for it in made if it is not None]
        if not to_write:
            return
        if self._write_heard is None:
            raise TypeError(f"{self._consumer}: a handler returned something, and nobody writes it")
        correlation_id.set("")  # what is written is of many
        causation_id.set("")
        await self._write_heard(tx, to_write)

    async def _handle(self, tx: Tx, delivery: Delivery) -> object:
        envelope = delivery.envelope
        fact = self.read(delivery)
        correlation_id.set(envelope.correlation_id or str(envelope.event_id))
        causation_id.set(str(envelope.event_id))
        handler = self._by_type[envelope.type][1]
        attributes = {"messaging.message.id": str(envelope.event_id)}
        with follow(f"consume {envelope.type}", "consumer", envelope.traceparent, attributes):
            return await handler(tx, fact, Heard(envelope.event_id, correlation_id.get(), self._clock.now()))

    async def _keep(self, delivery: Delivery, error: Exception) -> None:
        envelope = delivery.envelope
        log.error("handler_failed", type=envelope.type, event_id=envelope.event_id, attempt=1, **describe(error))
        await self._db.write(
            lambda tx: tx.execute(
                KEEP,
                self._consumer,
                envelope.event_id,
                envelope.type,
                "waiting",
                DELAYS[0],
                type(error).__name__,
                orjson.dumps(envelope.headers()).decode(),
                delivery.body.decode(),
            )
        )
        _heard(envelope.type, "failed").inc()

    async def retry_due(self) -> int:
        """Try one kept message whose time has come; returns how many there were to try (0 or 1)."""
        tried = await self._db.write(self._retry_one)
        if tried is None:
            return 0
        _heard(*tried).inc()
        return 1

    async def _retry_one(self, tx: Tx) -> tuple[str, str] | None:
        """The type of the message that was tried, and what came of it."""
        row = await tx.fetchrow(LOCK_DUE, self._consumer)
        if row is None:
            return None
        delivery = Delivery(Envelope.from_headers(orjson.loads(row["headers"])), row["body"].encode())
        event_id = delivery.envelope.event_id
        try:
            async with tx.transaction():
                await self._handle_all(tx, [delivery])
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the message is kept
            attempt = row["attempts"] + 1
            log.error(
                "handler_failed", type=delivery.envelope.type, event_id=event_id, attempt=attempt, **describe(error)
            )
            status = "dead" if attempt >= TRIES else "waiting"
            delay = DELAYS[min(attempt, len(DELAYS)) - 1]
            await tx.execute(POSTPONE, self._consumer, event_id, status, delay, type(error).__name__)
            return delivery.envelope.type, "dead" if status == "dead" else "failed"
        await tx.execute(FINISH, self._consumer, event_id)
        return delivery.envelope.type, "done"

    async def revive_dead(self) -> int:
        """Give every dead message its tries again; returns how many there were."""
        done: str = await self._db.write(lambda tx: tx.execute(REVIVE, self._consumer))
        return int(done.rsplit(" ", 1)[-1])
