"""Consume a service's queue into its inbox: up to 100 messages at a time, acked together after the commit.

An unreadable message is refused, which sends it to the dead-letter queue. While the database is away the messages in
hand wait; when the connection is lost the broker brings them again and the inbox knows which had their effect.
A broker can forget a consumer whose connection lives on: one that hears nothing while its queue has messages for it
connects again.
"""

import asyncio
import time

import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from prometheus_client import Counter, Histogram

from shared.bus import BROKER_FAILED, keep_connected, queue_depth
from shared.crash import crash_point
from shared.db import Unavailable
from shared.fact import Envelope
from shared.inbox import Delivery, Inbox, Unreadable
from shared.log import describe

log = structlog.get_logger()

BATCH_MESSAGES = 100
PREFETCH_MESSAGES = 200
LOOK_SECONDS = 1.0
GATHER_SECONDS = 0.05  # between batches that are not full: one costs more than its messages, and nobody waits for them
SILENT_SECONDS = 60.0
COUNT_TIMEOUT_SECONDS = 2.0
LAG = Histogram(
    "portal_inbox_lag_seconds",
    "From the commit of a fact at its service to the commit of its effect here, in whole seconds",
    buckets=(1, 2, 5, 15, 60, 300, 1800, 7200),
)
UNREADABLE = Counter("portal_inbox_unreadable", "Messages that were no events of ours: they are in the dead queue")
RECONNECTS = Counter("portal_consumer_reconnects", "Connections made again because the consumer heard nothing")


class ConsumerForgotten(ConnectionError):
    """The queue has messages for us and the broker brings none: a new connection is needed."""


class Consumer:
    """Reads one queue for one inbox. `in_hand` counts messages received and not yet acked.

    After `silent_seconds` without a message it asks whether the queue has any.
    """

    def __init__(self, amqp_url: str, queue: str, inbox: Inbox, *, silent_seconds: float = SILENT_SECONDS) -> None:
        self._amqp_url = amqp_url
        self._queue = queue
        self._inbox = inbox
        self._silent_seconds = silent_seconds
        self._received: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        self._depth_of: AbstractConnection | None = None
        self._stopping = False
        self._busy = asyncio.Lock()
        self.in_hand = 0
        self.acked_count = 0

    async def run(self) -> None:
        """Consume for ever; ends only by cancellation."""
        await keep_connected(self._amqp_url, self._queue, self._consume)

    async def stop(self) -> None:
        """Take nothing more and wait until the batch under way is committed and acked."""
        self._stopping = True
        async with self._busy:
            return

    async def waiting_count(self) -> int:
        """Messages in the queue and in hand; 1 when the broker cannot be asked, because then nobody knows."""
        depth = await self.depth()
        if depth is None:
            return 1
        # the queue first: what leaves it meanwhile is then in hand
        return depth + self.in_hand

    async def depth(self) -> int | None:
        """Messages in the queue, those in hand not counted; None when the broker cannot be asked."""
        if self._depth_of is None or self._depth_of.is_closed:
            return None
        try:
            async with asyncio.timeout(COUNT_TIMEOUT_SECONDS), self._depth_of.channel() as channel:
                return await queue_depth(channel, self._queue)
        except BROKER_FAILED as error:
            log.warning("queue_not_counted", queue=self._queue, **describe(error))
            return None

    async def _consume(self, connection: AbstractConnection) -> None:
        self._received = asyncio.Queue()
        self.in_hand = 0
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH_MESSAGES)
        queue = await channel.get_queue(self._queue, ensure=True)
        await queue.consume(self._receive)
        self._depth_of = connection
        log.info("consuming", queue=self._queue)
        heard_at = time.monotonic()
        while not (connection.is_closed or channel.is_closed):
            batch = await self._next_batch()
            began_at = time.monotonic()
            if not batch and time.monotonic() - heard_at > self._silent_seconds:
                batch = await self._look_twice()
                heard_at = time.monotonic()
            async with self._busy:
                if batch and not self._stopping:
                    await self._take(batch, connection)
                    heard_at = time.monotonic()
            if len(batch) < BATCH_MESSAGES:
                await asyncio.sleep(max(0.0, began_at + GATHER_SECONDS - time.monotonic()))

    async def _receive(self, message: AbstractIncomingMessage) -> None:
        self.in_hand += 1
        self._received.put_nowait(message)

    async def _next_batch(self) -> list[AbstractIncomingMessage]:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                batch = [await self._received.get()]
        except TimeoutError:
            return []
        while len(batch) < BATCH_MESSAGES and not self._received.empty():
            batch.append(self._received.get_nowait())
        return batch

    async def _look_twice(self) -> list[AbstractIncomingMessage]:
        """What comes after all. Raises ConsumerForgotten when nothing does though the queue has something."""
        depth = await self.depth()
        batch = await self._next_batch()
        if depth and not batch:
            RECONNECTS.inc()
            log.error("consumer_forgotten", queue=self._queue, count=depth)
            raise ConsumerForgotten
        return batch

    async def _take(self, batch: list[AbstractIncomingMessage], connection: AbstractConnection) -> None:
        deliveries = []
        readable = []
        for message in batch:
            try:
                delivery = Delivery(Envelope.from_headers(message.headers), message.body)
                self._inbox.read(delivery)
            except (Unreadable, ValueError, KeyError) as error:
                UNREADABLE.inc()
                log.error("message_unreadable", queue=self._queue, **describe(error))
                await message.reject(requeue=False)
                self.in_hand -= 1
                continue
            deliveries.append(delivery)
            readable.append(message)
        if not deliveries:
            return
        crash_point("consumer.taking")
        if not await self._taken(deliveries, connection):
            return
        # messages come in the order of their tags and are taken in it: one ack settles all up to this one
        await readable[-1].ack(multiple=True)
        crash_point("consumer.acked")
        now = time.time()
        for message in readable:
            if message.timestamp is not None:
                LAG.observe(max(0.0, now - message.timestamp.timestamp()))
        self.in_hand -= len(readable)
        self.acked_count += len(readable)

    async def _taken(self, deliveries: list[Delivery], connection: AbstractConnection) -> bool:
        while not (connection.is_closed or self._stopping):
            try:
                await self._inbox.take(deliveries)
            except Unavailable as error:
                log.warning("inbox_waits_for_database", queue=self._queue, **describe(error))
                await asyncio.sleep(LOOK_SECONDS)
            else:
                crash_point("consumer.committed")
                return True
        return False
