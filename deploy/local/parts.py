"""What the supervisor keeps running: a part of the stack, and PostgreSQL and RabbitMQ as such parts.

Next: `program.py` has the other kind of part, `supervising.py` watches both.
"""

import asyncio
import os
from pathlib import Path
from typing import Protocol

from deploy.local.steps import StepFailed
from shared.native.postgres import NativePostgres
from shared.native.processes import last_lines
from shared.native.rabbitmq import NativeRabbitMQ

LOOK_AGAIN_SECONDS = 0.1


class PartFailed(StepFailed):
    """A part did not come up; the message says which and has its last lines."""


class Part(Protocol):
    """Something that runs, dies, and can be started again on the same data and ports."""

    @property
    def name(self) -> str:
        """What people call it; also the stem of its files."""
        ...

    @property
    def pid(self) -> int | None:
        """Its main process; None while it does not run."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """The parts that must be up before it is started again."""
        ...

    def last_lines(self) -> str:
        """The end of its log."""
        ...

    async def start(self) -> None:
        """Start it and return when it works. Raises PartFailed or ServerFailed."""
        ...

    async def ended(self) -> int | None:
        """Wait for its end: the exit status, negative for a signal, None where it is not known."""
        ...

    async def stop(self) -> None:
        """End it in order."""
        ...

    def kill(self) -> None:
        """End it now."""
        ...


class Server:
    """PostgreSQL or RabbitMQ as a part."""

    needs: tuple[str, ...] = ()

    def __init__(self, name: str, server: NativePostgres | NativeRabbitMQ) -> None:
        self.name = name
        self._server = server

    @property
    def pid(self) -> int | None:
        """The postmaster or the broker."""
        return self._server.pid

    @property
    def log_path(self) -> Path:
        """What it says."""
        return self._server.log_path

    def last_lines(self) -> str:
        """The end of its log."""
        return last_lines(self.log_path)

    async def start(self) -> None:
        """Start it on its files, after ending what is left there. Raises ServerFailed."""
        await self._server.start()

    async def ended(self) -> int | None:
        """Wait for its end, and leave it to its owner to collect it."""
        pid = self._server.pid
        while pid is not None:
            try:
                found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # noqa: ASYNC222 - does not wait
            except ChildProcessError:
                return None
            if found is not None:
                return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return None

    async def stop(self) -> None:
        """End it with its data in order."""
        await self._server.stop()

    def kill(self) -> None:
        """End it now; its data stays as a crash would leave it."""
        self._server.kill()
