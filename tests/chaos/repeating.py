"""Events come twice, in the wrong order, or as old news under new ids: said by the operator, whom the broker believes.

What is sent is what stands in the outboxes, byte for byte as the relay sends it.
"""

import asyncio
import random
from dataclasses import fields, replace
from uuid import uuid4

import asyncpg

from shared.bus import connected, open_channel
from shared.relay import Row

EMITTERS = ("identity", "payments")
LATEST = 200
COLUMNS = f"SELECT {', '.join(column.name for column in fields(Row))}"
SENT = COLUMNS + " FROM {emitter}.outbox WHERE sent_at IS NOT NULL ORDER BY id DESC LIMIT $1"
UNSENT = COLUMNS + " FROM {emitter}.outbox WHERE sent_at IS NULL ORDER BY id DESC LIMIT $1"
STATE = (
    COLUMNS + " FROM {emitter}.outbox WHERE type = ANY($2::text[]) AND sent_at IS NOT NULL ORDER BY random() LIMIT $1"
)
STATE_TYPES = ["member.enrolled.v1", "account.registered.v1", "account.verified.v1"]
"""Facts that carry the state of their subject: an old one under a new id must change nothing."""


class Repeater:
    """Reads outboxes and publishes, both as the operator."""

    def __init__(self, operator_dsn: str, operator_amqp_url: str, rng: random.Random) -> None:
        self._dsn = operator_dsn
        self._amqp_url = operator_amqp_url
        self._rng = rng

    async def deliver_again(self) -> int:
        """What was sent lately comes a second time, shuffled: older events after newer ones."""
        rows = [row for emitter in EMITTERS for row in await self._read(SENT.format(emitter=emitter), LATEST)]
        chosen = self._rng.sample(rows, min(len(rows), self._rng.randint(20, 100)))
        await self._publish(chosen)
        return len(chosen)

    async def deliver_out_of_order(self) -> int:
        """What the relay has not sent yet overtakes it, the newest first; the relay's own comes as the second."""
        async with asyncio.timeout(5):
            while True:
                rows = [row for emitter in EMITTERS for row in await self._read(UNSENT.format(emitter=emitter), LATEST)]
                if rows:
                    break
                await asyncio.sleep(0.05)
        await self._publish(rows)
        return len(rows)

    async def say_again(self) -> int:
        """Old and new states of people and accounts are announced anew, under new ids, in any order."""
        rows = await self._read(STATE.format(emitter="identity"), 20, STATE_TYPES)
        await self._publish([replace(row, event_id=uuid4()) for row in rows])
        return len(rows)

    async def _read(self, sql: str, *arguments: object) -> list[Row]:
        connection = await asyncpg.connect(self._dsn, timeout=3, command_timeout=3)
        try:
            return [Row(*record) for record in await connection.fetch(sql, *arguments)]
        finally:
            connection.terminate()

    async def _publish(self, rows: list[Row]) -> None:
        async with connected(self._amqp_url, "chaos") as broker:
            channel = await open_channel(broker)
            for row in rows:
                await row.publish(channel)
