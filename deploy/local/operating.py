"""An operator's command of a service, with the settings of the stack: typed by a person (`run`) or by the start itself.

What a deployed service has from its environment, only the stack knows here. Its secrets stay out of the arguments,
which every user of the machine can read.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from typing import NoReturn

from deploy.local.folder import REPOSITORY, Folder, read_json
from deploy.local.lineup import Lineup
from deploy.local.orphans import living_pid
from deploy.local.parts import PartFailed


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


async def output_of(lineup: Lineup, service: str, *arguments: str) -> str:
    """What a command says, for the stack that is being started. Raises PartFailed with what it complains of."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"services.{service}", *arguments,
        cwd=REPOSITORY,
        env={**os.environ, **lineup.settings(service)},
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )  # fmt: skip
    out, errors = await process.communicate()
    if process.returncode != 0:
        said = errors.decode(errors="replace").strip()
        raise PartFailed(f"{service} did not do {' '.join(arguments[:2])}: {said}")
    return out.decode()
