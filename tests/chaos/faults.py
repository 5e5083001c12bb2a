"""Does what the plan says to a running stack, and returns once the part that was broken works again.

A part is up again when the runner says so; nothing here waits for a time that was guessed, except where the length of
the fault is the fault. `watching.py` measures what comes after.
"""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from typing import assert_never

import aiohttp
import asyncpg

from deploy.local.stack import Stack
from shared.native.processes import ServerFailed, residents
from shared.native.rabbitmq_files import FREE_DISK_BYTES, MEMORY_BYTES
from tests.chaos import verify
from tests.chaos.cables import Cables
from tests.chaos.clockwork import jump
from tests.chaos.plan import Fault, Kind
from tests.chaos.repeating import Repeater
from tests.chaos.watching import BrokerWatch

UP_WITHIN_SECONDS = 90.0
REPEATED_WITHIN_SECONDS = 10.0
LOOK_SECONDS = 0.02
MOST_BROKEN = 3
"""So many targets may be broken at a time; more come when one of them works again."""

JUMP = timedelta(hours=12)
ALARMS: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Kind.DISK_ALARM: (("set_disk_free_limit", "100000GB"), ("set_disk_free_limit", str(FREE_DISK_BYTES))),
    Kind.MEMORY_ALARM: (
        ("set_vm_memory_high_watermark", "0"),
        ("set_vm_memory_high_watermark", "absolute", str(MEMORY_BYTES)),
    ),
}
"""How the broker comes to refuse what is published, and how it takes it again."""

SESSIONS = """
SELECT pid FROM pg_stat_activity WHERE usename LIKE '%\\_app' AND state IS NOT NULL ORDER BY state = 'active' DESC, pid
"""
FAILED = (OSError, TimeoutError, aiohttp.ClientError, asyncpg.PostgresError, asyncpg.InterfaceError, RuntimeError)


