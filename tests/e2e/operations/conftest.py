"""A whole portal as an operator watches it: traces go to a receiver of the tests, switches and metrics are at hand."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from deploy.local.cleaning import clean
from deploy.local.folder import REPOSITORY, Folder
from deploy.local.stack import Stack
from deploy.services import ALL
from tests.e2e.operations.receiver import Receiver, receiving
from tests.e2e.portal import Visitor

BATCH_MILLISECONDS = "200"  # how long a service collects spans before it sends them


@dataclass(frozen=True, slots=True)
class Watched:
    """The running portal and the receiver of its traces."""

    stack: Stack
    receiver: Receiver

    def told(self) -> dict[str, Any]:
        """What `stack.json` says now."""
        content: dict[str, Any] = json.loads(self.stack.folder.stack_file.read_text(encoding="utf-8"))
        return content

    async def scrape(self, service: str) -> str:
        """The metrics of a service, as Prometheus gets them."""
        url = self.told()["services"][service]["metrics_url"]
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            assert response.status == 200
            return await response.text()

    async def value(self, service: str, series: str) -> float:
        """One series of a service; 0 where it is not there yet."""
        lines = (await self.scrape(service)).splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == series), 0.0)

    async def command(self, *arguments: str) -> tuple[int | None, str, str]:
        """An operator's command: exit status, output, errors."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.local", "--folder", str(self.stack.folder.root), "run", *arguments,
            cwd=REPOSITORY,
            stdout=PIPE,
            stderr=PIPE,
        )  # fmt: skip
        out, errors = await process.communicate()
        return process.returncode, out.decode(), errors.decode()


@pytest.fixture(scope="package")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    """The portal, with tracing on."""
    folder = Folder(tmp_path_factory.mktemp("watched") / "local")
    try:
        async with receiving() as receiver:
            told = {"PORTAL_OTLP_ENDPOINT": receiver.url, "OTEL_BSP_SCHEDULE_DELAY": BATCH_MILLISECONDS}
            stack = Stack(
                folder.root, say=lambda _: None, with_demo_data=False, added_environment=dict.fromkeys(ALL, told)
            )
            async with stack:
                yield Watched(stack, receiver)
    finally:
        clean(folder)


@pytest.fixture
async def member(watched: Watched) -> AsyncIterator[Visitor]:
    """A member who can pay: verified, with a bill."""
    async with Visitor(watched) as visitor:
        await visitor.become_member()
        yield visitor
