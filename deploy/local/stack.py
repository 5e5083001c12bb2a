"""One whole portal: start it, keep it running, stop it. Used by `make up`, the end-to-end tests and the kill tests.

    async with Stack(folder) as stack: ...      # ready inside; all of it is gone afterwards, its data kept

The order: what is left of a killed run ends; servers, processor and inbox side by side; the services side by side;
the partner's key and the demo data; `stack.json`.
"""

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Self

from deploy.local.demo import IN_USE, MADE, demo_logins, make_demo_data, prepare_demo_data
from deploy.local.folder import DEFAULT_ROOT, Folder
from deploy.local.lineup import SERVERS, Lineup
from deploy.local.memory import Memory
from deploy.local.orphans import end_orphans, write_pid
from deploy.local.partner import partner_key
from deploy.local.parts import Part, Server
from deploy.local.ports import choose_ports
from deploy.local.preparing import prepare_database, prepare_topology
from deploy.local.program import Program
from deploy.local.ready import answers_ok
from deploy.local.stack_file import write_stack_file
from deploy.local.steps import Say, say_on_terminal, step
from deploy.local.supervising import Supervisor
from deploy.services import ALL, WITH_DATABASE
from shared.native.ports import free_port
from shared.native.processes import claim, kill_residents

MAX_DEATHS = 5
STOP_ORDER = (("gateway",), WITH_DATABASE, ("processor", "inbox"), ("rabbitmq", "postgres"))


