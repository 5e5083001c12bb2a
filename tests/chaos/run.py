"""`make chaos`: a whole portal under members who pay and never give up, while all of it is killed, frozen and cut.

The plan of faults follows from the seed. At the end the portal comes to rest, and every invariant must hold, every
client must have its answers, and nobody may have seen a 500. Read `plan.py` for what is broken, `lives.py` for what
members do, `judging.py` for what must hold; docs/operations/chaos.md is for whoever runs it.
"""

import argparse
import asyncio
import json
import logging
import random
import secrets
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import structlog

from deploy.local.cleaning import clean
from deploy.local.folder import REPOSITORY, Folder
from deploy.local.stack import Stack
from shared.native.places import discard
from tests.chaos.cables import Cables, cables_of
from tests.chaos.client import Client
from tests.chaos.crowd import Crowd
from tests.chaos.faults import Breaker
from tests.chaos.judging import Judge
from tests.chaos.paying import set_faults
from tests.chaos.plan import Step, make_plan
from tests.chaos.repeating import Repeater
from tests.chaos.report import Report
from tests.chaos.resting import come_to_rest
from tests.chaos.same_key import send_at_once
from tests.chaos.watching import BrokerWatch, IdleWatch, LogWatch

ROOT = REPOSITORY / ".local" / "chaos"
QUICK_LEASE = {"PORTAL_SMTP_TIMEOUT_SECONDS": "2", "PORTAL_DELIVERY_LEASE_SECONDS": "6"}
"""A letter that a killed process had claimed is free again after its lease: 60 s, here 6."""

FAULT_RATES = {
    "charge_then_silence": 0.05,
    "charge_then_500": 0.05,
    "error_500_before_charge": 0.02,
    "refuse_503": 0.02,
    "delay_seconds": 0.02,
}
PROGRESS_WITHIN_SECONDS = 90.0
CLIENTS_FINISH_WITHIN_SECONDS = 180.0
RESTS_WITHIN_SECONDS = 900.0
LOOK_SECONDS = 0.02


class Run:
    """One run over one stack, in a folder of its own."""

    def __init__(self, folder: Path, chosen: argparse.Namespace) -> None:
        self._folder = folder
        self._chosen = chosen
        self._plan = make_plan(chosen.kills, chosen.seed)
        self._stack_folder = Folder(folder / "stack")
        self._judge = Judge(Report(" ".join(sys.argv[1:]), chosen.seed))

    async def run(self) -> Report:
        """Start the portal, live through the plan, come to rest, judge."""
        started = time.monotonic()
        async with AsyncExitStack() as everything:
            cables = await everything.enter_async_context(cables_of(self._stack_folder))
            added = {**cables.environment, "notify": {**cables.environment["notify"], **QUICK_LEASE}}
            stack = Stack(
                self._stack_folder.root,
                say=self._say,
                with_demo_data=False,
                added_environment=added,
                max_deaths=sys.maxsize,
            )
            await everything.enter_async_context(stack)
            await self._live(stack, cables)
        self._judge.report.seconds = round(time.monotonic() - started, 1)
        return self._judge.report

    async def _live(self, stack: Stack, cables: Cables) -> None:
        told = json.loads(stack.folder.stack_file.read_text(encoding="utf-8"))
        dsn = told["operator_dsn"]
        rng = random.Random(f"faults {self._chosen.seed}")  # noqa: S311 - dice, nothing secret
        broker, idle, logs = BrokerWatch(dsn), IdleWatch(dsn), LogWatch(stack.folder.logs)
        breaker = Breaker(stack, cables, Repeater(dsn, told["operator_amqp_url"], rng), broker, rng)
        crowd = Crowd(told, self._folder / "client.log", self._chosen.seed, self._chosen.members)
        say(f"Making {self._chosen.members} members")
        for name in ("payments", "notify"):
            await stack.start_copy(name)
        await crowd.come()
        crowd.begin()
        async with beside(idle.run(), logs.run(), keep_faults(stack)):
            await self._break(stack, crowd, breaker)
            await breaker.all_done()
            await cables.mend_all()
            waiting = await crowd.leave(CLIENTS_FINISH_WITHIN_SECONDS)
            await stack.stop_copies()
        await set_faults(told["processor_url"])
        await self._same_key(told["gateway_url"], crowd)
        say("Coming to rest")
        with suppress(TimeoutError):
            await come_to_rest(stack.folder.stack_file, RESTS_WITHIN_SECONDS)
        await self._read_histories(crowd)
        logs.read()
        self._judge.faults(breaker)
        self._judge.clients(crowd, waiting)
        self._judge.watched(broker, idle, logs)
        await self._judge.invariants(stack.folder.stack_file, crowd.told.path)

    async def _read_histories(self, crowd: Crowd) -> None:
        missing = ["the histories cannot be read"]
        with suppress(TimeoutError):
            async with asyncio.timeout(CLIENTS_FINISH_WITHIN_SECONDS):
                missing = await crowd.miss()
        self._judge.note("Members find every payment in their history", missing)
        await crowd.go()

    async def _break(self, stack: Stack, crowd: Crowd, breaker: Breaker) -> None:
        """Step by step; each begins when clients were told of some more payments, so that all of it is at work."""
        stop_at = time.monotonic() + self._chosen.minutes * 60
        for step in self._plan:
            if time.monotonic() > stop_at:
                self._judge.note("The time was over before the plan was", [f"step {step.number} of {len(self._plan)}"])
                return
            if not await self._paid(crowd, step):
                self._judge.note("Nobody was told of a payment for too long", [str(step)])
                return
            if stack.given_up.is_set():
                self._judge.note("The runner gave up", [stack.reason])
                return
            say(f"{step}   ({crowd.told.count} payments, {sum(breaker.kills.values())} kills)")
            await breaker.begin(step.faults)

    async def _paid(self, crowd: Crowd, step: Step) -> bool:
        wanted = crowd.told.count + step.after_payments
        with suppress(TimeoutError):
            async with asyncio.timeout(PROGRESS_WITHIN_SECONDS):
                while crowd.told.count < wanted:
                    await asyncio.sleep(LOOK_SECONDS)
        return crowd.told.count >= wanted

    async def _same_key(self, gateway_url: str, crowd: Crowd) -> None:
        rounds, at_once = self._chosen.rounds, self._chosen.at_once
        if not rounds:
            return
        say(f"The same key {at_once} times at once, {rounds} rounds")
        async with Client(gateway_url, crowd.tally) as client:
            for number in range(rounds):
                member = crowd.members[number % len(crowd.members)]
                done = await send_at_once(client, member, crowd.told, at_once)
                if len(done.payment_ids) > 1:
                    self._judge.note("One key made more than one payment", sorted(done.payment_ids))
        self._judge.report.watched = {**self._judge.report.watched, "rounds of the same key": rounds}

    def _say(self, line: str) -> None:
        self._judge.heard(line)
        with (self._folder / "runner.log").open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%H:%M:%S')} {line}\n")


