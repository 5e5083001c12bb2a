"""Moves business time of services that are at work: each is told by itself, and nobody waits for what comes of it.

The gateway's way (`POST /sandbox/clock`) settles between two instants, which a portal under faults never does.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import aiohttp

from deploy.local.stack import Stack
from tests.chaos.client import LOST

ASK_AGAIN_SECONDS = 0.05


async def jump(stack: Stack, services: Sequence[str], by: timedelta, *, within_seconds: float) -> None:
    """Move these services to where the first of them is and `by` further. Raises TimeoutError."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as client:
        give_up_at = time.monotonic() + within_seconds
        now = datetime.fromisoformat((await _asked(stack, client, services[0], None, give_up_at))["now"])
        for name in services:
            await _asked(stack, client, name, {"now": (now + by).isoformat()}, give_up_at)


async def _asked(
    stack: Stack, client: aiohttp.ClientSession, name: str, body: dict[str, str] | None, give_up_at: float
) -> dict[str, str]:
    url, headers = f"{stack.url(name)}/sandbox/clock", {"Portal-Gateway-Key": stack.lineup.keys["gateway_key"]}
    while time.monotonic() < give_up_at:
        with suppress(*LOST):
            async with client.request("PUT" if body else "GET", url, json=body, headers=headers) as answer:
                if answer.status in (200, 409):  # 409: it was there already
                    told: dict[str, str] = await answer.json()
                    return told
        await asyncio.sleep(ASK_AGAIN_SECONDS)
    raise TimeoutError
