"""Who can be the processor: one row each, named as in the settings. `wiring.py` opens the chosen one."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp

from services.payments.providers.processor import Processor
from services.payments.providers.sandbox_processor import SandboxProcessor

OpenProcessor = Callable[[str, float, int], AbstractAsyncContextManager[Processor]]
"""Opens a processor at a URL: the time limit of a call in seconds, and how many connections it may hold."""


@asynccontextmanager
async def open_sandbox(url: str, timeout_seconds: float, max_connections: int) -> AsyncIterator[Processor]:
    """The processor sandbox, with a connection pool of its own."""
    connector = aiohttp.TCPConnector(limit=max_connections)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield SandboxProcessor(session, url, timeout_seconds)


PROCESSORS: Mapping[str, OpenProcessor] = {"sandbox": open_sandbox}
