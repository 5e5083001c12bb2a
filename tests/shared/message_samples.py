"""Parts for tests of the message path: a handler whose effects can be counted, a publisher, a consumer."""

import asyncio
from collections.abc import Sequence
from typing import Any

import aio_pika
from aio_pika.abc import AbstractConnection, FieldValue

from shared.consumer import Consumer
from shared.db import Database, Tx
from shared.fact import Exchange
from shared.inbox import Delivery, Heard, Inbox
from shared.testing.clock import FixedClock
from tests.shared.test_outbox_inbox import QUEUE, ThingHappened, rows

DONE = "SELECT count(*) FROM inbox WHERE status = 'done'"
UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
EFFECTS = "SELECT count(*) FROM idempotency_key"


async def have_effect(tx: Tx, fact: ThingHappened, heard: Heard) -> None:
    """A handler whose effect can be counted: one row an event; a second effect of one event breaks the key."""
    await tx.execute(
        "INSERT INTO idempotency_key (principal, route, key, body_hash, subject_id) VALUES ('t', 't', $1, '', $2)",
        str(heard.event_id),
        fact.thing_id,
    )


async def until(db: Database, sql: str, wanted: int, timeout_seconds: float = 30) -> None:
    """Return when a count is what it shall become."""
    async with asyncio.timeout(timeout_seconds):
        while (await rows(db, sql))[0][0] != wanted:
            await asyncio.sleep(0.02)


async def publish(connection: AbstractConnection, deliveries: Sequence[Delivery]) -> None:
    """Send these messages as identity would."""
    channel = await connection.channel(publisher_confirms=True)
    exchange = await channel.get_exchange(Exchange.PRIVATE.value, ensure=False)
    for each in deliveries:
        headers: dict[str, FieldValue] = {**each.envelope.headers()}
        await exchange.publish(aio_pika.Message(each.body, headers=headers), "member.enrolled.v1.none")
    await channel.close()


def consumer_of(db: Database, url: str, handler: Any = have_effect) -> Consumer:
    """A consumer whose one subscription is `handler`."""
    return Consumer(url, QUEUE, Inbox(db, FixedClock(), QUEUE, {ThingHappened: handler}))
