"""A process of ours as a part of the stack: a service, the processor sandbox, the inbox.

It gets a session of its own, so that a Ctrl-C at the terminal reaches the runner alone.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence

from deploy.local.folder import REPOSITORY, Folder
from deploy.local.orphans import write_pid
from deploy.local.parts import PartFailed
from shared.native.processes import LOG_LIMIT_BYTES, last_lines

READY_WITHIN_SECONDS = 60.0
STOPS_WITHIN_SECONDS = 30.0
ASK_AGAIN_SECONDS = 0.05
INHERITED = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE")

Ready = Callable[[], Awaitable[bool]]


class Program:
    """One process: how it is started, when it works, where its log is."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Folder,
        is_ready: Ready,
        environment: Mapping[str, str] | None = None,
        needs: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.needs = needs
        self._command = tuple(command)
        self.environment = dict(environment or {})
        self._is_ready = is_ready
        self._log_path = folder.logs / f"{name}.log"
        self._pid_path = folder.processes / f"{name}.pid"
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The process; None while it does not run."""
        return self._process.pid if self._process and self._process.returncode is None else None

    def last_lines(self) -> str:
        """The end of its log."""
        return last_lines(self._log_path)

    async def start(self) -> None:
        """Start it and return when it is ready. Raises PartFailed, and then nothing of it is left."""
        full = self._log_path.exists() and self._log_path.stat().st_size > LOG_LIMIT_BYTES
        with self._log_path.open("wb" if full else "ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=REPOSITORY,
                env=self._whole_environment(),
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,
            )
        write_pid(self._pid_path, self._process.pid)
        try:
            await self._until_ready(self._process)
        except BaseException:
            self.kill()
            raise

    def _whole_environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return {**inherited, "PYTHONUNBUFFERED": "1", **self.environment}

    async def _until_ready(self, process: Process) -> None:
        try:
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                while not await self._is_ready():
                    if process.returncode is not None:
                        raise PartFailed(
                            f"{self.name} did not start (exit status {process.returncode}):\n{self.last_lines()}"
                        )
                    await asyncio.sleep(ASK_AGAIN_SECONDS)
        except TimeoutError:
            raise PartFailed(
                f"{self.name} was not ready within {READY_WITHIN_SECONDS:.0f} s:\n{self.last_lines()}"
            ) from None

    async def ended(self) -> int | None:
        """Wait for its end."""
        return await self._process.wait() if self._process else None

    async def stop(self) -> None:
        """SIGTERM, so that it finishes what it has begun; SIGKILL when that takes too long."""
        if self._process is not None and self.pid is not None:
            # not terminate(): it would collect the status of one that has just died, and then nobody knew it
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), STOPS_WITHIN_SECONDS)
        self.kill()

    def kill(self) -> None:
        """SIGKILL it and its children."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._pid_path.unlink(missing_ok=True)
