"""A whole portal for the tests here, started once, in a folder and on ports of its own.

One worker runs all tests that need one (`one_stack_at_a_time.py`).
"""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.portal import Visitor
from tests.e2e.stack_process import StackProcess


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StackProcess]:
    """The stack, ready, without demo data."""
    running = StackProcess(tmp_path_factory.mktemp("stack") / "local", "--without-demo-data", "--any-ports")
    try:
        await running.start()
        await running.until_ready()
        yield running
    finally:
        await running.discard()


@pytest.fixture
async def visitor(stack: StackProcess) -> AsyncIterator[Visitor]:
    """Somebody who meets the portal for the first time."""
    async with Visitor(stack) as visitor:
        yield visitor
