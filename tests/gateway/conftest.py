"""Fixtures of the gateway's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.gateway_world import World, open_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A gateway that serves, with stand-ins for the services behind it."""
    async with open_world() as opened:
        yield opened
