"""Move business time of all services together, from one due instant to the next. The sandbox only.

Next: `domain/clock_steps.py` decides where to stand; `settle.py` waits for the work of that instant.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.gateway.domain.clock_steps import ClockMove, next_step, overdue, stands_still
from services.gateway.providers.service import PortalService
from services.gateway.usecases.settle import settle

MAX_STEPS = 20_000
IDLE_LOOKS = 5  # work which is due five times in a row, with the services idle between, does not get done


class ClockStuck(Exception):
    """Something is due and does not get done. `services` names who has it, `now` is where the clock stands."""

    def __init__(self, services: tuple[str, ...], now: datetime) -> None:
        self.services = services
        self.now = now
        super().__init__(f"the clock stands still at {now.isoformat()}")


class SandboxClock:
    """Business time of all services. One move at a time: a second one waits for the first."""

    def __init__(self, services: Sequence[PortalService], settle_timeout_seconds: float) -> None:
        self._services = services
        self._settle_timeout_seconds = settle_timeout_seconds
        self._moving = asyncio.Lock()

    async def now(self) -> datetime:
        """Business time: that of the service furthest behind, should a move have stopped on its way."""
        return min(await self._each_now())

    async def move(self, move: ClockMove) -> datetime:
        """Move and settle; returns business time at the end.

        Raises ClockBackwards, ClockStuck, NotSettled, ServiceAway; the clock then stands on the way.
        """
        async with self._moving:
            now = max(await self._each_now())
            target = move.target(now)
            await self.settle()
            await self._walk(now, target)
            await self._set(target)
            await self.settle()
            return await self.now()

    async def settle(self) -> None:
        """Wait until all is done at this instant. Raises NotSettled, ServiceAway."""
        await settle(self._services, self._settle_timeout_seconds)

    async def _walk(self, now: datetime, target: datetime) -> None:
        looks: list[Mapping[str, datetime | None]] = []
        for _ in range(MAX_STEPS):
            due = await self._due()
            step = next_step(due, now, target)
            if step is None:
                return
            looks.append(due)
            if stands_still(looks, IDLE_LOOKS):
                raise ClockStuck(overdue(due, step), step)
            if step > now:
                await self._set(step)
                now = step
            await self.settle()
        raise ClockStuck(overdue(await self._due(), now), now)

    async def _due(self) -> Mapping[str, datetime | None]:
        told = await asyncio.gather(*(service.next_due_at() for service in self._services))
        return {service.OWNER.value: due_at for service, due_at in zip(self._services, told, strict=True)}

    async def _each_now(self) -> list[datetime]:
        return list(await asyncio.gather(*(service.clock_now() for service in self._services)))

    async def _set(self, instant: datetime) -> None:
        await asyncio.gather(*(service.set_clock(instant) for service in self._services))