@asynccontextmanager
async def beside(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have these go on beside, until the block ends."""
    tasks = [asyncio.create_task(it) for it in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def keep_faults(stack: Stack) -> None:
    """Tell the processor its faults at the start, and again whenever it was started anew: it does not remember them."""
    told_pid = None
    while True:
        pid = stack.pid("processor")
        if pid is not None and pid != told_pid:
            await set_faults(stack.lineup.url("processor"), **FAULT_RATES)
            told_pid = pid
        await asyncio.sleep(LOOK_SECONDS)


def say(line: str) -> None:
    """To whoever waits at the terminal."""
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


def main() -> int:
    """Run it; 0 when nothing was broken."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="of services, PostgreSQL and the broker (0: no faults)")
    parser.add_argument("--seed", type=int, default=None, help="that of an earlier run, to make its faults again")
    parser.add_argument("--minutes", type=float, default=60, help="stop breaking things then, whatever is left")
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=0, help="rounds of the same key at once, after the faults")
    parser.add_argument("--at-once", type=int, default=100, help="callers in each of these rounds")
    parser.add_argument("--plan", action="store_true", help="print the plan of faults and do nothing")
    parser.add_argument("--folder", type=Path, default=ROOT)
    chosen = parser.parse_args()
    chosen.seed = secrets.randbelow(10**6) if chosen.seed is None else chosen.seed
    if chosen.plan:
        print(plan_text(chosen), end="")
        return 0
    return asyncio.run(until_told(_run_in(chosen)))


def plan_text(chosen: argparse.Namespace) -> str:
    """The steps of the plan, one a line."""
    return "".join(f"{step}\n" for step in make_plan(chosen.kills, chosen.seed))


async def until_told(work: Coroutine[Any, Any, int]) -> int:
    """Do it; told to end by SIGTERM, end what was started first, as for Ctrl-C."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        say("Ended before the end")
        return 1


async def _run_in(chosen: argparse.Namespace) -> int:
    folder = new_folder(chosen.folder / f"seed-{chosen.seed}")
    say(f"{chosen.kills} kills, seed {chosen.seed}, everything in {folder}")
    (folder / "plan.txt").write_text(plan_text(chosen), encoding="utf-8")
    return finish(folder, await Run(folder, chosen).run())


def new_folder(folder: Path) -> Path:
    """An empty folder for a run, whatever an earlier one of the same name left; our own libraries complain there."""
    clean(Folder(folder.absolute() / "stack"))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    logging.basicConfig(filename=folder / "libraries.log", level=logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return folder.absolute()


def finish(folder: Path, report: Report) -> int:
    """Write and print the report; the data of a run in which nothing broke goes, its logs stay."""
    report.write(folder)
    print(f"\n{report.text()}\nIn full: {folder}/report.json, logs in {folder}/stack/log")
    if report.violations:
        return 1
    stack = Folder(folder / "stack")
    for place in (stack.postgres, stack.rabbitmq):
        discard(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
