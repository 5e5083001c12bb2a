"""All members of a run, each with several lives side by side, until they are told to leave.

They leave when what they are at is answered: whoever has not left in the end has not been answered.
"""

import asyncio
import random
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.chaos.client import Client, Tally
from tests.chaos.lives import WEIGHTS, Life, Weights
from tests.chaos.paying import Member, Told, make_member

LIVES = 2
NAMES = ("Ada", "Bela", "Cleo", "Dora", "Edda", "Fita", "Gwen", "Hana", "Ivra", "Jona", "Kira", "Lena", "Mina", "Nela")
LONGEST_THOUGHT_SECONDS = 1.0


class Crowd:
    """Members and their lives: they come once, then begin and leave as often as wanted, and go.

    `tally` is of the portal's answers, `told` of payments.
    """

    def __init__(self, stack_told: Mapping[str, Any], log_path: Path, seed: int, members: int) -> None:
        self._stack_told = stack_told
        self._seed = seed
        self._count = members
        self._clients = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self._leaving = False
        self.lives: list[Life] = []
        self.members: list[Member] = []
        self.tally = Tally()
        self.told = Told(log_path)
        self.broken: list[str] = []

    async def come(self) -> None:
        """Make the members, and sit down at every place."""
        starts_on = next_start(datetime.now(UTC).date())
        names = NAMES[: self._count]
        for number, name in enumerate(names):
            self.members.append(await make_member(self._stack_told, name, f"523-41-{7300 + number}", starts_on))
        outside = Tally()
        for member in self.members:
            for number in range(LIVES):
                life = Life(
                    member=member,
                    told=self.told,
                    portal=await self._client("gateway_url", self.tally),
                    processor=await self._client("processor_url", outside),
                    partner_key=self._stack_told["partner_key"],
                    starts_on=starts_on,
                    rng=random.Random(f"{self._seed} {member.name} {number}"),  # noqa: S311 - dice, nothing secret
                )
                await life.sit_down()
                self.lives.append(life)

    def begin(self, weights: Weights = WEIGHTS) -> None:
        """Everybody begins to live, with these acts."""
        self._leaving = False
        for life in self.lives:
            life.weights = weights
        self._tasks = [asyncio.create_task(self._live(life)) for life in self.lives]

    async def _client(self, address: str, tally: Tally) -> Client:
        return await self._clients.enter_async_context(Client(self._stack_told[address], tally))

    async def _live(self, life: Life) -> None:
        try:
            while not self._leaving:
                await life.act()
                await asyncio.sleep(life.rng.uniform(0, LONGEST_THOUGHT_SECONDS))
        except (KeyError, TypeError, ValueError) as error:
            self.broken.append(f"{life.member.name} could not read an answer: {error!r}")

    async def leave(self, within_seconds: float) -> int:
        """Let everybody finish what they are at; returns how many have not, by then: these give up."""
        self._leaving = True
        _, waiting = await asyncio.wait(self._tasks, timeout=within_seconds)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return len(waiting)

    async def miss(self) -> list[str]:
        """What members were told of and do not find in their history, read as they read it."""
        missing: list[str] = []
        for member in self.members:
            theirs = [life for life in self.lives if life.member is member]
            shown = await theirs[0].read_history()
            missing += sorted(set().union(*(life.payment_ids for life in theirs)) - shown)
        return missing

    async def go(self) -> None:
        """Everybody goes home."""
        for task in self._tasks:
            task.cancel()
        await self._clients.aclose()

    @property
    def wrong(self) -> list[str]:
        """Every answer that was not as it must be."""
        return [*self.tally.wrong, *self.broken, *(said for life in self.lives for said in life.wrong)]


def next_start(today: date) -> date:
    """The first day of the month after next: coverage that starts then has a first bill that is not due yet."""
    months = today.year * 12 + today.month + 1
    return date(months // 12, months % 12 + 1, 1)
