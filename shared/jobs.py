"""Timers: each job does what is due at business time `now`, in batches, and says when it is due next.

Any number of copies may run: a job claims its rows with FOR UPDATE SKIP LOCKED. Jobs take `now` from the service's
clock, so that the sandbox can move them; `shared/http/sandbox.py` asks them when they are due.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import structlog

from shared.clocks import BusinessClock
from shared.db import Unavailable
from shared.log import describe

log = structlog.get_logger()
in_timer: ContextVar[bool] = ContextVar("in_timer", default=False)
"""Whether the present work is a timer's: its own commits must not wake it again and again."""
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Job(Generic[P]):
    """One timer. `run` does one batch and returns how many things it did; it is called again until that is 0."""

    name: str
    every_seconds: float
    run: Callable[[P, datetime], Awaitable[int]]
    next_due_at: Callable[[P], Awaitable[datetime | None]]
    wake_on_commit: bool = False


async def never_due(_parts: Any) -> datetime | None:
    """For jobs on machine time: nothing that the movable clock should step to."""
    return None


class JobRunner(Generic[P]):
    """Runs one job for ever. `busy` tells whether it is at work now."""

    def __init__(self, job: Job[P], parts: P, clock: BusinessClock) -> None:
        self.job = job
        self.busy = False
        self._parts = parts
        self._clock = clock
        self._woken = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look for due things now."""
        self._woken.set()

    def stop(self) -> None:
        """Do not begin another batch."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Run until stopped; a failing batch is logged and tried again at the next look."""
        in_timer.set(True)
        while not self._stopping:
            self._woken.clear()
            await self._run_due()
            try:
                async with asyncio.timeout(self.job.every_seconds):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _run_due(self) -> None:
        self.busy = True
        try:
            while not self._stopping and await self.job.run(self._parts, self._clock.now()):
                await asyncio.sleep(0)
        except Unavailable as error:
            log.warning("job_waits_for_database", job=self.job.name, **describe(error))
        except Exception as error:  # noqa: BLE001 - a timer goes on; the failure is logged and tried again
            log.error("job_failed", job=self.job.name, **describe(error))
            await asyncio.sleep(min(1.0, self.job.every_seconds))
        finally:
            self.busy = False

    async def due_count(self) -> int:
        """1 while it is at work or something is due, else 0: what `/sandbox/settle` waits for."""
        if self.busy:
            return 1
        due_at = await self.job.next_due_at(self._parts)
        if due_at is not None and due_at <= self._clock.now():
            self.wake()
            return 1
        return 0
