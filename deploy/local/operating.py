"""An operator's command of a service, typed by a person: with the settings of the stack that runs.

What a deployed service has from its environment, only the stack knows here. Its secrets stay out of the arguments,
which every user of the machine can read.
"""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from deploy.local.folder import REPOSITORY, Folder, read_json
from deploy.local.lineup import Lineup
from deploy.local.orphans import living_pid


class NoStackRuns(Exception):
    """There is no running stack in this folder."""

    def __init__(self, folder: Folder) -> None:
        super().__init__(f"No portal runs in {folder.root}. Start one with: make up")


def operator_command(folder: Folder, service: str, arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The command and its environment. Raises NoStackRuns."""
    if living_pid(folder.runner_pid) is None or not folder.stack_file.exists():
        raise NoStackRuns(folder)
    settings = Lineup.over(folder, read_json(folder.ports), {}).operator_settings(service)
    return [sys.executable, "-m", f"services.{service}", *arguments], {**os.environ, **settings}


def run(folder: Folder, service: str, arguments: Sequence[str]) -> NoReturn:
    """Become the command: its output, exit status and signals are its own. Raises NoStackRuns."""
    command, environment = operator_command(folder, service, arguments)
    os.chdir(REPOSITORY)
    os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted
