"""A member for tests of pages, and browsers: Ana's, who is logged in, and a stranger's."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.gateway_world import World
from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.member_answers import Member


@pytest.fixture
def member(world: World) -> Member:
    """Ana: one policy, nothing owed, never paid; the stand-ins answer for her."""
    told = Member()
    world.identity.answer, world.payments.answer = told.identity, told.payments
    return told


@pytest.fixture
async def ana(world: World, member: Member) -> AsyncIterator[Browser]:
    """Her browser, logged in."""
    del member  # only to be there before the browser asks
    async with Browser.at(world.gateway.url) as opened:
        opened.cookies["__Host-session"] = "ana-token"
        yield opened


@pytest.fixture
async def stranger(world: World, member: Member) -> AsyncIterator[Browser]:
    """A browser in which nobody is logged in."""
    del member  # as above
    async with Browser.at(world.gateway.url) as opened:
        yield opened
