"""The local stack as its users start it: a process with a terminal's output, in a folder of the test's own."""

import asyncio
import contextlib
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiohttp

from deploy.local.cleaning import clean
from deploy.local.folder import REPOSITORY, Folder
from deploy.local.orphans import start_time_of

LINE_WITHIN_SECONDS = 120.0


class StackProcess:
    """`python -m deploy.local up` over a folder."""

    def __init__(self, root: Path, *options: str) -> None:
        self.folder = Folder(root)
        self.said: list[str] = []
        self._options = options
        self._process: Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._heard = asyncio.Condition()

    @property
    def process(self) -> Process:
        """The runner."""
        assert self._process is not None
        return self._process

    async def start(self) -> None:
        """Start it, and listen to what it says."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.local", "--folder", str(self.folder.root), "up", *self._options,
            cwd=REPOSITORY,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,
        )  # fmt: skip
        self._listening = asyncio.create_task(self._listen(self._process))

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            async with self._heard:
                self.said.append(line.decode().rstrip())
                self._heard.notify_all()
        await process.wait()
        async with self._heard:
            self._heard.notify_all()

    async def line_with(self, words: str, *, after: int = 0) -> str:
        """Wait for a line with `words`, past the first `after` lines; fails with all that was said."""

        def found() -> str | None:
            return next((line for line in self.said[after:] if words in line), None)

        try:
            async with asyncio.timeout(LINE_WITHIN_SECONDS), self._heard:
                await self._heard.wait_for(lambda: found() is not None or self._has_ended())
        except TimeoutError:
            pass
        line = found()
        assert line is not None, "\n".join([f"Nobody said: {words}", *self.said])
        return line

    def _has_ended(self) -> bool:
        return self._listening is not None and self._process is not None and self._process.returncode is not None

    async def until_ready(self) -> None:
        """Wait for the address."""
        await self.line_with("Ctrl-C stops everything.")

    def told(self) -> dict[str, Any]:
        """What `stack.json` says now."""
        content: dict[str, Any] = json.loads(self.folder.stack_file.read_text())
        return content

    def pids(self) -> dict[str, int]:
        """The main process of each service and server."""
        told = self.told()
        services = {name: service["pids"][0] for name, service in told["services"].items() if service["pids"]}
        return {**services, "postgres": told["postgres"]["pid"], "rabbitmq": told["rabbitmq"]["pid"]}

    async def until_all_up(self) -> None:
        """Wait until no service is being started again and the portal says that it is ready."""
        missing: list[str] = []
        try:
            async with asyncio.timeout(LINE_WITHIN_SECONDS), aiohttp.ClientSession() as session:
                while missing := await self._missing(session):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError("\n".join([f"Not up: {missing}", *self.said])) from None

    async def _missing(self, session: aiohttp.ClientSession) -> list[str]:
        missing = []
        for name, service in self.told()["services"].items():
            try:
                async with session.get(f"{service['url']}/readyz") as response:
                    if response.status != 200 or not service["pids"]:
                        missing.append(f"{name} {service['pids']} {await response.text()}")
            except aiohttp.ClientError:
                missing.append(name)
        return missing

    async def interrupt(self) -> int:
        """Press Ctrl-C and wait for the end; returns the exit status."""
        self.process.send_signal(signal.SIGINT)
        return await self.process.wait()

    async def discard(self) -> None:
        """End it, however it stands, and remove its folder."""
        if self._process is not None and self._process.returncode is None:
            await asyncio.wait_for(self.interrupt(), LINE_WITHIN_SECONDS)
        if self._listening is not None:
            await self._listening
        await asyncio.to_thread(clean, self.folder)


def descendants(pid: int) -> set[int]:
    """Every living process that a process started, and those that these started."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if fields[0] not in "ZX":
                    parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    newest = {pid}
    while newest:
        newest = {child for child, parent in parents.items() if parent in newest} - found
        found |= newest
    return found


def alive(pids: Iterable[int]) -> list[int]:
    """Those of these processes that live."""
    return [pid for pid in pids if start_time_of(pid) is not None]
