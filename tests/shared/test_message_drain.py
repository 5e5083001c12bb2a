"""A service that is told to stop does so in time, even while it waits for a database that is away."""

import asyncio

from aio_pika.abc import AbstractConnection

from shared.bus import connected, keep_connected
from shared.db import Database, open_database
from tests.conftest import app_dsn
from tests.shared.cable import cable_to
from tests.shared.message_samples import consumer_of, publish
from tests.shared.test_outbox_inbox import delivery, in_background, rows, thing


async def test_a_consumer_that_waits_for_the_database_can_be_stopped(
    payments_db: Database, portal_database: str, amqp_url: str
) -> None:
    """The database is away with a message in hand: stop returns, and the message comes again to whoever is next."""
    dsn = app_dsn("payments", portal_database)
    async with cable_to(dsn) as cable, open_database(cable.url(dsn), name="test") as db:
        consumer = consumer_of(db, amqp_url)
        async with in_background(consumer.run):
            await cable.cut()
            async with connected(amqp_url, "test") as connection:
                await publish(connection, [delivery(thing(1))])
            async with asyncio.timeout(20):
                while consumer.in_hand == 0:
                    await asyncio.sleep(0.02)
            async with asyncio.timeout(15):
                await consumer.stop()
    assert await rows(payments_db, "SELECT status FROM inbox") == []
    again = consumer_of(payments_db, amqp_url)
    async with in_background(again.run), asyncio.timeout(20):
        while await rows(payments_db, "SELECT status FROM inbox") != [("done",)]:
            await asyncio.sleep(0.05)


async def test_who_keeps_a_connection_ends_though_the_cancellation_was_swallowed(amqp_url: str) -> None:
    """`asyncio.wait_for` swallows a cancellation that comes as its work is done: nobody connects again after that."""
    at_work = asyncio.Event()

    async def work(_connection: AbstractConnection) -> None:
        at_work.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return

    keeping = asyncio.create_task(keep_connected(amqp_url, "test", work))
    await at_work.wait()
    keeping.cancel()
    await asyncio.wait([keeping], timeout=10)
    assert keeping.cancelled()
