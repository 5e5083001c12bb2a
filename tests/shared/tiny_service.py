"""A tiny service as a process of its own, for tests of the run loop: `python -m tests.shared.tiny_service serve`.

It has payments' schema and queue, one slow route, one handler with an effect that can be counted, one command.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from shared import outbox
from shared.command import main
from shared.db import Database
from shared.http.models import Input, Output
from shared.http.routes import Call, Route, Who
from shared.service import Check, Core, Service
from shared.settings import ServiceSettings
from tests.shared.message_samples import have_effect
from tests.shared.test_outbox_inbox import ThingHappened, thing


class TinySettings(ServiceSettings):
    """`gate`: the slow route answers when this file is there."""

    gate: str = "/nonexistent"


class Announced(Output):
    """How many facts were announced."""

    count: int


class Announce(Input):
    """How many facts to announce."""

    count: int


async def wait(call: Call[Core, None]) -> Announced:
    """Say that work is under way, and answer once the gate is open."""
    sys.stdout.write("under way\n")
    sys.stdout.flush()
    while not Path(call.parts.settings.gate).exists():  # noqa: ASYNC240 - a file in memory, asked a few times
        await asyncio.sleep(0.02)
    return Announced(count=await announced(call.parts.db, 1))


async def announce(call: Call[Core, Announce]) -> Announced:
    """Announce facts."""
    return Announced(count=await announced(call.parts.db, call.body.count))


async def announced(db: Database, count: int) -> int:
    """Announce that many facts in one commit."""
    await db.write(lambda tx: outbox.add(tx, *[thing(number) for number in range(count)]))
    return count


async def say(_parts: Core, arguments: Sequence[str]) -> int:
    """The service's own command: repeat what it is told."""
    sys.stdout.write(" ".join(arguments) + "\n")
    return 3


@asynccontextmanager
async def build(core: Core) -> AsyncIterator[Core]:
    """The parts are the core."""
    yield core


SERVICE: Service[Core] = Service(
    name=os.environ.get("TINY_NAME", "payments"),
    settings=TinySettings,
    routes=(
        Route("POST", "/v1/wait", wait, who=Who.ANYONE, summary="Wait", answer=Announced),
        Route("POST", "/v1/announce", announce, who=Who.ANYONE, summary="Announce", body=Announce, answer=Announced),
    ),
    build=build,
    subscriptions={ThingHappened: have_effect},
    checks=(Check("T1", "no key is forbidden", "SELECT key FROM idempotency_key WHERE key = 'forbidden'"),),
    commands={"say": say},
)

if __name__ == "__main__":
    sys.exit(main(SERVICE))