class Stack:
    """Everything below one folder, on ports of its own, on 127.0.0.1."""

    def __init__(
        self,
        root: Path = DEFAULT_ROOT,
        *,
        say: Say = say_on_terminal,
        with_demo_data: bool = True,
        usual_ports: bool = False,
        added_environment: Mapping[str, Mapping[str, str]] | None = None,
        max_deaths: int = MAX_DEATHS,
    ) -> None:
        """`usual_ports`: page and inbox on 8080 and 8025, or the next free ones; else anywhere.

        `added_environment` is by part and variable. `max_deaths` within a minute, by its own doing, and a part is
        given up.
        """
        self.folder = Folder(root.absolute())
        self.demo_logins: Sequence[Mapping[str, str]] = ()
        self.demo_is_new = False
        self._say = say
        self._with_demo_data = with_demo_data
        self._usual_ports = usual_ports
        self._added_environment = dict(added_environment or {})
        self._supervisor = Supervisor(say, self._write_stack_file, max_deaths=max_deaths)
        self._lock: IO[str] | None = None
        self._lineup: Lineup | None = None
        self._partner_key = ""
        self._ready = False
        self._copies: dict[str, int] = {}

    @property
    def lineup(self) -> Lineup:
        """Ports, keys and addresses, once it was started."""
        assert self._lineup is not None  # noqa: S101 - nobody asks before
        return self._lineup

    @property
    def given_up(self) -> asyncio.Event:
        """Set when a part cannot be kept running; then `reason` says which."""
        return self._supervisor.given_up

    @property
    def reason(self) -> str:
        """Why it gave up."""
        return self._supervisor.reason

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Return when all of it is ready. On failure or cancellation nothing of it is left running.

        Raises AlreadyRunning when another runner has this folder, PartFailed, ServerFailed, MigrationFailed.
        """
        self.folder.make()
        self._lock = claim(self.folder.lock)
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        for of_the_last_run in (self.folder.stack_file, self.folder.going):
            of_the_last_run.unlink(missing_ok=True)
        write_pid(self.folder.runner_pid, os.getpid())
        orphans = await asyncio.to_thread(self._end_orphans)
        if orphans:
            self._say(f"  Ended what an interrupted run had left: {', '.join(orphans)}")
        memory = Memory(self.folder.memory)
        ports = choose_ports(self.folder.ports, usual=self._usual_ports, say=self._say)
        self._lineup = lineup = Lineup.over(self.folder, ports, self._added_environment)
        async with asyncio.TaskGroup() as together:
            together.create_task(self._start_postgres(lineup, memory))
            together.create_task(self._start_rabbitmq(lineup, memory))
            together.create_task(self._start_part(lineup.processor(), lineup.url("processor")))
            together.create_task(self._start_part(lineup.inbox(), lineup.url("inbox")))
        async with asyncio.TaskGroup() as together:
            for name in ALL:
                together.create_task(self._start_part(lineup.service(name), lineup.url(name)))
        self._partner_key = await partner_key(lineup, memory)
        if self._with_demo_data:
            await self._make_demo_data(lineup, memory)
        self._ready = True
        self._write_stack_file()

    def _end_orphans(self) -> list[str]:
        # servers too, before ports are chosen: else the ports would count as taken
        for place in (self.folder.postgres, self.folder.rabbitmq):
            if place.exists():
                kill_residents(place.resolve())
        return end_orphans(self.folder.processes)

    async def _start_part(self, part: Part, told: str) -> None:
        with step(self._say, part.name, outcome=[told]):
            await self._supervisor.start(part)

    async def _start_postgres(self, lineup: Lineup, memory: Memory) -> None:
        await self._start_part(Server("postgres", lineup.postgres), f"127.0.0.1:{lineup.ports['postgres']}")
        outcome: list[str] = []
        with step(self._say, "database", outcome=outcome):
            changed = await prepare_database(lineup.postgres, lineup.keys, memory)
            outcome.append("roles, schemas, migrations" if changed else "as it was")
        if self._with_demo_data:
            await prepare_demo_data(lineup, memory)

    async def _start_rabbitmq(self, lineup: Lineup, memory: Memory) -> None:
        await self._start_part(Server("rabbitmq", lineup.rabbitmq), f"127.0.0.1:{lineup.ports['rabbitmq']}")
        outcome: list[str] = []
        with step(self._say, "topology", outcome=outcome):
            changed = await prepare_topology(lineup.rabbitmq, lineup.keys, memory, self.folder)
            outcome.append("exchanges, queues, users" if changed else "as it was")

    async def _make_demo_data(self, lineup: Lineup, memory: Memory) -> None:
        outcome: list[str] = []
        with step(self._say, "demo data", outcome=outcome):
            outcome.append(await make_demo_data(lineup, memory, self._partner_key))
        self.demo_is_new = outcome == [MADE]
        self.demo_logins = [] if outcome == [IN_USE] else demo_logins()

    def _write_stack_file(self) -> None:
        if self._ready:
            write_stack_file(
                self.lineup, self._supervisor.pid, partner_key=self._partner_key, demo_logins=self.demo_logins
            )

    async def stop(self) -> None:
        """Stop what was started, the gateway first and the servers last; the data stays."""
        if self._lock is None:
            return
        self._ready = False
        self.folder.stack_file.unlink(missing_ok=True)
        try:
            for names in (tuple(self._copies), *STOP_ORDER):
                started = time.monotonic()
                stopped = await self._supervisor.stop(*names)
                if stopped:
                    self._say(f"  {time.monotonic() - started:5.1f} s  stopped {', '.join(stopped)}")
        finally:
            self._supervisor.kill_all()
            self.folder.runner_pid.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    async def restart(self, name: str, added_environment: Mapping[str, str] | None = None) -> None:
        """Stop a service and start it with these variables added: for tests that order a crash."""
        await self._supervisor.stop(name)
        added = {**self._added_environment, name: dict(added_environment or {})}
        self._added_environment = added
        self._lineup = replace(self.lineup, added_environment=added)
        await self._supervisor.start(self.lineup.service(name))
        self._write_stack_file()

    async def start_copy(self, name: str) -> str:
        """Run a second process of a service beside the first, which shares its work but gets no calls from the gateway.

        Returns what it is called. `stop_copies` ends it, else the end of the stack does.
        """
        copy, port = f"{name}-2", free_port()
        environment = {**self.lineup.service(name).environment, "PORTAL_HTTP_PORT": str(port)}
        self._copies[copy] = port
        await self._supervisor.start(
            Program(
                copy,
                (sys.executable, "-m", f"services.{name}", "serve"),
                folder=self.folder,
                is_ready=lambda: answers_ok(f"{self.url(copy)}/readyz"),
                environment=environment,
                needs=SERVERS,
            )
        )
        return copy

    async def stop_copies(self) -> None:
        """End the second processes in order."""
        await self._supervisor.stop(*self._copies)

    def url(self, name: str) -> str:
        """Where a part answers HTTP, a copy also."""
        return f"http://127.0.0.1:{self._copies[name]}" if name in self._copies else self.lineup.url(name)

    def pid(self, name: str) -> int | None:
        """The process of a part; None while it is being started again."""
        return self._supervisor.pid(name)

    def deaths(self, name: str) -> int:
        """How often a part was found dead since it was started, or by `restart`."""
        return self._supervisor.deaths(name)
