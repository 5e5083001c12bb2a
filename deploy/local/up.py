"""`up`: run a stack in a terminal until Ctrl-C, SIGTERM, or until a part cannot be kept running."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator

from deploy.local.demo import demo_lines
from deploy.local.folder import Folder
from deploy.local.orphans import living_pid
from deploy.local.stack import Stack
from deploy.local.steps import StepFailed
from deploy.local.steps import say_on_terminal as say
from shared.migrating import MigrationFailed
from shared.native.packages import ServersMissing
from shared.native.ports import NoFreePort
from shared.native.processes import AlreadyRunning, ServerFailed

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FORESEEN = (StepFailed, ServerFailed, MigrationFailed, ServersMissing, NoFreePort, OSError)


class StopSignals:
    """The first signal asks to stop, a second one to hurry."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._heard)

    def _heard(self) -> None:
        (self.hurry if self.stop.is_set() else self.stop).set()


async def up(stack: Stack) -> int:
    """Run `stack`; returns the exit status: 0 when it was told to stop, 1 when it could not start or go on."""
    started = time.monotonic()
    signals = StopSignals()
    starting = asyncio.create_task(stack.start())
    if await _first(starting, signals.stop):
        say("\nStopping")
        starting.cancel()
        await _to_the_end(starting, signals)
        return 0
    failure = starting.exception()
    if failure is not None:
        return _refuse(stack, failure)
    _tell_what_is_there(stack, time.monotonic() - started)
    return await _run(stack, signals)


async def _run(stack: Stack, signals: StopSignals) -> int:
    giving_up = asyncio.create_task(stack.given_up.wait())
    told = await _first(giving_up, signals.stop)
    giving_up.cancel()
    say("\nStopping (Ctrl-C again to hurry)" if told else f"\n{stack.reason} The stack stops.")
    last_line = farewell(stack.folder)
    await _to_the_end(asyncio.create_task(stack.stop()), signals)
    say(last_line)
    return 0 if told else 1


def farewell(folder: Folder) -> str:
    """The last line of a stack that is told to stop: what becomes of its data. Ask before it stops."""
    if folder.going.exists():
        return "Stopped. `make clean` removes its data."
    return "Stopped. The data is kept; `make up` starts it again."


async def _first(task: asyncio.Task[object], event: asyncio.Event) -> bool:
    """Wait for one of both; whether it was the event."""
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    return not task.done()


async def _to_the_end(stopping: asyncio.Task[None], signals: StopSignals) -> None:
    if await _first(stopping, signals.hurry):
        say("Hurrying: what still runs is killed.")
        stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)


def _refuse(stack: Stack, failure: BaseException) -> int:
    for error in _leaves(failure):
        if isinstance(error, AlreadyRunning) and (runner := living_pid(stack.folder.runner_pid)) not in (
            None,
            os.getpid(),
        ):
            say(f"The stack runs here already (process {runner}). Stop that one first.")
        elif isinstance(error, FORESEEN):
            say(f"\nThe stack did not start. {error}")
        else:
            raise failure
    return 1


def _leaves(failure: BaseException) -> Iterator[BaseException]:
    if isinstance(failure, BaseExceptionGroup):
        for inner in failure.exceptions:
            yield from _leaves(inner)
    else:
        yield failure


def _tell_what_is_there(stack: Stack, seconds: float) -> None:
    lineup = stack.lineup
    say(f"\nReady after {seconds:.1f} s.\n\nOpen {lineup.url('gateway')}")
    for line in demo_lines(stack.demo_logins, are_new=stack.demo_is_new):
        say(line)
    say(f"\n  Its e-mails     {lineup.url('inbox')}")
    say(f"  What to call    {lineup.url('gateway')}/openapi.json")
    say(f"  Card processor  {lineup.url('processor')}")
    say(f"  For scripts     {stack.folder.stack_file}")
    say("\nCtrl-C stops everything.")
