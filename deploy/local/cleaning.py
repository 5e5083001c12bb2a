"""Stop whatever runs in a stack's folder, and remove the folder. Standard library only: it works without `.venv`."""

import os
import shutil
import signal

from deploy.local.folder import Folder
from deploy.local.orphans import end_orphans, living_pid, wait_until_ended
from shared.native.places import discard

RUNNER_ENDS_WITHIN_SECONDS = 60.0


def clean(folder: Folder) -> None:
    """Stop the runner in order, then what a killed one left, and remove all files. Safe to run again."""
    if not folder.root.exists():
        return
    runner = living_pid(folder.runner_pid)
    if runner is not None:
        _stop(folder, runner)
    if folder.processes.is_dir():
        end_orphans(folder.processes)
    _say(f"Removing {folder.root}")
    for place in (folder.postgres, folder.rabbitmq):
        discard(place)
    shutil.rmtree(folder.root)


def _stop(folder: Folder, runner: int) -> None:
    _say(f"Stopping the stack (process {runner})")
    folder.going.touch()
    os.kill(runner, signal.SIGTERM)
    if not wait_until_ended([folder.runner_pid], RUNNER_ENDS_WITHIN_SECONDS):
        _say(f"It has not ended within {RUNNER_ENDS_WITHIN_SECONDS:.0f} s: it is killed")
        os.kill(runner, signal.SIGKILL)
        wait_until_ended([folder.runner_pid])


def _say(line: str) -> None:
    print(line, flush=True)
