"""RabbitMQ as a private child process; who comes next: the local stack, and the fixtures of the tests."""

import asyncio
import signal
import subprocess
import time
from pathlib import Path
from typing import IO
from urllib.parse import quote

from shared.native import places
from shared.native.amqp_probe import LoginRefused, broker_answers
from shared.native.packages import ServersMissing, find_rabbitmq
from shared.native.ports import free_port, is_free
from shared.native.processes import (
    ServerFailed,
    claim,
    ended_within,
    kill_residents,
    last_lines,
    run,
    spawn,
)
from shared.native.rabbitmq_files import environment_of, prepare

SYNC_QUEUES = ("eval", "[dets:sync(Table) || Table <- dets:all()].")
"""Write what the broker knows of its queues to disk: for `rabbitmqctl`, after declaring any that must outlive a kill.

RabbitMQ 3.10 does so by itself once it has not looked at them for half a second: at work, maybe never. A quorum queue
whose broker is killed before comes back empty and without a leader, and a stream takes nothing any more.
"""
READY_WITHIN_SECONDS = 90.0
STOPS_WITHIN_SECONDS = 20.0


class NativeRabbitMQ:
    """One RabbitMQ node, with its own epmd, all files below `place`; a kill keeps them, `discard` removes them."""

    def __init__(
        self,
        place: Path,
        *,
        user: str,
        password: str,
        port: int | None = None,
        dist_port: int | None = None,
        epmd_port: int | None = None,
    ) -> None:
        """`user` is the administrator, made at the first start in place of `guest`, who never exists."""
        script = find_rabbitmq()
        if script is None:
            raise ServersMissing("RabbitMQ is not on this machine. Install the package rabbitmq-server.")
        self.place = place.absolute()
        self.port = port if port is not None else free_port()
        self.dist_port = dist_port if dist_port is not None else free_port(avoid=[self.port])
        self.epmd_port = epmd_port if epmd_port is not None else free_port(avoid=[self.port, self.dist_port])
        self._script = script
        self._user = user
        self._password = password
        self._environment: dict[str, str] = {}
        self._broker: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the broker; None while it does not run."""
        return self._broker.pid if self._broker and self._broker.poll() is None else None

    @property
    def log_path(self) -> Path:
        """What the broker says."""
        return self.place / "server.log"

    def url(self, user: str | None = None, password: str | None = None) -> str:
        """Return the AMQP address for `user` of the virtual host "/"; without names, the administrator's."""
        name = quote(self._user if user is None else user, safe="")
        secret = quote(self._password if password is None else password, safe="")
        return f"amqp://{name}:{secret}@127.0.0.1:{self.port}/"

    async def start(self) -> None:
        """Start the broker and return when its administrator can log in.

        Brokers left on the same files by a run that was killed are ended first.

        Raises:
            AlreadyRunning: another living run uses these files.
            ServerFailed: it did not come up; the message has its last lines.
        """
        if self.pid is not None:
            raise ServerFailed(f"RabbitMQ in {self.place} runs already.")
        self.place.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock or claim(places.lock_of(self.place))
        try:
            real = places.settle(self.place, None)
            self._end_all(real)
            node_name = prepare(real, self._script, user=self._user, password=self._password)
            ports = {"port": self.port, "dist_port": self.dist_port, "epmd_port": self.epmd_port}
            self._environment = environment_of(real, self._script, node_name, **ports)
            self._epmd = self._spawn(real, "epmd", "-port", str(self.epmd_port), "-address", "127.0.0.1")
            await self._until_epmd_ready()
            self._broker = self._spawn(real, self._script)
            await self._until_ready()
        except BaseException:
            self.kill()
            raise

    def _spawn(self, real: Path, *command: str | Path) -> subprocess.Popen[bytes]:
        return spawn(command, place=real, environment=self._environment, log_path=self.log_path)

    async def _until_epmd_ready(self) -> None:
        # Erlang would start one that outlives us.
        while is_free(self.epmd_port):
            if self._epmd is None or self._epmd.poll() is not None:
                raise ServerFailed(f"epmd did not start:\n{last_lines(self.log_path)}")
            await asyncio.sleep(0.01)

    async def _until_ready(self) -> None:
        give_up_at = time.monotonic() + READY_WITHIN_SECONDS
        try:
            while not await broker_answers(self.port, self._user, self._password):
                if self.pid is None:
                    raise ServerFailed(f"RabbitMQ did not start:\n{last_lines(self.log_path)}")
                if time.monotonic() > give_up_at:
                    raise ServerFailed(f"RabbitMQ was not ready in time:\n{last_lines(self.log_path)}")
                await asyncio.sleep(0.03)
        except LoginRefused as refused:
            raise ServerFailed(
                f"{refused} {self.place} was made with another password, or the port is taken."
            ) from None

    async def rabbitmqctl(self, *arguments: str, stdin: str = "") -> str:
        """Run the broker's operator command and return what it printed; passwords go in by `stdin`, never as arguments.

        Raises:
            ServerFailed: the broker does not run, or the command failed.
        """
        if self.pid is None:
            raise ServerFailed(f"RabbitMQ in {self.place} does not run.")
        command: list[str | Path] = [self._script.with_name("rabbitmqctl"), "--quiet", *arguments]
        return await asyncio.to_thread(
            run, command, place=self.place.resolve(), environment=self._environment, stdin=stdin
        )

    async def sync_queues(self) -> None:
        """Do what SYNC_QUEUES says."""
        await self.rabbitmqctl(*SYNC_QUEUES)

    async def stop(self) -> None:
        """Close all connections and end the broker, with its data in order; kills it after 20 s."""
        if self._broker is not None and self.pid is not None:
            self._broker.send_signal(signal.SIGTERM)
            await ended_within(self._broker, STOPS_WITHIN_SECONDS)
        self.kill()

    def kill(self) -> None:
        """SIGKILL the broker, its helper processes and its epmd; the data stays as the crash left it."""
        if self._lock is not None:
            self._end_all(self.place.resolve())
            self._lock.close()
            self._lock = None

    def _end_all(self, real: Path) -> None:
        kill_residents(real)
        for process in (self._broker, self._epmd):
            if process is not None:
                process.wait()
        self._broker = self._epmd = None

    def discard(self) -> None:
        """Kill the broker and remove all its files."""
        self.kill()
        places.discard(self.place)
