"""What is announced arrives once: outbox, relay, broker, consumer and inbox together, against the real parts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID, uuid4

import aio_pika
import pytest
from aio_pika.abc import FieldValue

from shared import outbox
from shared.consumer import Consumer
from shared.db import Database, Tx
from shared.fact import Envelope, Exchange, Fact
from shared.inbox import Delivery, Heard, Inbox
from shared.relay import Relay
from shared.testing.clock import FixedClock
from tests.conftest import app_dsn

QUEUE = "payments.inbox"


class ThingHappened(Fact):
    """A fact for these tests; its key is one that the payments queue is bound to."""

    TYPE: ClassVar[str] = "member.enrolled.v1"
    EXCHANGE: ClassVar[Exchange] = Exchange.PRIVATE
    SOURCE: ClassVar[str] = "/tests"
    SUBJECT: ClassVar[str] = "thing_id"

    thing_id: UUID
    number: int


def thing(number: int, thing_id: UUID | None = None) -> ThingHappened:
    """The fact number `number`."""
    return ThingHappened(
        occurred_at=datetime(2026, 12, 1, tzinfo=UTC), version=number, thing_id=thing_id or uuid4(), number=number
    )


@dataclass
class Handled:
    """Remembers what a handler was given; fails for the numbers it is told to."""

    numbers: list[int] = field(default_factory=list)
    failing: set[int] = field(default_factory=set)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: int = 1

    async def __call__(self, _tx: Tx, fact: ThingHappened, _heard: Heard) -> None:
        """Hear a fact."""
        if fact.number in self.failing:
            raise RuntimeError("told to fail")
        self.numbers.append(fact.number)
        if len(self.numbers) >= self.wanted:
            self.heard.set()


def inbox_of(db: Database, clock: FixedClock, handled: Handled) -> Inbox:
    """An inbox whose one subscription is `handled`."""
    return Inbox(db, clock, QUEUE, {ThingHappened: handled})


def delivery(fact: ThingHappened, event_id: UUID | None = None) -> Delivery:
    """The message in which a fact arrives."""
    envelope = Envelope(
        event_id=event_id or uuid4(),
        type=fact.TYPE,
        source=fact.SOURCE,
        subject=fact.subject,
        time=fact.occurred_at,
        sequence=fact.version,
        correlation_id="test",
        causation_id="test",
    )
    return Delivery(envelope, fact.model_dump_json().encode())


async def rows(db: Database, sql: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    return [tuple(row) for row in await db.read(lambda tx: tx.fetch(sql))]


@asynccontextmanager
async def in_background(*runs: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run these until the block ends."""
    tasks = [asyncio.ensure_future(run()) for run in runs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_is_announced_is_heard_once_and_in_order(
    payments_db: Database, portal_database: str, amqp_url: str, clock: FixedClock
) -> None:
    """Fifty facts of one subject, announced in several commits, reach the handler once each and in order."""
    handled = Handled(wanted=50)
    relay = Relay(app_dsn("payments", portal_database), amqp_url, "test")
    payments_db.after_commit(relay.wake)
    consumer = Consumer(amqp_url, QUEUE, inbox_of(payments_db, clock, handled))
    thing_id = uuid4()
    async with in_background(relay.run, consumer.run):
        for first in range(0, 50, 10):
            facts = [thing(number, thing_id) for number in range(first, first + 10)]
            await payments_db.write(lambda tx, facts=facts: outbox.add(tx, *facts))  # type: ignore[misc]
        await asyncio.wait_for(handled.heard.wait(), 20)
    assert handled.numbers == list(range(50))


async def test_a_fact_announced_in_a_failed_transaction_is_never_sent(payments_db: Database) -> None:
    """When the change is rolled back, its announcement is too."""

    async def fail(tx: Tx) -> None:
        await outbox.add(tx, thing(1))
        raise ValueError("the change did not work out")

    with pytest.raises(ValueError, match="did not work out"):
        await payments_db.write(fail)
    assert await rows(payments_db, "SELECT * FROM outbox") == []


async def test_the_same_message_twice_has_one_effect(payments_db: Database, clock: FixedClock) -> None:
    """A duplicate delivery, in one batch or in two, is recognized by its event id."""
    handled = Handled()
    inbox = inbox_of(payments_db, clock, handled)
    message = delivery(thing(7))
    await inbox.take([message, message])
    await inbox.take([message])
    assert handled.numbers == [7]


async def test_one_bad_message_does_not_stop_its_neighbors(payments_db: Database, clock: FixedClock) -> None:
    """In a batch where one handler fails, the others have their effect and the failed one is kept."""
    handled = Handled(failing={2})
    await inbox_of(payments_db, clock, handled).take([delivery(thing(number)) for number in (1, 2, 3)])
    assert handled.numbers[-2:] == [1, 3] or handled.numbers == [1, 1, 3]
    assert await rows(payments_db, "SELECT status, attempts FROM inbox WHERE status <> 'done'") == [("waiting", 1)]


async def test_a_kept_message_is_tried_again_and_then_done(payments_db: Database, clock: FixedClock) -> None:
    """Once the handler works again, the kept message has its effect."""
    handled = Handled(failing={1})
    inbox = inbox_of(payments_db, clock, handled)
    await inbox.take([delivery(thing(1))])
    assert await inbox.retry_due() == 0, "it is not due yet"
    await payments_db.write(lambda tx: tx.execute("UPDATE inbox SET due_at = now()"))
    handled.failing.clear()
    assert await inbox.retry_due() == 1
    assert handled.numbers == [1]
    assert await rows(payments_db, "SELECT status FROM inbox") == [("done",)]


async def test_a_message_that_always_fails_is_dead_after_eight_tries_and_can_be_revived(
    payments_db: Database, clock: FixedClock
) -> None:
    """Nothing is tried for ever, nothing is lost: an operator gives it its tries again."""
    handled = Handled(failing={1})
    inbox = inbox_of(payments_db, clock, handled)
    await inbox.take([delivery(thing(1))])
    for _ in range(7):
        await payments_db.write(lambda tx: tx.execute("UPDATE inbox SET due_at = now()"))
        assert await inbox.retry_due() == 1
    assert await rows(payments_db, "SELECT status, attempts FROM inbox") == [("dead", 8)]
    handled.failing.clear()
    assert await inbox.revive_dead() == 1
    assert await inbox.retry_due() == 1
    assert handled.numbers == [1]


async def test_an_unreadable_message_goes_to_the_dead_letter_queue(
    payments_db: Database, amqp_url: str, clock: FixedClock
) -> None:
    """What is no event of ours is refused to the broker's dead-letter queue, and what follows is heard."""
    handled = Handled()
    consumer = Consumer(amqp_url, QUEUE, inbox_of(payments_db, clock, handled))
    connection = await aio_pika.connect(amqp_url)
    async with connection, in_background(consumer.run):
        channel = await connection.channel()
        exchange = await channel.get_exchange(Exchange.PRIVATE.value)
        await exchange.publish(aio_pika.Message(b"\xff not json"), "member.enrolled.v1.none")
        good = delivery(thing(3))
        headers: dict[str, FieldValue] = {**good.envelope.headers()}
        await exchange.publish(aio_pika.Message(good.body, headers=headers), "member.enrolled.v1.none")
        await asyncio.wait_for(handled.heard.wait(), 20)
        dead = await channel.get_queue("payments.dead")
        letter = await dead.get(timeout=10, fail=True)
        assert letter is not None
        assert letter.body == b"\xff not json"
        await letter.ack()


async def test_what_nobody_listens_to_is_caught_and_not_refused(
    payments_db: Database, portal_database: str, amqp_url: str
) -> None:
    """A fact without a listener goes to the catch-all queue; the relay marks it sent and goes on."""

    class Unheard(ThingHappened):
        TYPE: ClassVar[str] = "member.unheard.v1"

    fact = Unheard(occurred_at=datetime(2026, 12, 1, tzinfo=UTC), version=1, thing_id=uuid4(), number=1)
    await payments_db.write(lambda tx: outbox.add(tx, fact))
    relay = Relay(app_dsn("payments", portal_database), amqp_url, "test")
    connection = await aio_pika.connect(amqp_url)
    async with connection, in_background(relay.run):
        queue = await (await connection.channel()).get_queue("portal.unrouted")
        async with queue.iterator(timeout=10) as messages:
            async for message in messages:
                await message.ack()
                if message.routing_key == "member.unheard.v1.none":
                    break
    assert message.headers["ce-type"] == "member.unheard.v1"


async def test_only_one_relay_of_a_schema_sends(payments_db: Database, portal_database: str, amqp_url: str) -> None:
    """Of two relays one holds the lock; each event is sent by it alone."""
    relays = [Relay(app_dsn("payments", portal_database), amqp_url, f"test{number}") for number in range(2)]
    await payments_db.write(lambda tx: outbox.add(tx, *[thing(number) for number in range(300)]))
    async with in_background(*[relay.run for relay in relays]):
        async with asyncio.timeout(20):
            while (await rows(payments_db, "SELECT count(*) FROM outbox WHERE sent_at IS NULL"))[0][0] != 0:
                await asyncio.sleep(0.02)
    assert sorted(relay.sent_count for relay in relays) == [0, 300]
