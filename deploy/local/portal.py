"""A portal as the demo data needs it: where it answers, and its services' own commands, as an operator types them.

`lineup.py` is one, of processes on this machine; `deploy/compose/network.py` is one, of containers.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from typing import Protocol

from deploy.local.folder import REPOSITORY
from deploy.local.steps import StepFailed


class Portal(Protocol):
    """Where everything is, and with which rights."""

    @property
    def operator_dsn(self) -> str:
        """The database, with the right to everything."""
        ...

    def url(self, name: str) -> str:
        """Where a part answers HTTP."""
        ...

    def settings(self, name: str) -> dict[str, str]:
        """The environment of a service."""
        ...


async def output_of(portal: Portal, service: str, *arguments: str) -> str:
    """What a command says, for a portal that is being started. Raises StepFailed with what it complains of."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"services.{service}", *arguments,
        cwd=REPOSITORY,
        env={**os.environ, **portal.settings(service)},
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )  # fmt: skip
    out, errors = await process.communicate()
    if process.returncode != 0:
        said = errors.decode(errors="replace").strip()
        raise StepFailed(f"{service} did not do {' '.join(arguments[:2])}: {said}")
    return out.decode()
