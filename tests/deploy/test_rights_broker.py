"""Rights at the broker: the table in `rights_of_users.py`, tried out against RabbitMQ with the portal's topology."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aio_pika
import aiormq
import pytest
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage

from deploy.services import ALL, WITH_DATABASE, facts_of
from shared.fact import Exchange
from shared.testing.servers import Servers
from tests.conftest import PASSWORD, RIGHTS_VHOST
from tests.deploy.rights_of_users import ALLOWED, REFUSED, Deed

READERS = ("subscriber", "subscriber.acme", "subscriber.brook")


@dataclass(frozen=True, slots=True)
class Broker:
    """The broker in the vhost where rights are tried out."""

    address: str

    async def log_in(self, user: str, password: str = PASSWORD) -> AbstractConnection:
        """A connection of a user."""
        return await aio_pika.connect(f"amqp://{user}:{password}@{self.address}/{RIGHTS_VHOST}", timeout=10)

    async def refused_of(self, user: str, deeds: Iterable[Deed]) -> set[Deed]:
        """Those of the deeds that the broker forbids this user. Whatever else goes wrong fails the test."""
        refused = set()
        async with await self.log_in(user) as connection:
            for deed in deeds:
                channel = await connection.channel()
                try:
                    await attempt(channel, deed)
                    await channel.close()
                except aiormq.exceptions.ChannelAccessRefused:
                    refused.add(deed)
        return refused


async def attempt(channel: AbstractChannel, deed: Deed) -> None:
    """Try it."""
    queue = await channel.get_queue(deed.thing, ensure=False)
    match deed.verb:
        case "publish":
            exchange = await channel.get_exchange(deed.thing, ensure=False) if deed.thing else channel.default_exchange
            await exchange.publish(aio_pika.Message(b"{}", expiration=0.001), deed.key, mandatory=False)
        case "read":
            await channel.set_qos(prefetch_count=1)
            await queue.cancel(await queue.consume(ignore))
        case "declare":
            await channel.declare_queue(deed.thing or None, auto_delete=True)
        case "bind":
            exchange_name, _, key = deed.key.partition(" ")
            await queue.bind(exchange_name, key)
        case "purge":
            await queue.purge()
        case "delete":
            await channel.queue_delete(deed.thing)
        case "declare exchange":
            await channel.declare_exchange(deed.thing)
        case "delete exchange":
            await channel.exchange_delete(deed.thing)
        case unknown:
            raise AssertionError(unknown)


async def ignore(_message: AbstractIncomingMessage) -> None:
    """Take a message, and leave it there."""


@pytest.fixture
def broker(run_servers: Servers) -> Broker | None:
    """None where a broker was given: it has one user, so that there are no rights to try out."""
    return Broker(run_servers.amqp_url.rpartition("@")[2].partition("/")[0]) if run_servers.vhosts else None


@pytest.fixture
async def operator(broker: Broker | None) -> AsyncIterator[AbstractConnection | None]:
    """The operator's connection."""
    if broker is None:
        yield None
        return
    async with await broker.log_in("operator") as connection:
        yield connection


@pytest.mark.parametrize("user", [*ALL, *READERS])
async def test_the_broker_allows_and_refuses_what_the_table_says(broker: Broker | None, user: str) -> None:
    """Each line is tried by its user."""
    if broker is None:
        return
    expected = {deed for deed in REFUSED if deed.user == user}
    tried = [deed for deed in (*ALLOWED, *REFUSED) if deed.user == user]
    assert await broker.refused_of(user, tried) == expected


@pytest.mark.parametrize("user", [*ALL, *READERS])
async def test_every_fact_is_said_by_its_emitter_only(broker: Broker | None, user: str) -> None:
    """Every contract class, on both exchanges, by every user: one may, on one exchange."""
    if broker is None:
        return
    own = set(facts_of(user)) if user in WITH_DATABASE else set()
    tried, expected = [], set()
    for fact in [fact for service in WITH_DATABASE for fact in facts_of(service)]:
        for exchange in Exchange:
            deed = Deed(user, "publish", exchange.value, f"{fact.TYPE}.evergreen")
            tried.append(deed)
            if fact not in own or fact.EXCHANGE is not exchange:
                expected.add(deed)
    assert len(tried) > 40
    assert await broker.refused_of(user, tried) == expected


