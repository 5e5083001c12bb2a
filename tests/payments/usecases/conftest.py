"""Real processes of payments for the tests that kill them."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio

from services.payments.settings import Settings
from tests.payments.payments_process import Process, Start


@pytest_asyncio.fixture
async def start(payments_settings: Settings, portal_database: str) -> AsyncIterator[Start]:
    """Start payments on the test's database, to die at the `crash_at` that is given."""
    started: list[Process] = []
    async with aiohttp.ClientSession() as client:

        async def started_process(crash_at: str = "") -> Process:
            started.append(await Process.start(payments_settings, portal_database, client, crash_at))
            return await started[-1].ready()

        yield started_process
        for process in started:
            await process.end()