class Breaker:
    """Breaks a stack. `done` counts by fault and target; `seconds` is how long each part took to be up again."""

    def __init__(
        self, stack: Stack, cables: Cables, repeater: Repeater, broker: BrokerWatch, rng: random.Random
    ) -> None:
        self._stack = stack
        self._dsn = verify.Stack.read(stack.folder.stack_file).operator_dsn
        self._cables = cables
        self._repeater = repeater
        self._broker = broker
        self._rng = rng
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.not_up: list[str] = []
        self.not_foreseen: list[str] = []
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def begin(self, faults: Sequence[Fault]) -> None:
        """Begin these together; returns at once, unless too much is broken already, or one of their targets is."""
        while self._waits_for(faults):
            await asyncio.wait(self._waits_for(faults), return_when=asyncio.FIRST_COMPLETED)
        for fault in faults:
            self._under_way[fault.target] = asyncio.create_task(self.do(fault))

    def _waits_for(self, faults: Sequence[Fault]) -> list[asyncio.Task[None]]:
        busy = {target: task for target, task in self._under_way.items() if not task.done()}
        return list(busy.values()) if len(busy) >= MOST_BROKEN or busy.keys() & {it.target for it in faults} else []

    async def all_done(self) -> None:
        """Wait until everything works again that was broken."""
        await asyncio.gather(*self._under_way.values())

    async def do(self, fault: Fault) -> None:
        """Do one fault to its end. What could not be done, as another fault was in the way, is counted as failed."""
        await asyncio.sleep(fault.after_seconds)
        try:
            await self._way(fault.kind)(fault)
        except FAILED as error:
            self.failed[f"{fault.kind} {fault.target} ({type(error).__name__})"] += 1
        except Exception as error:  # noqa: BLE001 - the run goes on to its report, which tells it
            self.not_foreseen.append(f"{fault}: {error!r}")
        else:
            self.done[f"{fault.kind} {fault.target}"] += 1

    def _way(self, kind: Kind) -> Callable[[Fault], Awaitable[None]]:
        match kind:
            case Kind.KILL | Kind.RESTART:
                return self._kill
            case Kind.KILL_SESSION:
                return self._kill_session
            case Kind.FREEZE:
                return self._freeze
            case Kind.CUT | Kind.HOLD | Kind.LOSE:
                return self._disturb
            case Kind.DISK_ALARM | Kind.MEMORY_ALARM:
                return self._alarm
            case Kind.REPEAT | Kind.OVERTAKE | Kind.SAY_AGAIN:
                return self._repeat
            case Kind.CLOCK:
                return self._jump
            case _:
                assert_never(kind)

    async def _kill(self, fault: Fault) -> None:
        name = fault.target
        await self._until(lambda: self._stack.pid(name) is not None, name)
        pid = self._stack.pid(name)
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL if fault.kind is Kind.KILL else signal.SIGTERM)
        self.kills[name] += fault.kind is Kind.KILL
        started = time.monotonic()
        await self._until(lambda: self._stack.pid(name) not in (None, pid), name)
        self.seconds[f"{name}, {fault.kind}"].append(time.monotonic() - started)
        if name == "rabbitmq":
            await self._broker.back(str(fault))

    async def _kill_session(self, _fault: Fault) -> None:
        """PostgreSQL ends all its sessions and recovers when one of their processes is killed."""
        connection = await self._connected()
        pids = [row["pid"] for row in await connection.fetch(SESSIONS)]
        connection.terminate()
        os.kill(self._rng.choice(pids[:10]), signal.SIGKILL)
        self.kills["postgres session"] += 1
        started = time.monotonic()
        (await self._connected()).terminate()
        self.seconds["postgres, kill -9 of a session"].append(time.monotonic() - started)

    async def _connected(self) -> "asyncpg.Connection[asyncpg.Record]":
        give_up_at = time.monotonic() + UP_WITHIN_SECONDS
        while True:
            try:
                return await asyncpg.connect(self._dsn, timeout=2, command_timeout=2)
            except FAILED:
                if time.monotonic() > give_up_at:
                    raise
                await asyncio.sleep(LOOK_SECONDS)

    async def _freeze(self, fault: Fault) -> None:
        """Every process of the part stands still; connections stay open, and nothing is answered."""
        with stopped(self._pids(fault.target)):
            await asyncio.sleep(fault.for_seconds)
        if fault.target == "rabbitmq":
            await self._broker.back(str(fault))

    def _pids(self, name: str) -> list[int]:
        lineup = self._stack.lineup
        if name in ("postgres", "rabbitmq"):
            return residents((lineup.postgres if name == "postgres" else lineup.rabbitmq).place.resolve())
        pid = self._stack.pid(name)
        return [] if pid is None else [pid]

    async def _disturb(self, fault: Fault) -> None:
        cable = self._cables[fault.target]
        if fault.kind is Kind.LOSE:
            cable.lose_next_answer()
        elif fault.kind is Kind.HOLD:
            cable.hold()
            await asyncio.sleep(fault.for_seconds)
            cable.release()
        else:
            await cable.cut()
            await asyncio.sleep(fault.for_seconds)
            await cable.mend()

    async def _alarm(self, fault: Fault) -> None:
        """The broker takes nothing more in, as when its disk or memory is full; a kill meanwhile ends that, too."""
        broker = self._stack.lineup.rabbitmq
        on, off = ALARMS[fault.kind]
        await broker.rabbitmqctl(*on)
        try:
            await asyncio.sleep(fault.for_seconds)
        finally:
            with contextlib.suppress(ServerFailed):
                await broker.rabbitmqctl(*off)
        await self._broker.back(str(fault))

    async def _repeat(self, fault: Fault) -> None:
        async with asyncio.timeout(REPEATED_WITHIN_SECONDS):  # a broker under alarm takes nothing, from nobody
            match fault.kind:
                case Kind.REPEAT:
                    await self._repeater.deliver_again()
                case Kind.OVERTAKE:
                    await self._repeater.deliver_out_of_order()
                case _:
                    await self._repeater.say_again()

    async def _jump(self, _fault: Fault) -> None:
        """Business time jumps ahead at each service while it works; who is down finds it so when it starts."""
        services = ("payments", "payments-2", "identity", "notify", "notify-2")
        await jump(self._stack, services, JUMP, within_seconds=UP_WITHIN_SECONDS)

    async def _until(self, condition: Callable[[], bool], name: str) -> None:
        try:
            async with asyncio.timeout(UP_WITHIN_SECONDS):
                while not condition() and not self._stack.given_up.is_set():
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            self.not_up.append(f"{name} was not up within {UP_WITHIN_SECONDS:.0f} s")


@contextlib.contextmanager
def stopped(pids: Sequence[int]) -> Iterator[None]:
    """Hold processes still."""
    _signal(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(pids, signal.SIGCONT)


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
