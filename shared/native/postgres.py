"""PostgreSQL as a private child process; who comes next: the local stack, and the fixtures of the tests."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from urllib.parse import quote

from shared.native import places
from shared.native.packages import ServersMissing, find_postgres
from shared.native.ports import free_port
from shared.native.processes import (
    ServerFailed,
    claim,
    ended_within,
    kill_residents,
    last_lines,
    run,
    spawn,
)

SUPERUSER = "postgres"
UNPRIVILEGED_ACCOUNT = "postgres"  # made by the package; PostgreSQL refuses to run as root
READY_WITHIN_SECONDS = 60.0
STOPS_WITHIN_SECONDS = 15.0

HERE_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # TCP only: paths of sockets may not be longer than 107 bytes
}
# Wherever PostgreSQL runs for us, in containers too.
COMMON_SETTINGS = {
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Values of members' rows stand in the details of errors and in statements: neither goes to the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# Safe against any kill of processes, not against a loss of power: for tests.
FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "2GB"}


class NativePostgres:
    """One PostgreSQL server with all its files below `place`; a kill keeps them, `discard` removes them."""

    def __init__(
        self,
        place: Path,
        *,
        password: str,
        port: int | None = None,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`password` is the superuser's, given at the first start; `settings` go over ours."""
        bin_folder = find_postgres()
        if bin_folder is None:
            raise ServersMissing("PostgreSQL is not on this machine. Install the package postgresql.")
        self.place = place.absolute()
        self.port = port if port is not None else free_port()
        self._bin_folder = bin_folder
        self._password = password
        self._settings = HERE_SETTINGS | COMMON_SETTINGS | ({} if durable else FAST_SETTINGS) | dict(settings or {})
        self._account = _account()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the postmaster; None while it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def log_path(self) -> Path:
        """What the server says."""
        return self.place / "server.log"

    def dsn(self, user: str = SUPERUSER, database: str = "postgres", *, password: str | None = None) -> str:
        """Return the address of `database` for `user`; without `password`, the superuser's."""
        secret = quote(self._password if password is None else password, safe="")
        return f"postgresql://{quote(user, safe='')}:{secret}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    async def start(self) -> None:
        """Start the server and return when it takes connections; its data is made at the first start.

        Servers left on the same files by a run that was killed are ended first.

        Raises:
            AlreadyRunning: another living run uses these files.
            ServerFailed: it did not come up; the message has its last lines.
        """
        if self.pid is not None:
            raise ServerFailed(f"PostgreSQL in {self.place} runs already.")
        self.place.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock or claim(places.lock_of(self.place))
        try:
            real = places.settle(self.place, self._account)
            self._end_all(real)
            await self._make_data_once(real)
            self._forget_dead_postmaster(real)
            self._process = self._spawn(real)
            await self._until_ready(real)
        except BaseException:
            self.kill()
            raise

    async def _make_data_once(self, real: Path) -> None:
        if not (real / "data").exists():
            await asyncio.to_thread(_make_data, self._bin_folder, real, self._password, self._account)

    def _forget_dead_postmaster(self, real: Path) -> None:
        # Its pid may belong to another process by now, which PostgreSQL would take for a living postmaster.
        with contextlib.suppress(FileNotFoundError):
            (real / "data" / "postmaster.pid").unlink()

    def _spawn(self, real: Path) -> subprocess.Popen[bytes]:
        settings = self._settings | {"port": str(self.port)}
        options = [part for name, setting in settings.items() for part in ("-c", f"{name}={setting}")]
        return spawn(
            [self._bin_folder / "postgres", "-D", real / "data", *options],
            place=real,
            environment=_environment(),
            log_path=self.log_path,
            account=self._account,
        )

    async def _until_ready(self, real: Path) -> None:
        async def ready() -> None:
            while not _says_ready(real / "data" / "postmaster.pid"):
                if self.pid is None:
                    raise ServerFailed(f"PostgreSQL did not start:\n{last_lines(self.log_path)}")
                await asyncio.sleep(0.02)

        try:
            await asyncio.wait_for(ready(), READY_WITHIN_SECONDS)
        except TimeoutError:
            raise ServerFailed(f"PostgreSQL was not ready in time:\n{last_lines(self.log_path)}") from None

    async def stop(self) -> None:
        """End all sessions and the server, with its data in order; kills it after 15 s."""
        if self._process is not None and self.pid is not None:
            self._process.send_signal(signal.SIGINT)  # "fast shutdown"
            await ended_within(self._process, STOPS_WITHIN_SECONDS)
        self.kill()

    def kill(self) -> None:
        """SIGKILL the postmaster and all its children; the data stays as the crash left it."""
        if self._lock is not None:
            self._end_all(self.place.resolve())
            self._lock.close()
            self._lock = None

    def _end_all(self, real: Path) -> None:
        kill_residents(real)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def discard(self) -> None:
        """Kill the server and remove all its files."""
        self.kill()
        places.discard(self.place)


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(UNPRIVILEGED_ACCOUNT)
    except KeyError:
        raise ServersMissing(
            f"PostgreSQL does not run as root, and there is no account `{UNPRIVILEGED_ACCOUNT}`. "
            "Install the package postgresql, or run this as an ordinary user."
        ) from None


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def _make_data(bin_folder: Path, real: Path, password: str, account: pwd.struct_passwd | None) -> None:
    """Run initdb beside its end, so that an interrupted one is made anew."""
    unfinished = real / "data.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    with tempfile.NamedTemporaryFile("w", dir=real, encoding="utf-8") as secret:
        secret.write(password)
        secret.flush()
        if account:
            os.fchown(secret.fileno(), account.pw_uid, account.pw_gid)
        run(
            [
                bin_folder / "initdb",
                "--pgdata", unfinished,
                "--username", SUPERUSER,
                "--pwfile", secret.name,
                "--auth", "scram-sha-256",
                "--encoding", "UTF8",
                "--locale", "C.UTF-8",
                "--no-sync",
            ],
            place=real,
            environment=_environment(),
            account=account,
        )  # fmt: skip
    unfinished.rename(real / "data")


def _says_ready(pid_path: Path) -> bool:
    # The line pg_ctl waits for. Unlike an answer on the port, it can only come from this server.
    try:
        lines = pid_path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"
