"""kill -9 of a real payments process at each point of the money path, under a client that tries again by key."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from services.payments.settings import Settings
from shared.testing.http import Answered, ServiceUnderTest
from tests.conftest import app_dsn
from tests.payments.paying_world import Member, World

ROOT = Path(__file__).resolve().parents[3]
START_TIMEOUT_SECONDS = 30.0
Start = Callable[..., Awaitable["Process"]]


class Process:
    """One process of payments with HTTP and timers; the relay and the broker are not needed here."""

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


@pytest_asyncio.fixture
async def start(payments_settings: Settings, portal_database: str) -> AsyncIterator[Start]:
    """Start payments on the test's database, to die at the `crash_at` that is given."""
    started: list[Process] = []
    async with aiohttp.ClientSession() as client:

        async def started_process(crash_at: str = "") -> Process:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            environment = {**os.environ, **_environment(payments_settings, portal_database, port)}
            if crash_at:
                environment["CRASH_AT"] = crash_at
            command = [sys.executable, "-m", "services.payments", "serve", "--only", "http", "--only", "jobs"]
            process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
            started.append(Process(process, ServiceUnderTest(f"http://127.0.0.1:{port}", client)))
            return await started[-1].ready()

        yield started_process
        for process in started:
            await process.end()


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


async def pay(api: ServiceUnderTest, member: Member, method_id: str, key: str) -> Answered:
    """A payment of $300."""
    body = {"amount_cents": 30_000, "method_id": method_id}
    return await api.call("POST", "/v1/payments", token=member.token, body=body, key=key)


@pytest.mark.parametrize("point", ["accepted", "charging", "charged", "settled"])
async def test_killed_anywhere_the_payment_is_made_once(world: World, start: Start, point: str) -> None:
    """The process dies between two steps; the client tries again by its key and ends with one charge, once told."""
    await world.enroll()
    method_id, key = await world.save_card(), uuid4().hex
    dying = await start(f"payments.{point}:1")
    with pytest.raises(aiohttp.ClientError):
        await pay(dying.api, world.member, method_id, key)
    assert await dying.process.wait() == -9
    await world.assert_sound()

    revived = await start()
    again = await pay(revived.api, world.member, method_id, key)
    assert again.status == 201
    async with asyncio.timeout(30):
        while (await pay(revived.api, world.member, method_id, key)).body["status"] != "succeeded":
            await asyncio.sleep(0.2)
    assert len(await world.charges_of(again.body["payment_id"])) == 1
    assert await world.value("SELECT count(*) FROM payment") == 1
    assert await world.told("payment.") == ["payment.accepted.v1", "payment.succeeded.v1"]
