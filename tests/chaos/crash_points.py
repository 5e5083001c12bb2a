"""`make chaos-points`: a process dies at each crash point, again and again, while members pay; all is verified.

`points.py` lists the points and the work that comes by each. Points of different services are taken side by side, one
of each at a time; after each round the portal comes to rest and every invariant must hold.
"""

import argparse
import asyncio
import json
import random
import secrets
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path

from deploy.local.folder import Folder
from deploy.local.stack import Stack
from tests.chaos.clockwork import jump
from tests.chaos.crowd import Crowd
from tests.chaos.judging import Judge
from tests.chaos.lives import PLANNING, SAVING_CARDS, SENDING_FILES, WEIGHTS, Weights
from tests.chaos.paying import set_faults
from tests.chaos.points import POINTS, Point, Work
from tests.chaos.report import Report
from tests.chaos.resting import come_to_rest
from tests.chaos.run import (
    CLIENTS_FINISH_WITHIN_SECONDS,
    LOOK_SECONDS,
    QUICK_LEASE,
    RESTS_WITHIN_SECONDS,
    ROOT,
    beside,
    finish,
    new_folder,
    say,
    until_told,
)
from tests.chaos.watching import LogWatch

DIES_WITHIN_SECONDS = 60.0
TICK_SECONDS = 0.3
TICKS: Mapping[Work, timedelta] = {
    Work.OPEN: timedelta(seconds=10),
    Work.UNMADE: timedelta(seconds=10),
    Work.SCHEDULED: timedelta(hours=2),
    Work.BILLING: timedelta(hours=6),
}
"""How far business time of payments moves each time, where the work is that something becomes due."""

FAULTS: Mapping[Work, Mapping[str, float]] = {
    Work.OPEN: {"charge_then_500": 0.5},
    Work.UNMADE: {"error_500_before_charge": 0.3},
}
WEIGHTS_OF: Mapping[Work, Weights] = {
    Work.SCHEDULED: PLANNING,
    Work.CARDS: SAVING_CARDS,
    Work.FILES: SENDING_FILES,
}


class PointsRun:
    """One run over all points that were chosen."""

    def __init__(self, folder: Path, chosen: argparse.Namespace) -> None:
        self._folder = folder
        self._times = chosen.times
        self._rng = random.Random(f"points {chosen.seed}")  # noqa: S311 - dice, nothing secret
        self._seed = chosen.seed
        self._rounds = rounds_of([point for point in POINTS if not chosen.only or point.name in chosen.only])
        self._judge = Judge(Report(f"crash points {' '.join(sys.argv[1:])}", chosen.seed))
        self._deaths: dict[str, int] = {}

    async def run(self) -> Report:
        """Start a portal, take round after round, judge at the end of each."""
        started = time.monotonic()
        folder = Folder(self._folder / "stack")
        async with AsyncExitStack() as everything:
            stack = Stack(
                folder.root,
                say=self._say,
                with_demo_data=False,
                added_environment={"notify": QUICK_LEASE},
                max_deaths=sys.maxsize,
            )
            await everything.enter_async_context(stack)
            told = json.loads(stack.folder.stack_file.read_text(encoding="utf-8"))
            crowd = Crowd(told, self._folder / "client.log", self._seed, members=4)
            everything.push_async_callback(crowd.go)
            await crowd.come()
            logs = LogWatch(stack.folder.logs)
            async with beside(logs.run()):
                for points in self._rounds:
                    await self._round(stack, crowd, points)
            logs.read()
            self._judge.logged(logs)
        self._judge.report.kills = self._deaths
        self._judge.report.seconds = round(time.monotonic() - started, 1)
        return self._judge.report

    async def _round(self, stack: Stack, crowd: Crowd, points: list[Point]) -> None:
        say(f"{', '.join(point.name for point in points)}   ({crowd.told.count} payments)")
        work = points[0].work
        processor_url = stack.lineup.url("processor")
        await set_faults(processor_url, **FAULTS.get(work, {}))
        crowd.begin(WEIGHTS_OF.get(work, WEIGHTS))
        async with beside(*([tick(stack, TICKS[work])] if work in TICKS else [])):
            await asyncio.gather(*(self._die(stack, point) for point in points))
        await set_faults(processor_url)
        waiting = await crowd.leave(CLIENTS_FINISH_WITHIN_SECONDS)
        with suppress(TimeoutError):
            await come_to_rest(stack.folder.stack_file, RESTS_WITHIN_SECONDS)
        self._judge.clients(crowd, waiting)
        await self._judge.invariants(stack.folder.stack_file, crowd.told.path)

    async def _die(self, stack: Stack, point: Point) -> None:
        """Have the service die at the point so many times; each of its lives gets at least two passings."""
        added = QUICK_LEASE if point.service == "notify" else {}
        await stack.restart(point.service, {**added, "CRASH_AT": f"{point.name}:{self._rng.randint(3, 6)}"})
        for time_number in range(1, self._times + 1):
            if not await _died(stack, point.service, time_number):
                self._judge.note("A process dies at each crash point", [f"{point.name}: {time_number - 1} times only"])
                break
            self._deaths[point.name] = time_number
        await stack.restart(point.service, added)

    def _say(self, line: str) -> None:
        self._judge.heard(line)
        with (self._folder / "runner.log").open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%H:%M:%S')} {line}\n")


def rounds_of(points: list[Point]) -> list[list[Point]]:
    """Side by side the points of different services, as long as the work of the first brings people by all of them."""
    of = {name: [point for point in points if point.service == name] for name in ("payments", "notify", "identity")}
    paying = [point for point in of["payments"] if point.work is Work.PAYING]
    others = [point for point in of["payments"] if point.work is not Work.PAYING]
    together = zip_longest(paying, of["notify"])
    return [
        *([point for point in both if point] for both in together),
        *([point] for point in (*others, *of["identity"])),
    ]


async def _died(stack: Stack, service: str, times: int) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(DIES_WITHIN_SECONDS):
            while stack.deaths(service) < times:
                await asyncio.sleep(LOOK_SECONDS)
    return stack.deaths(service) >= times


async def tick(stack: Stack, by: timedelta) -> None:
    """Business time of payments moves on, step by step."""
    while True:
        with suppress(TimeoutError):
            await jump(stack, ["payments"], by, within_seconds=5)
        await asyncio.sleep(TICK_SECONDS)


def main() -> int:
    """Run it; 0 when nothing was broken."""
    parser = argparse.ArgumentParser(prog="make chaos-points", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="deaths at each point")
    parser.add_argument("--only", action="append", help="this point; may be given again")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--folder", type=Path, default=ROOT)
    chosen = parser.parse_args()
    chosen.seed = secrets.randbelow(10**6) if chosen.seed is None else chosen.seed
    return asyncio.run(until_told(_run_in(chosen)))


async def _run_in(chosen: argparse.Namespace) -> int:
    folder = new_folder(chosen.folder / f"points-{chosen.seed}")
    say(f"{chosen.times} times each, seed {chosen.seed}, everything in {folder}")
    return finish(folder, await PointsRun(folder, chosen).run())


if __name__ == "__main__":
    sys.exit(main())
