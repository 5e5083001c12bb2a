"""A consumer that the broker has forgotten finds out by itself, and one that has nothing to hear is left alone."""

import asyncio
from typing import Any

import aio_pika
from prometheus_client import REGISTRY

from shared.consumer import Consumer
from shared.db import Database
from shared.inbox import Inbox
from shared.testing.clock import FixedClock
from tests.shared.message_samples import EFFECTS, have_effect, publish
from tests.shared.test_outbox_inbox import QUEUE, ThingHappened, delivery, in_background, rows, thing

SILENT_SECONDS = 1.0


def consumer_of(db: Database, amqp_url: str) -> Consumer:
    """A consumer that looks after one second of silence."""
    inbox = Inbox(db, FixedClock(), QUEUE, {ThingHappened: have_effect})
    return Consumer(amqp_url, QUEUE, inbox, silent_seconds=SILENT_SECONDS)


async def forget(consumer: Consumer) -> None:
    """Have the broker drop the consumer's subscription behind its back, as it does when a queue's leader moves."""
    connection: Any = consumer._depth_of
    for channel in connection.transport.connection.channels.values():
        for tag in list(getattr(channel, "consumers", ())):
            await channel.basic_cancel(tag)


def reconnects() -> float:
    """How often consumers of this process have connected again because of silence."""
    return REGISTRY.get_sample_value("portal_consumer_reconnects_total") or 0.0


async def has_effects(db: Database, count: int) -> None:
    """Wait until that many facts had their effect."""
    async with asyncio.timeout(20):
        while await rows(db, EFFECTS) != [(count,)]:
            await asyncio.sleep(0.02)


async def test_a_forgotten_consumer_connects_again(payments_db: Database, amqp_url: str) -> None:
    """The broker drops the subscription and keeps the connection: what comes afterwards is heard all the same."""
    before = reconnects()
    consumer = consumer_of(payments_db, amqp_url)
    connection = await aio_pika.connect(amqp_url)
    async with connection, in_background(consumer.run):
        await publish(connection, [delivery(thing(1))])
        await has_effects(payments_db, 1)
        await forget(consumer)
        await publish(connection, [delivery(thing(2))])
        await has_effects(payments_db, 2)
    assert reconnects() == before + 1


async def test_a_quiet_queue_is_no_reason_to_connect_again(payments_db: Database, amqp_url: str) -> None:
    """Nothing is said for several times the silence that is looked into: the connection stays as it is."""
    before = reconnects()
    consumer = consumer_of(payments_db, amqp_url)
    connection = await aio_pika.connect(amqp_url)
    async with connection, in_background(consumer.run):
        await publish(connection, [delivery(thing(1))])
        await has_effects(payments_db, 1)
        kept = consumer._depth_of
        await asyncio.sleep(4 * SILENT_SECONDS)
        assert consumer._depth_of is kept
        await publish(connection, [delivery(thing(2))])
        await has_effects(payments_db, 2)
    assert reconnects() == before