@pytest.mark.parametrize(
    ("user", "password"), [("guest", "guest"), ("guest", PASSWORD), ("payments", "guest"), ("nobody", PASSWORD)]
)
async def test_no_stranger_comes_in(broker: Broker | None, user: str, password: str) -> None:
    """`guest` does not exist, and a user of ours has the password that it was given."""
    if broker is None:
        return
    with pytest.raises(aio_pika.exceptions.ProbableAuthenticationError):
        await broker.log_in(user, password)


async def test_a_subscriber_gets_the_events_of_its_insurers_and_no_others(
    broker: Broker | None, operator: AbstractConnection | None
) -> None:
    """Of one event for each type and insurer, each subscriber's inbox and history get exactly what was asked for."""
    if broker is None or operator is None:
        return
    run = uuid4().hex
    channel = await operator.channel()
    payments = [fact for fact in facts_of("payments") if fact.EXCHANGE is Exchange.EVENTS]
    insurers = ("evergreen", "birch", "cedar", "none", "several", "evergreen-x", "x-evergreen")
    for fact in payments:
        for insurer in insurers:
            await (await channel.get_exchange(fact.EXCHANGE.value, ensure=False)).publish(
                aio_pika.Message(b"{}", headers={"run": run}), f"{fact.TYPE}.{insurer}"
            )
    heard = {user: await heard_by(broker, operator, user, run) for user in ("subscriber.acme", "subscriber.brook")}
    payment_types = {fact.TYPE for fact in payments if fact.TYPE.startswith("payment.")}
    assert heard["subscriber.acme"] == {f"{fact_type}.evergreen" for fact_type in payment_types}
    brook = {fact.TYPE for fact in payments if fact.TYPE.startswith("policy.")} | {"bill.paid.v1"}
    assert heard["subscriber.brook"] == {
        f"{fact_type}.{insurer}" for fact_type in brook for insurer in ("birch", "cedar")
    }


async def heard_by(broker: Broker, operator: AbstractConnection, user: str, run: str) -> set[str]:
    """The routing keys in a subscriber's inbox, which it empties, and in its history: both hold the same."""
    inbox = await (await operator.channel()).declare_queue(f"{user}.inbox", passive=True)
    waiting = inbox.declaration_result.message_count or 0
    async with await broker.log_in(user) as connection:
        heard = await read(connection, f"{user}.inbox", run, waiting)
        history = await read(connection, f"{user}.history", run, len(heard), {"x-stream-offset": "first"})
    assert sorted(history) == sorted(heard)
    assert len(set(heard)) == len(heard)
    return set(heard)


async def read(
    connection: AbstractConnection, name: str, run: str, count: int, arguments: dict[str, Any] | None = None
) -> list[str]:
    """The routing keys of a run: of the next `count` messages in an inbox, or until there are `count` in a stream."""
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=100)
    queue = await channel.get_queue(name, ensure=False)
    seen, keys = 0, []
    async with queue.iterator(arguments=arguments, timeout=20) as messages:
        async for message in messages:
            await message.ack()
            seen += 1
            if message.headers.get("run") == run:
                keys.append(message.routing_key or "")
            if count == (len(keys) if arguments else seen):
                break
    return keys


async def test_a_history_can_be_read_again_and_again(broker: Broker | None, operator: Any) -> None:
    """A subscriber that lost its data reads the same events a second time, from the beginning."""
    if broker is None:
        return
    run = uuid4().hex
    exchange = await (await operator.channel()).get_exchange("portal.events", ensure=False)
    key = "payment.succeeded.v1.evergreen"
    await exchange.publish(aio_pika.Message(b"{}", headers={"run": run}), key)
    for _ in range(2):
        async with await broker.log_in("subscriber.acme") as connection:
            assert await read(connection, "subscriber.acme.history", run, 1, {"x-stream-offset": "first"}) == [key]
