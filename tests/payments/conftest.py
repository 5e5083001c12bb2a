"""The service under test with the processor sandbox behind it; see `paying_world.py`."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.payments.settings import Settings
from services.payments.wiring import SERVICE, build
from shared.db import Database
from shared.service import Core
from shared.testing.clock import FixedClock
from shared.testing.http import base_settings, serving
from tests.payments.paying_world import Member, World
from tests.processor_sandbox.sandbox_process import SandboxProcess

CHARGE_TIMEOUT_SECONDS = 1.5
LATE_SECONDS = 4.0


@pytest_asyncio.fixture(scope="session")
async def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SandboxProcess]:
    """One processor sandbox for the whole run, whose late answers come after our patience ends."""
    journal = tmp_path_factory.mktemp("processor") / "journal.jsonl"
    process = await SandboxProcess.start(journal, slow_seconds=LATE_SECONDS, silence_seconds=LATE_SECONDS)
    yield process
    await process.terminate()


@pytest_asyncio.fixture
async def sandbox(running_sandbox: SandboxProcess) -> AsyncIterator[SandboxProcess]:
    """The processor sandbox, without faults before and after."""
    yield running_sandbox
    await running_sandbox.set_faults()


@pytest.fixture
def payments_settings(sandbox: SandboxProcess) -> Settings:
    """Settings of the service: the patience with the processor is short here."""
    return Settings(
        **base_settings(
            payments_key=SecretStr("a payments key of the tests only, not used elsewhere"),
            processor="sandbox",
            processor_url=sandbox.url,
            charge_timeout_seconds=CHARGE_TIMEOUT_SECONDS,
            max_concurrent_charges=100,
        )
    )


@pytest_asyncio.fixture
async def world(
    payments_db: Database, payments_settings: Settings, sandbox: SandboxProcess, clock: FixedClock
) -> AsyncIterator[World]:
    """The service at work on a fresh database; every test ends with all invariants checked."""
    core = Core(payments_settings, payments_db, clock)
    async with build(core) as parts, serving(SERVICE, parts, payments_settings, payments_db, clock) as api:
        world = World(parts, api, sandbox, clock, Member())
        yield world
        await world.assert_sound()
