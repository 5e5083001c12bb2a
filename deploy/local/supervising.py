"""Watches the parts of a stack: says which one died and how, and starts it again, unless it keeps dying.

Who is killed from outside is started again however often: somebody tries out what then happens. Who ends by itself
again and again cannot be helped by another start.

Next: `stack.py` gives it the parts in the order of their start and takes its verdict.
"""

import asyncio
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.local.parts import Part, PartFailed
from deploy.local.steps import Say
from shared.native.processes import ServerFailed

DEATHS_WINDOW_SECONDS = 60.0
BACKOFF_SECONDS = (0.0, 0.0, 0.5, 1.0, 2.0)  # by the ends that were counted lately
SHOWN_LINES = 8  # of its log, when a part has ended


@dataclass(slots=True)
class Watched:
    """A part, its process while it is up, how often it died, and when lately by its own doing.

    The process id is kept here: to ask a server for it would collect its exit status before we have seen it.
    """

    part: Part
    pid: int | None = None
    up: asyncio.Event = field(default_factory=asyncio.Event)
    died: int = 0
    deaths: deque[float] = field(default_factory=deque)
    watching: asyncio.Task[None] | None = None


class Supervisor:
    """Starts parts, keeps them up and stops them. `given_up` is set, with a reason, when one cannot be kept up."""

    def __init__(self, say: Say, on_change: Callable[[], None], *, max_deaths: int) -> None:
        self._say = say
        self._on_change = on_change
        self._max_deaths = max_deaths
        self._watched: dict[str, Watched] = {}
        self._reason = ""
        self.given_up = asyncio.Event()

    @property
    def reason(self) -> str:
        """Why it gave up."""
        return self._reason

    def pid(self, name: str) -> int | None:
        """The process of a part; None while it does not run."""
        watched = self._watched.get(name)
        return watched.pid if watched else None

    def deaths(self, name: str) -> int:
        """How often a part was found dead since it was last started by us."""
        watched = self._watched.get(name)
        return watched.died if watched else 0

    async def start(self, part: Part) -> None:
        """Start a part and watch it from then on. Raises PartFailed or ServerFailed."""
        watched = self._watched[part.name] = Watched(part)
        await part.start()
        _mark_up(watched)
        watched.watching = asyncio.create_task(self._watch(watched), name=f"watch {part.name}")

    async def stop(self, *names: str) -> list[str]:
        """Stop these parts together; returns those that had been started."""
        found = [self._watched[name] for name in names if name in self._watched]
        for watched in found:
            if watched.watching is not None:
                watched.watching.cancel()
        await asyncio.gather(*(watched.watching for watched in found if watched.watching), return_exceptions=True)
        await asyncio.gather(*(watched.part.stop() for watched in found))
        return [watched.part.name for watched in found]

    def kill_all(self) -> None:
        """End everything now, last started first."""
        for watched in reversed(self._watched.values()):
            if watched.watching is not None:
                watched.watching.cancel()
            watched.part.kill()

    async def _watch(self, watched: Watched) -> None:
        while not self.given_up.is_set():
            status = await watched.part.ended()
            watched.up.clear()
            watched.pid = None
            watched.died += 1
            self._on_change()
            self._tell(watched.part, f"{watched.part.name} {_how(status)}. Its last lines:")
            if status != -signal.SIGKILL and not self._counted(watched):
                return
            if not await self._start_again(watched):
                return
            self._on_change()
            self._say(f"{watched.part.name} runs again (process {watched.pid}).")

    async def _start_again(self, watched: Watched) -> bool:
        while not self.given_up.is_set():
            for name in watched.part.needs:
                await self._watched[name].up.wait()
            await asyncio.sleep(BACKOFF_SECONDS[min(len(watched.deaths), len(BACKOFF_SECONDS) - 1)])
            try:
                await watched.part.start()
            except (PartFailed, ServerFailed) as error:
                self._say(str(error))
                self._counted(watched)
            else:
                _mark_up(watched)
                return True
        return False

    def _counted(self, watched: Watched) -> bool:
        """Count an end that was its own doing; False when it was one too many."""
        now = time.monotonic()
        watched.deaths.append(now)
        while watched.deaths[0] < now - DEATHS_WINDOW_SECONDS:
            watched.deaths.popleft()
        if len(watched.deaths) >= self._max_deaths:
            self._reason = (
                f"{watched.part.name} ended {len(watched.deaths)} times within {DEATHS_WINDOW_SECONDS:.0f} s."
            )
            self.given_up.set()
        return not self.given_up.is_set()

    def _tell(self, part: Part, line: str) -> None:
        self._say(line)
        for logged in part.last_lines().splitlines()[-SHOWN_LINES:]:
            self._say(f"    {logged}")


def _mark_up(watched: Watched) -> None:
    watched.pid = watched.part.pid
    watched.up.set()


def _how(status: int | None) -> str:
    if status is None:
        return "ended"
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with exit status {status}"
