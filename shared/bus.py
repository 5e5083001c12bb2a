"""RabbitMQ, thinly: connections that are made again for ever, publishing with confirms, queues that must exist.

Services declare nothing (deploy/topology does); they refuse to start when their queue is missing. Publishing and
consuming use separate connections, because a broker under alarm blocks the publishing ones.
Next: `shared/relay.py` publishes, `shared/consumer.py` consumes.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity

from shared.corked import CorkedConnection
from shared.log import describe

log = structlog.get_logger()

CONNECT_TIMEOUT_SECONDS = 10
HEARTBEAT_SECONDS = 10
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 10.0
BROKER_FAILED = (AMQPError, ConnectionError, OSError, TimeoutError, RuntimeError)


class TopologyMissing(Exception):
    """The exchange or queue that this service needs is not there: the deploy step has not run."""


@asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[AbstractConnection]:
    """One connection; closed at the end, at most 2 s are given for the good-bye."""
    connection = await aio_pika.connect(
        url,
        connection_class=CorkedConnection,
        timeout=CONNECT_TIMEOUT_SECONDS,
        heartbeat=HEARTBEAT_SECONDS,
        client_properties={"connection_name": name},
    )
    try:
        yield connection
    finally:
        try:
            await asyncio.wait_for(connection.close(), 2)
        except BROKER_FAILED as error:
            log.debug("broker_goodbye_failed", **describe(error))


async def keep_connected(url: str, name: str, work: Callable[[AbstractConnection], Awaitable[None]]) -> None:
    """Connect and run `work` until this task is cancelled; again after each failure.

    Waits 0.2 s growing to 10 s between two tries, and 0.2 s again once `work` went on for longer than the last wait.
    """
    clock = asyncio.get_running_loop().time
    wait_seconds = FIRST_WAIT_SECONDS
    while True:
        connected_at = None
        try:
            async with connected(url, name) as connection:
                connected_at = clock()
                await work(connection)
        except asyncio.CancelledError:
            if _told_to_end():
                raise
            # aio-pika can raise this from publish() on a stuck connection though nobody cancelled us
            log.warning("broker_stuck", kind=name)
        except TopologyMissing:
            raise
        except BROKER_FAILED as error:
            log.warning("broker_failed", kind=name, **describe(error))
        if _told_to_end():
            raise asyncio.CancelledError  # swallowed on its way, as `asyncio.wait_for` does now and then
        if connected_at is not None and clock() - connected_at > wait_seconds:
            wait_seconds = FIRST_WAIT_SECONDS
        await asyncio.sleep(wait_seconds)
        wait_seconds = min(wait_seconds * 2, LONGEST_WAIT_SECONDS)


def _told_to_end() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def open_channel(connection: AbstractConnection) -> aiormq.Channel:
    """A channel with publisher confirms on which an unroutable message raises instead of returning quietly.

    One of aiormq, which aio-pika stands on: on aio-pika's each message waits until the one before it is on the wire.
    """
    if connection.transport is None:
        raise ConnectionError("the connection to the broker is closed")
    opened = await connection.transport.connection.channel(publisher_confirms=True, on_return_raises=True)
    return cast("aiormq.Channel", opened)


async def require_queue(url: str, queue: str) -> None:
    """Raise TopologyMissing when the queue is not there."""
    async with connected(url, "check") as connection:
        channel = await connection.channel()
        try:
            await channel.get_queue(queue, ensure=True)
        except ChannelNotFoundEntity:
            raise TopologyMissing(f"queue {queue} is missing: run python -m deploy.topology") from None


async def queue_depth(channel: AbstractChannel, queue: str) -> int:
    """How many messages wait in the queue, those in hand not counted."""
    declared = await channel.declare_queue(queue, passive=True)
    return declared.declaration_result.message_count or 0
