"""Rights at the broker: each service's user says its own facts, reads its own queue, and nothing else."""

from typing import Any

import aio_pika
import pytest


async def test_a_service_may_say_its_own_facts_and_no_others(run_servers: Any, amqp_url_of: Any) -> None:
    """identity's user publishes identity's facts; the broker refuses it payments' facts and any other exchange."""
    if not run_servers.vhosts:
        return  # a broker that was given has one user
    for exchange, key, allowed in [
        ("portal.private", "member.enrolled.v1.none", True),
        ("portal.private", "member.enrolled.v1.INS-1", True),
        ("portal.private", "payment.succeeded.v1.none", False),
        ("portal.events", "payment.succeeded.v1.none", False),
        ("portal.events", "member.enrolled.v1.none", False),
        ("portal.private", "member.enrolled.v1", False),
        ("", "payments.inbox", False),
        ("portal.unrouted", "x", False),
        ("portal.dead", "payments", False),
    ]:
        connection = await aio_pika.connect(amqp_url_of("identity"))
        async with connection:
            channel = await connection.channel(publisher_confirms=True)
            target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
            message = aio_pika.Message(b"{}", expiration=0.001)
            if allowed:
                await target.publish(message, key, mandatory=False)
                continue
            with pytest.raises(aio_pika.exceptions.ChannelClosed, match="ACCESS_REFUSED"):
                await target.publish(message, key, mandatory=False)


@pytest.mark.parametrize("user", ["identity", "notify", "gateway", "subscriber"])
async def test_a_service_may_read_its_own_queue_only(run_servers: Any, amqp_url_of: Any, user: str) -> None:
    """Nobody reads payments' queue, declares a queue of their choice or binds to the private exchange, but payments."""
    if not run_servers.vhosts:
        return  # a broker that was given has one user

    async def read(channel: Any) -> None:
        await (await channel.get_queue("payments.inbox", ensure=False)).get(fail=False)

    async def declare(channel: Any) -> None:
        await channel.declare_queue("payments.copy")

    async def delete(channel: Any) -> None:
        await channel.queue_delete("payments.inbox")

    async def purge(channel: Any) -> None:
        await (await channel.get_queue("payments.inbox", ensure=False)).purge()

    for attempt in (read, declare, delete, purge):
        connection = await aio_pika.connect(amqp_url_of(user))
        async with connection:
            channel = await connection.channel()
            with pytest.raises(aio_pika.exceptions.ChannelClosed, match="ACCESS_REFUSED"):
                await attempt(channel)
