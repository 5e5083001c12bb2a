"""How long after its commit a subscriber has an event, with the portal at half its load; and how fast the relay sends.

Both over a queue of their own, bound as a subscriber's is. Next: `__main__.py`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import aio_pika
import aiohttp
import asyncpg
from aio_pika.abc import AbstractIncomingMessage

from shared.contracts.payments import PaymentAcceptedV1
from shared.fact import Exchange
from tests.bench.wrk import Payer

PREFETCH_MESSAGES = 1000
PILE = """
INSERT INTO payments.outbox (event_id, type, exchange, routing_key, subject, sequence, occurred_at, source,
                             correlation_id, causation_id, body)
SELECT gen_random_uuid(), type, exchange, routing_key, subject, sequence, occurred_at, source, correlation_id,
       causation_id, body
  FROM (SELECT * FROM payments.outbox WHERE type = $1 ORDER BY id LIMIT 1) AS sample, generate_series(1, $2)
"""
UNSENT = "SELECT count(*) FROM payments.outbox WHERE sent_at IS NULL"


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies."""
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


@asynccontextmanager
async def _listening(amqp_url: str, heard: Any) -> AsyncIterator[None]:
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH_MESSAGES)
        queue = await channel.declare_queue("subscriber.bench", exclusive=True)
        await queue.bind(Exchange.EVENTS.value, "payment.#")
        await queue.consume(heard)
        yield


async def measure_lag(
    told: Mapping[str, Any], payers: Sequence[Payer], *, per_second: float, seconds: int
) -> list[float]:
    """Pay at an even pace; milliseconds from just before the commit of each success to its arrival, sorted."""
    lags: list[float] = []

    async def heard(message: AbstractIncomingMessage) -> None:
        if str(message.headers["ce-type"]) == "payment.succeeded.v1":
            happened = datetime.fromisoformat(str(message.headers["ce-time"]))
            lags.append((time.time() - happened.timestamp()) * 1000)
        await message.ack()

    async with _listening(told["operator_amqp_url"], heard):
        paid = await _pay_evenly(f"{told['gateway_url']}/v1/payments", payers, per_second, seconds)
        async with asyncio.timeout(30):
            while len(lags) < paid:
                await asyncio.sleep(0.05)
    return sorted(lags)


async def _pay_evenly(url: str, payers: Sequence[Payer], per_second: float, seconds: int) -> int:
    statuses: list[int] = []

    async def one(session: aiohttp.ClientSession, payer: Payer) -> None:
        headers = {
            "Authorization": f"Bearer {payer.token}",
            "Idempotency-Key": uuid4().hex,
            "Content-Type": "application/json",
        }
        async with session.post(url, data=payer.body, headers=headers) as answer:
            await answer.read()
            statuses.append(answer.status)

    clock = asyncio.get_running_loop().time
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as paying:
        begun = clock()
        for number in range(int(per_second * seconds)):
            await asyncio.sleep(max(0.0, begun + number / per_second - clock()))
            paying.create_task(one(session, payers[number % len(payers)]))
    return statuses.count(201)


async def measure_relay(told: Mapping[str, Any], rows: int) -> float:
    """Events per second that the relay of payments sends from a pile of `rows`, each confirmed and marked."""

    async def swallow(message: AbstractIncomingMessage) -> None:
        await message.ack()

    connection = await asyncpg.connect(told["operator_dsn"])
    try:
        async with _listening(told["operator_amqp_url"], swallow):
            await connection.execute(PILE, PaymentAcceptedV1.TYPE, rows)
            begun = time.monotonic()
            while await connection.fetchval(UNSENT):
                await asyncio.sleep(0.02)
            return rows / (time.monotonic() - begun)
    finally:
        await connection.close()
