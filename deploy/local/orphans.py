"""Process ids on file, and the end of processes that a killed runner left behind.

A pid alone may belong to a stranger by now: the file also has the start time of the process, and only a process with
both is ours. Standard library only, for a clean-up without the environment.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

ENDS_WITHIN_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.05
START_TIME_FIELD = 19  # of /proc/<pid>/stat, counted behind the name, which may hold blanks


def start_time_of(pid: int) -> str | None:
    """When a living process started, in the kernel's ticks; None where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[START_TIME_FIELD]


def write_pid(path: Path, pid: int) -> None:
    """Keep `pid` with its start time."""
    path.write_text(f"{pid} {start_time_of(pid)}\n", encoding="ascii")


def living_pid(path: Path) -> int | None:
    """The process on file, while it lives."""
    try:
        pid, started = path.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return int(pid) if start_time_of(int(pid)) == started else None


def end_orphans(processes: Path) -> list[str]:
    """End, with all their children, the processes on file in a folder; return their names."""
    ended = [path.stem for path in _alive(processes)]
    _signal_all(processes, signal.SIGTERM)
    if not wait_until_ended(processes.glob("*.pid")):
        _signal_all(processes, signal.SIGKILL)
        wait_until_ended(processes.glob("*.pid"))
    for path in processes.glob("*.pid"):
        path.unlink()
    return sorted(ended)


def wait_until_ended(paths: Iterable[Path], timeout_seconds: float = ENDS_WITHIN_SECONDS) -> bool:
    """Wait until no process on file lives; False when the time is over."""
    waiting = list(paths)
    give_up_at = time.monotonic() + timeout_seconds
    while any(living_pid(path) is not None for path in waiting):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(LOOK_AGAIN_SECONDS)
    return True


def _alive(processes: Path) -> list[Path]:
    return [path for path in processes.glob("*.pid") if living_pid(path) is not None]


def _signal_all(processes: Path, number: signal.Signals) -> None:
    for path in _alive(processes):
        pid = living_pid(path)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number)  # each was started as the leader of its own group
