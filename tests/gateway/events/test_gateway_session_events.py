"""Ended sessions are forgotten by every copy of the gateway, over a real broker and with the gateway's own rights."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID, uuid4

import aio_pika
from aio_pika.abc import AbstractConnection

from services.gateway.domain.caller_cache import hash_token
from services.gateway.events import SessionListener
from services.gateway.usecases.resolve_caller import CallerResolver, TokenKind
from services.gateway.wiring import build
from shared.clocks import SystemClock
from shared.contracts.identity import SessionEndedV1
from shared.service import Core
from tests.gateway.gateway_world import World, open_world

WAIT_SECONDS = 20


class WatchedListener(SessionListener):
    """The listener, showing its connection and what it heard, so that tests need not guess times."""

    def __init__(self, amqp_url: str, resolver: CallerResolver) -> None:
        super().__init__(amqp_url, resolver)
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.connections: asyncio.Queue[AbstractConnection] = asyncio.Queue()

    async def _listen(self, connection: AbstractConnection) -> None:
        self.connections.put_nowait(connection)
        await super()._listen(connection)

    async def _hear(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        await super()._hear(message)
        self.heard.put_nowait(message.body)


@asynccontextmanager
async def listening(amqp_url: str, world: World) -> AsyncIterator[WatchedListener]:
    """The listener at work for a gateway."""
    listener = WatchedListener(amqp_url, world.parts.callers)
    task = asyncio.create_task(listener.run())
    try:
        await asyncio.wait_for(listener.listening.wait(), WAIT_SECONDS)
        yield listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _ended(token: str, account_id: UUID) -> bytes:
    now = datetime.now(UTC)
    fact = SessionEndedV1(
        session_id=uuid4(),
        account_id=account_id,
        token_hash=hash_token(token),
        reason="logged_out",
        ended_at=now,
        occurred_at=now,
        version=2,
    )
    return fact.model_dump_json().encode()


async def _say(amqp_url: str, body: bytes) -> None:
    """Publish as identity's relay does."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(SessionEndedV1.EXCHANGE.value)
        await exchange.publish(aio_pika.Message(body), f"{SessionEndedV1.TYPE}.none")


async def _heard(listener: WatchedListener) -> bytes:
    return await asyncio.wait_for(listener.heard.get(), WAIT_SECONDS)


async def test_a_session_ended_elsewhere_is_over_in_every_copy(
    amqp_url: str, amqp_url_of: Callable[[str], str]
) -> None:
    """A log-out at one gateway, or by identity, is felt at the others at once; other sessions go on."""
    mine = amqp_url_of("gateway")
    async with open_world() as here, open_world() as there, listening(mine, here) as one, listening(mine, there) as two:
        for world in (here, there):
            world.identity.sessions["ana-phone"] = world.identity.sessions["ana-token"]
            for token in ("ana-token", "ana-phone"):
                assert (await world.gateway.call("GET", "/v1/bills", token=token)).status == 200
            del world.identity.sessions["ana-token"]
        await _say(amqp_url, _ended("ana-token", uuid4()))
        for listener, world in ((one, here), (two, there)):
            await _heard(listener)
            answered = await world.gateway.call("GET", "/v1/bills", token="ana-token")
            assert (answered.status, answered.problem) == (401, "session-ended")
            assert (await world.gateway.call("GET", "/v1/bills", token="ana-phone")).status == 200
            assert world.identity.asked.count("ana-phone") == 1


async def test_after_a_lost_connection_everybody_is_asked_about_again(amqp_url: str, world: World) -> None:
    """What was said meanwhile may have been missed; then the listener hears again."""
    async with listening(amqp_url, world) as listener:
        await world.gateway.call("GET", "/v1/bills", token="ana-token")
        await (await listener.connections.get()).close()
        world.identity.sessions.clear()
        await asyncio.wait_for(listener.connections.get(), WAIT_SECONDS)
        await asyncio.wait_for(listener.listening.wait(), WAIT_SECONDS)
        assert (await world.gateway.call("GET", "/v1/bills", token="ana-token")).status == 401
        await _say(amqp_url, _ended("other", uuid4()))
        await _heard(listener)


async def test_a_message_that_cannot_be_read_does_not_stop_the_listener(amqp_url: str, world: World) -> None:
    """The next one is heard."""
    async with listening(amqp_url, world) as listener:
        await world.gateway.call("GET", "/v1/bills", token="ana-token")
        account_id = world.identity.sessions.pop("ana-token")
        for body in (b"", b"\xff", b'{"token_hash": 1}', _ended("ana-token", account_id)):
            await _say(amqp_url, body)
            assert await _heard(listener) == body
        assert (await world.gateway.call("GET", "/v1/bills", token="ana-token")).status == 401


async def test_a_copy_that_ends_leaves_no_queue_behind(amqp_url: str, world: World) -> None:
    """Queues of gateways live as long as they do."""
    async with listening(amqp_url, world):
        pass
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        unrouted = await channel.get_queue("portal.unrouted")
        await unrouted.purge()
        exchange = await channel.get_exchange(SessionEndedV1.EXCHANGE.value)
        await exchange.publish(aio_pika.Message(b"nobody hears this"), f"{SessionEndedV1.TYPE}.none")
        message = await unrouted.get(timeout=WAIT_SECONDS)
        assert message is not None
        assert message.body == b"nobody hears this"
        await message.ack()


async def test_without_a_broker_the_gateway_serves(world: World) -> None:
    """It starts, answers, and ends, while nothing listens at the broker's address."""
    core = Core(world.parts.settings, None, SystemClock())
    async with build(core) as parts:
        caller = await parts.callers.resolve(TokenKind.SESSION, "ana-token")
        assert caller.holder_id == str(world.identity.sessions["ana-token"])
