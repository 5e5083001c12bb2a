"""The message path under faults: connections cut at the worst moment, hanging servers, ended sessions; one effect each.

Faults are made by a cable between the portal and the real servers, and by operators who end sessions.
"""

import asyncio

import aio_pika
import asyncpg
import pytest

from shared import outbox
from shared.db import Database, Tx, open_database
from shared.inbox import Heard
from shared.relay import Relay
from tests.conftest import app_dsn
from tests.shared.cable import cable_to
from tests.shared.message_samples import DONE, EFFECTS, UNSENT, consumer_of, have_effect, publish, until
from tests.shared.test_outbox_inbox import ThingHappened, delivery, in_background, rows, thing

END_RELAYS = """
SELECT count(pg_terminate_backend(pid))
  FROM pg_locks JOIN pg_stat_activity USING (pid)
 WHERE locktype = 'advisory' AND datname = current_database()
"""


@pytest.mark.parametrize("cuts", [1, 5])
async def test_a_broker_that_goes_away_loses_nothing(
    payments_db: Database, portal_database: str, amqp_url: str, cuts: int
) -> None:
    """The connections to the broker are cut while hundreds of events flow: each has its effect once in the end."""
    async with cable_to(amqp_url) as cable:
        relay = Relay(app_dsn("payments", portal_database), cable.url(amqp_url), "test")
        payments_db.after_commit(relay.wake)
        consumer = consumer_of(payments_db, cable.url(amqp_url))
        async with in_background(relay.run, consumer.run):
            for first in range(0, 600, 100):
                facts = [thing(number) for number in range(first, first + 100)]
                await payments_db.write(lambda tx, facts=facts: outbox.add(tx, *facts))  # type: ignore[misc]
                if first // 100 < cuts:
                    cable.break_connections()
            await until(payments_db, DONE, 600)
            await until(payments_db, UNSENT, 0)
    assert await rows(payments_db, EFFECTS) == [(600,)]


async def test_events_wait_while_the_broker_is_away_and_leave_when_it_is_back(
    payments_db: Database, portal_database: str, amqp_url: str
) -> None:
    """The broker refuses connections for a while; what was announced meanwhile is sent within seconds of its return."""
    async with cable_to(amqp_url) as cable:
        relay = Relay(app_dsn("payments", portal_database), cable.url(amqp_url), "test")
        async with in_background(relay.run):
            await payments_db.write(lambda tx: outbox.add(tx, thing(1)))
            await until(payments_db, UNSENT, 0)
            await cable.cut()
            await payments_db.write(lambda tx: outbox.add(tx, *[thing(number) for number in range(20)]))
            with pytest.raises(TimeoutError):
                await until(payments_db, UNSENT, 0, timeout_seconds=1)
            await cable.mend()
            await until(payments_db, UNSENT, 0, timeout_seconds=12)


async def test_a_broker_that_hangs_is_given_up_and_connected_again(
    payments_db: Database, portal_database: str, amqp_url: str
) -> None:
    """Nothing comes back from the broker: after 5 s without a confirm the relay connects anew and sends again."""
    async with cable_to(amqp_url) as cable:
        relay = Relay(app_dsn("payments", portal_database), cable.url(amqp_url), "test")
        async with in_background(relay.run):
            await payments_db.write(lambda tx: outbox.add(tx, thing(1)))
            await until(payments_db, UNSENT, 0)
            cable.hold()
            await payments_db.write(lambda tx: outbox.add(tx, thing(2)))
            with pytest.raises(TimeoutError):
                await until(payments_db, UNSENT, 0, timeout_seconds=6)
            cable.release()
            await until(payments_db, UNSENT, 0, timeout_seconds=25)


