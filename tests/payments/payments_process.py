"""A real process of payments on a test's database, which can be told where to die. See `usecases/conftest.py`."""

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from services.payments.settings import Settings
from shared.testing.http import ServiceUnderTest
from tests.conftest import app_dsn

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_SECONDS = 30.0
Start = Callable[..., Awaitable["Process"]]


class Process:
    """One process of payments with HTTP and timers; the relay and the broker are not needed here."""

    @classmethod
    async def start(cls, settings: Settings, database: str, client: aiohttp.ClientSession, crash_at: str) -> "Process":
        """Start one, to die at the `crash_at` that is given."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {**os.environ, **_environment(settings, database, port)}
        if crash_at:
            environment["CRASH_AT"] = crash_at
        command = [sys.executable, "-m", "services.payments", "serve", "--only", "http", "--only", "jobs"]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
        return cls(process, ServiceUnderTest(f"http://127.0.0.1:{port}", client))

    def __init__(self, process: asyncio.subprocess.Process, api: ServiceUnderTest) -> None:
        self.process = process
        self.api = api

    async def ready(self) -> "Process":
        """Wait until it answers."""
        async with asyncio.timeout(START_TIMEOUT_SECONDS):
            while True:
                try:
                    if (await self.api.call("GET", "/healthz")).status == 200:
                        return self
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)

    async def end(self) -> None:
        """End it, if it still runs."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


def _environment(settings: Settings, database: str, port: int) -> dict[str, str]:
    known = {
        "http_port": port,
        "postgres_dsn": app_dsn("payments", database),
        "amqp_url": settings.amqp_url.get_secret_value(),
        "token_public_key": settings.token_public_key,
        "gateway_key": settings.gateway_key.get_secret_value(),
        "payments_key": settings.payments_key.get_secret_value(),
        "processor": settings.processor,
        "processor_url": settings.processor_url,
        "charge_timeout_seconds": settings.charge_timeout_seconds,
    }
    return {"PORTAL_ENV": "test", **{f"PORTAL_{name.upper()}": str(value) for name, value in known.items()}}
