"""One processor for the tests that only need some processor, and journals of their own for those that kill theirs."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.processor_sandbox.sandbox_process import SandboxProcess, StartProcessor


@pytest_asyncio.fixture(scope="session")
async def running_processor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SandboxProcess]:
    """One process for the whole run."""
    process = await SandboxProcess.start(tmp_path_factory.mktemp("processor") / "journal.jsonl")
    yield process
    await process.terminate()


@pytest_asyncio.fixture
async def processor(running_processor: SandboxProcess) -> AsyncIterator[SandboxProcess]:
    """The shared process, without faults before and after."""
    yield running_processor
    await running_processor.set_faults()


@pytest_asyncio.fixture
async def start_processor() -> AsyncIterator[StartProcessor]:
    """Start processes on journals of the test's own; what still runs at its end is killed."""
    started: list[SandboxProcess] = []

    async def start(journal: Path, **options: float) -> SandboxProcess:
        started.append(await SandboxProcess.start(journal, **options))
        return started[-1]

    yield start
    for process in started:
        await process.kill()


@pytest.fixture
def key() -> str:
    """An Idempotency-Key nobody used."""
    return f"key-{uuid4()}"


@pytest.fixture
def journal_path(tmp_path: Path) -> Path:
    """A journal that does not exist yet."""
    return tmp_path / "kept" / "journal.jsonl"
