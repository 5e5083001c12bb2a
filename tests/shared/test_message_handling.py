"""Messages and their handlers: duplicates, failing handlers, poison, and the ids that tell what caused what."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aio_pika
import pytest
from aio_pika.abc import FieldValue

from shared import outbox
from shared.context import causation_id, correlation_id
from shared.db import Database, Tx
from shared.fact import Envelope, Exchange
from shared.inbox import Delivery, Heard, Inbox
from shared.testing.clock import FixedClock
from tests.shared.message_samples import DONE, EFFECTS, consumer_of, have_effect, publish, until
from tests.shared.test_outbox_inbox import QUEUE, ThingHappened, delivery, in_background, rows, thing


async def test_a_hundred_messages_with_duplicates_have_one_effect_each(payments_db: Database, amqp_url: str) -> None:
    """Every message twice, in any order, in several batches: as many effects as there are events."""
    sent = [delivery(thing(number)) for number in range(130)]
    consumer = consumer_of(payments_db, amqp_url)
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        await publish(connection, [*sent, *reversed(sent), *sent[::3]])
        async with in_background(consumer.run), asyncio.timeout(20):
            while consumer.acked_count < 2 * 130 + len(sent[::3]):
                await asyncio.sleep(0.02)
            assert await consumer.waiting_count() == 0
    assert await rows(payments_db, EFFECTS) == [(130,)]
    assert await rows(payments_db, DONE) == [(130,)]


async def test_a_handler_that_fails_keeps_its_message_and_its_effect_is_undone(
    payments_db: Database, amqp_url: str
) -> None:
    """The database is fine, the handler is not: its half-done effect is gone, the message is kept, others go on."""

    async def fail_on_odd(tx: Tx, fact: ThingHappened, heard: Heard) -> None:
        await have_effect(tx, fact, heard)
        await outbox.add(tx, fact)
        if fact.number % 2:
            raise RuntimeError("told to fail 123-45-6789")

    consumer = consumer_of(payments_db, amqp_url, fail_on_odd)
    connection = await aio_pika.connect(amqp_url)
    async with connection, in_background(consumer.run):
        await publish(connection, [delivery(thing(number)) for number in range(20)])
        async with asyncio.timeout(20):
            while consumer.acked_count < 20:
                await asyncio.sleep(0.02)
    assert await rows(payments_db, "SELECT status, count(*) FROM inbox GROUP BY 1 ORDER BY 1") == [
        ("done", 10),
        ("waiting", 10),
    ]
    assert await rows(payments_db, "SELECT DISTINCT error FROM inbox WHERE status = 'waiting'") == [("RuntimeError",)]
    assert await rows(payments_db, EFFECTS) == [(10,)]
    assert await rows(payments_db, "SELECT count(*) FROM outbox") == [(10,)]


@pytest.mark.parametrize("batch", [1, 3])
async def test_what_a_handler_announces_says_what_caused_it(payments_db: Database, batch: int) -> None:
    """A fact that a handler announces carries the correlation of the event it heard, and that event as its cause."""

    async def announce(tx: Tx, fact: ThingHappened, heard: Heard) -> None:
        assert heard.correlation_id == f"correlation-{fact.number}"
        await outbox.add(tx, fact)

    heard = []
    for number in range(batch):
        message = delivery(thing(number))
        envelope = Envelope(**{**envelope_fields(message.envelope), "correlation_id": f"correlation-{number}"})
        heard.append(Delivery(envelope, message.body))
    correlation_id.set("of the test itself")
    causation_id.set("of the test itself")
    await Inbox(payments_db, FixedClock(), QUEUE, {ThingHappened: announce}).take(heard)
    said = await rows(payments_db, "SELECT correlation_id, causation_id FROM outbox ORDER BY id")
    assert said == [(f"correlation-{n}", str(each.envelope.event_id)) for n, each in enumerate(heard)]
    assert (correlation_id.get(), causation_id.get()) == ("of the test itself", "of the test itself")


async def test_a_kept_message_still_knows_its_correlation(payments_db: Database) -> None:
    """When the second try works, what it announces carries the ids of the event as well."""
    failing = [True]

    async def announce(tx: Tx, fact: ThingHappened, _heard: Heard) -> None:
        if failing:
            raise RuntimeError("told to fail")
        await outbox.add(tx, fact)

    message = delivery(thing(1))
    inbox = Inbox(payments_db, FixedClock(), QUEUE, {ThingHappened: announce})
    await inbox.take([message])
    failing.clear()
    await payments_db.write(lambda tx: tx.execute("UPDATE inbox SET due_at = now()"))
    assert await inbox.retry_due() == 1
    said = await rows(payments_db, "SELECT correlation_id, causation_id FROM outbox")
    assert said == [("test", str(message.envelope.event_id))]


def envelope_fields(envelope: Envelope) -> dict[str, Any]:
    """Its fields by name."""
    return {name: getattr(envelope, name) for name in Envelope.__slots__}


POISON: dict[str, dict[str, FieldValue]] = {
    "no headers": {},
    "no id": {"ce-id": None},
    "an id that is none": {"ce-id": "17"},
    "a type that nobody hears": {"ce-type": "member.unheard.v1"},
    "a time that is none": {"ce-time": "yesterday"},
    "a sequence that is none": {"ce-sequence": "first"},
    "a NUL in the subject": {"ce-subject": "a\x00b"},
    "a NUL in the correlation": {"ce-correlationid": "\x00"},
    "a table": {"ce-id": {"a": "b"}},
}


@pytest.mark.parametrize("case", sorted(POISON))
async def test_poison_goes_to_the_dead_letter_queue_and_stops_nobody(
    payments_db: Database, amqp_url: str, case: str
) -> None:
    """A message with unusable attributes is refused, however the handler would fare; what follows is heard."""

    async def fail_on_poison(tx: Tx, fact: ThingHappened, heard: Heard) -> None:
        if fact.number == 666:
            raise RuntimeError("told to fail")
        await have_effect(tx, fact, heard)

    bad, good = delivery(thing(666)), delivery(thing(1))
    headers: dict[str, FieldValue] = {**bad.envelope.headers(), **POISON[case]} if POISON[case] else {}
    connection = await aio_pika.connect(amqp_url)
    async with connection, in_background(consumer_of(payments_db, amqp_url, fail_on_poison).run):
        channel = await connection.channel()
        exchange = await channel.get_exchange(Exchange.PRIVATE.value, ensure=False)
        await exchange.publish(aio_pika.Message(bad.body, headers=headers), "member.enrolled.v1.none")
        await publish(connection, [good])
        await until(payments_db, DONE, 1)
        dead = await channel.get_queue("payments.dead")
        async with asyncio.timeout(10):
            while (letter := await dead.get(fail=False)) is None:
                await asyncio.sleep(0.05)
        assert letter.body == bad.body
        await letter.ack()


def test_an_envelope_comes_back_from_its_headers() -> None:
    """What is written into the headers is read from them, as text or as bytes; headers of others do not matter."""
    envelope = Envelope(
        event_id=UUID(int=7),
        type="a.b.v1",
        source="/tests",
        subject="s-1",
        time=datetime(2026, 12, 1, tzinfo=UTC),
        sequence=3,
        correlation_id="c",
        causation_id="d",
    )
    assert Envelope.from_headers(envelope.headers()) == envelope
    raw = {name: value.encode() for name, value in envelope.headers().items()}
    assert Envelope.from_headers({**raw, "x-death": [{"count": 1}], "x": "\x00"}) == envelope
