"""Starting, finding and ending server processes; who comes next: `postgres.py` and `rabbitmq.py`.

A server works inside its place, a folder of its own. Its processes are found by that (their working directory), so
that what an interrupted run left behind is recognized without a pid file and nothing else is ever touched.
"""

import asyncio
import contextlib
import fcntl
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

LOG_LIMIT_BYTES = 10_000_000
GONE_WITHIN_SECONDS = 10.0
# A developer's shell or editor in the same folder is not ours to end.
SERVER_NAMES = frozenset({"initdb", "postgres", "beam.smp", "erl_child_setup", "inet_gethost", "epmd"})


class ServerFailed(RuntimeError):
    """A server did not start, or did not do what it was asked; the message carries its last lines."""


class AlreadyRunning(ServerFailed):
    """Another process of ours works with the same files."""


def claim(lock_path: Path) -> IO[str]:
    """Take the lock of a place for as long as the returned file is open, at most until this process ends.

    Raises:
        AlreadyRunning: another process has it.
    """
    lock = lock_path.open("w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise AlreadyRunning(f"{lock_path.with_suffix('')} is in use by another run. Stop that one first.") from None
    return lock


def spawn(
    command: Sequence[str | Path],
    *,
    place: Path,
    environment: Mapping[str, str],
    log_path: Path,
    account: pwd.struct_passwd | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server inside `place`, as `account` where one is given, out of reach of the terminal's Ctrl-C."""
    full = log_path.exists() and log_path.stat().st_size > LOG_LIMIT_BYTES
    with log_path.open("wb" if full else "ab") as log:
        return subprocess.Popen(  # noqa: S603 - fixed arguments, no shell
            [str(part) for part in command],
            cwd=place,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


def run(
    command: Sequence[str | Path],
    *,
    place: Path,
    environment: Mapping[str, str],
    stdin: str = "",
    account: pwd.struct_passwd | None = None,
    timeout_seconds: float = 120.0,
) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        ServerFailed: it ended with an error or took longer than `timeout_seconds`.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments, no shell
            [str(part) for part in command],
            cwd=place,
            env=dict(environment),
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=timeout_seconds,
            start_new_session=True,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
    except subprocess.TimeoutExpired:
        raise ServerFailed(f"{name} did not end within {timeout_seconds:.0f} s.") from None
    if done.returncode != 0:
        raise ServerFailed(f"{name} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


async def ended_within(process: subprocess.Popen[bytes], timeout_seconds: float) -> bool:
    """Wait for `process` to end, without blocking the event loop; False when the time is over."""
    give_up_at = time.monotonic() + timeout_seconds
    while process.poll() is None:
        if time.monotonic() > give_up_at:
            return False
        await asyncio.sleep(0.02)
    return True


def residents(place: Path) -> list[int]:
    """Return the pids of living server processes whose working directory is in `place`."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with contextlib.suppress(OSError):
            name, state = _name_and_state(entry)
            if name in SERVER_NAMES and state not in "ZX" and (entry / "cwd").readlink().is_relative_to(place):
                found.append(int(entry.name))
    return found


def _name_and_state(entry: Path) -> tuple[str, str]:
    before, _, after = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
    return before.partition("(")[2], after.split()[0]


def kill_residents(place: Path) -> None:
    """SIGKILL every process of a server and return when all are gone.

    Raises:
        ServerFailed: one of them did not go.
    """
    give_up_at = time.monotonic() + GONE_WITHIN_SECONDS
    while pids := residents(place):
        if time.monotonic() > give_up_at:
            raise ServerFailed(f"Processes {pids} in {place} do not end.")
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def last_lines(log_path: Path, count: int = 15) -> str:
    """Return the last lines of a server's log, for an error message."""
    try:
        lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-count:])