async def test_a_relay_whose_database_session_is_ended_goes_on(
    payments_db: Database, portal_database: str, amqp_url: str
) -> None:
    """An operator ends the relay's session again and again; everything is sent, and heard once."""
    relay = Relay(app_dsn("payments", portal_database), amqp_url, "test")
    operator = await asyncpg.connect(portal_database)
    async with in_background(relay.run, consumer_of(payments_db, amqp_url).run):
        for first in range(0, 300, 100):
            facts = [thing(number) for number in range(first, first + 100)]
            await payments_db.write(lambda tx, facts=facts: outbox.add(tx, *facts))  # type: ignore[misc]
            async with asyncio.timeout(30):
                while await operator.fetchval(END_RELAYS) == 0:
                    await asyncio.sleep(0.02)
        await until(payments_db, UNSENT, 0)
        await until(payments_db, DONE, 300)
    await operator.close()
    assert await rows(payments_db, EFFECTS) == [(300,)]


async def test_another_relay_takes_over(payments_db: Database, portal_database: str, amqp_url: str) -> None:
    """Of two relays the active one ends: the other sends what comes then."""
    relays = [Relay(app_dsn("payments", portal_database), amqp_url, f"test{number}") for number in range(2)]
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    await payments_db.write(lambda tx: outbox.add(tx, thing(1)))
    await until(payments_db, UNSENT, 0)
    active = 0 if relays[0].sent_count else 1
    tasks[active].cancel()
    await payments_db.write(lambda tx: outbox.add(tx, thing(2)))
    await until(payments_db, UNSENT, 0)
    assert relays[1 - active].sent_count == 1
    tasks[1 - active].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_connection_lost_between_commit_and_ack_has_one_effect(payments_db: Database, amqp_url: str) -> None:
    """The effect is committed, the broker never hears of it and sends the message again: nothing more happens."""
    async with cable_to(amqp_url) as cable:
        cut = False

        async def effect_then_cut(tx: Tx, fact: ThingHappened, heard: Heard) -> None:
            nonlocal cut
            await have_effect(tx, fact, heard)
            if not cut:
                cut = True
                cable.break_connections()

        consumer = consumer_of(payments_db, cable.url(amqp_url), effect_then_cut)
        connection = await aio_pika.connect(amqp_url)
        async with connection, in_background(consumer.run):
            await publish(connection, [delivery(thing(number)) for number in range(150)])
            await until(payments_db, DONE, 150)
            async with asyncio.timeout(20):
                while consumer.acked_count < 150 or await consumer.waiting_count():
                    await asyncio.sleep(0.02)
    assert cut
    assert await rows(payments_db, EFFECTS) == [(150,)]


async def test_messages_wait_while_the_database_is_away(portal_database: str, amqp_url: str) -> None:
    """Nothing is acked, kept or dead while the database is away; all have their effect when it is back."""
    dsn = app_dsn("payments", portal_database)
    async with cable_to(dsn) as cable, open_database(cable.url(dsn), name="test") as db:
        consumer = consumer_of(db, amqp_url)
        connection = await aio_pika.connect(amqp_url)
        async with connection, in_background(consumer.run):
            await cable.cut()
            await publish(connection, [delivery(thing(number)) for number in range(10)])
            async with asyncio.timeout(20):
                while consumer.in_hand < 10:
                    await asyncio.sleep(0.02)
            assert (consumer.acked_count, await consumer.waiting_count()) == (0, 10)
            await cable.mend()
            await until(db, DONE, 10)
    async with open_database(dsn, name="test") as db:
        assert await rows(db, "SELECT count(*) FROM inbox WHERE status <> 'done'") == [(0,)]


async def test_nobody_knows_the_queue_of_a_broker_that_is_away(payments_db: Database, amqp_url: str) -> None:
    """While the broker cannot be asked the count is 1, so that nobody takes the service for settled."""
    async with cable_to(amqp_url) as cable:
        consumer = consumer_of(payments_db, cable.url(amqp_url))
        assert await consumer.waiting_count() == 1
        async with in_background(consumer.run):
            async with asyncio.timeout(10):
                while await consumer.waiting_count() != 0:
                    await asyncio.sleep(0.02)
            await cable.cut()
            assert await consumer.waiting_count() == 1
