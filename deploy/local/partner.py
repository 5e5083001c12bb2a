"""The partner's key of a stack: made once by identity's operator command, as a real one would be."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE

from deploy.local.folder import REPOSITORY
from deploy.local.lineup import Lineup
from deploy.local.memory import Memory
from deploy.local.parts import PartFailed

PARTNER = "State marketplace"


async def partner_key(lineup: Lineup, memory: Memory) -> str:
    """The key, from memory or made now. Raises PartFailed."""
    known = memory.find("partner_key")
    if known is not None:
        return known
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.identity", "partner-key", "add", PARTNER,
        cwd=REPOSITORY,
        env={**os.environ, **lineup.settings("identity")},
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )  # fmt: skip
    out, errors = await process.communicate()
    if process.returncode != 0:
        raise PartFailed(f"identity made no partner key: {errors.decode(errors='replace').strip()}")
    key = out.decode().split()[-1]
    memory.keep("partner_key", key)
    return key
