"""Somebody at a browser in front of a gateway whose services are stand-ins, and so answer what real ones seldom do.

Next: `story_rare.py` has what they answer.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from aiohttp import web
from playwright.async_api import Browser

from deploy.processor_sandbox.frame import CardFrame
from tests.browser.sitting_down import look_closely, session_cookie, somebody_new, windows
from tests.browser.walker import Look, Setting, Walker
from tests.browser.watcher import Watcher
from tests.e2e.portal import Visitor
from tests.gateway.gateway_world import World, open_world
from tests.gateway.pages.member_answers import Member

MEMBER, NEWCOMER = "ana-token", "newcomer-token"
"""The sessions of a member and of somebody whose identity is not verified yet."""


@dataclass
class StandIns:
    """A person, the gateway they look at, and what the services behind it answer."""

    me: Walker
    world: World

    async def begin(self, session: str) -> Member:
        """Somebody new sits down, with this session or with none; every answer is as at first."""
        await self.me.page.context.clear_cookies()
        if session:
            await self.me.page.context.add_cookies([session_cookie(self.me.portal, session)])
        member = Member()
        self.world.identity.answer, self.world.payments.answer = member.identity, member.payments
        return member


@dataclass(frozen=True, slots=True)
class Nowhere:
    """What a walker is told who has nobody to ask by API."""

    portal: str

    def told(self) -> dict[str, Any]:
        """The portal, and nothing else."""
        return {"gateway_url": self.portal, "processor_url": "", "inbox_url": "", "partner_key": ""}


@asynccontextmanager
async def sit_down_at_stand_ins(
    browser: Browser, setting: Setting, *, look: Look = look_closely
) -> AsyncIterator[StandIns]:
    """A browser at such a gateway. Fails for what the watcher saw, except for the failures that it is shown."""
    async with _processor() as processor, open_world(card_frame_url=f"{processor}/frame/card") as world:
        world.identity.sessions[NEWCOMER] = uuid4()
        world.identity.unverified.add(NEWCOMER)
        portal = f"http://localhost:{urlsplit(world.gateway.url).port}"  # where browsers take secure cookies over http
        async with windows(browser, setting) as context, Visitor(Nowhere(portal)) as api:
            watcher = Watcher(context, portal, processor, is_shown_failures=True)
            page = await context.new_page()
            yield StandIns(Walker(page, portal, setting, somebody_new(setting.language), api, look), world)
            complaints = await watcher.complaints()
            assert complaints == [], "\n".join(complaints)


@asynccontextmanager
async def _processor() -> AsyncIterator[str]:
    """The card frame of the processor's sandbox, alone."""
    app = web.Application()
    CardFrame().add_to(app.router)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
