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
    runner = living_pid(folder.runner_pid)
    if runner is not None:
        print(f"Stopping the stack (process {runner})", flush=True)
        os.kill(runner, signal.SIGTERM)
        if not wait_until_ended([folder.runner_pid], RUNNER_ENDS_WITHIN_SECONDS):
            os.kill(runner, signal.SIGKILL)
            wait_until_ended([folder.runner_pid])
    if folder.processes.is_dir():
        end_orphans(folder.processes)
    for place in (folder.postgres, folder.rabbitmq):
        discard(place)
    if folder.root.exists():
        shutil.rmtree(folder.root)
