"""Let a portal come to rest after faults: the resolver's times pass, every message is heard, every letter leaves.

Afterwards `verify.py` may ask for all invariants.
"""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from tests.chaos.client import LOST
from tests.chaos.cross_checks import OPEN_PAYMENTS
from tests.chaos.verify import Stack

MOVES = ("PT2M", "PT2M", "PT1H", "PT2H", "P1D", "P1D", "P1D", "P1D", "P1D", "P1D")
"""Through the resolver's schedule: usually the first is enough."""

ASK_AGAIN_SECONDS = 0.5
LETTERS_WAITING = "SELECT count(*) FROM notify.delivery WHERE status = 'queued'"


async def come_to_rest(stack_file: Path, within_seconds: float) -> None:
    """Return when no payment is open and nothing is pending anywhere. Raises TimeoutError."""
    stack = Stack.read(stack_file)
    async with asyncio.timeout(within_seconds), aiohttp.ClientSession() as client:
        for move in MOVES:
            await _until_done(client, f"{stack.gateway_url}/sandbox/clock", {"advance": move})
            if not await _rows(stack, OPEN_PAYMENTS):
                break
        while True:
            await _until_done(client, f"{stack.gateway_url}/sandbox/settle", {})
            if (await _rows(stack, LETTERS_WAITING))[0][0] == 0:
                return
            await asyncio.sleep(ASK_AGAIN_SECONDS)


async def _until_done(client: aiohttp.ClientSession, url: str, body: dict[str, str]) -> None:
    while True:
        try:
            async with client.post(url, json=body) as answer:
                await answer.read()
                if answer.status < 300:
                    return
        except LOST:
            pass
        await asyncio.sleep(ASK_AGAIN_SECONDS)


async def _rows(stack: Stack, sql: str) -> list[Any]:
    connection = await asyncpg.connect(stack.operator_dsn, timeout=5)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()
