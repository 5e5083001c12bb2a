"""Kill switches: what an operator can stop at once, for all processes of a service, and let go on again.

They are read once a second in the background; asking one is a look into memory. While the database is away everything
stays as it was last read. Next: `shared/command.py` has the operator's command, `shared/running.py` the reading.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from prometheus_client import Gauge

from shared.db import Database, Tx, Unavailable
from shared.log import describe

log = structlog.get_logger()

LOOK_SECONDS = 1.0
OFF = Gauge("portal_switch_off", "Whether an operator has stopped it", ["name"])

INSERT = "INSERT INTO switch (name, is_on, reason, changed_by) VALUES ($1, $2, $3, $4)"
LIST = """
SELECT DISTINCT ON (name) name, is_on, reason, changed_by, changed_at
  FROM switch
 ORDER BY name, change_number DESC
"""


@dataclass(frozen=True, slots=True)
class Switch:
    """How a switch was set last."""

    name: str
    is_on: bool
    reason: str
    changed_by: str
    changed_at: datetime


class SwitchedOff(Exception):
    """An operator has stopped this; nothing was done."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} is switched off")


async def insert(tx: Tx, name: str, *, is_on: bool, reason: str, changed_by: str) -> None:
    """Set a switch; who and why stays on record."""
    await tx.execute(INSERT, name, is_on, reason, changed_by)


async def list_all(tx: Tx) -> list[Switch]:
    """Every switch that was ever set, as it stands."""
    return [Switch(*row) for row in await tx.fetch(LIST)]


class Switches:
    """The switches of a service as they were read last; what was never set is on."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._names = names
        self._off: frozenset[str] = frozenset()
        for name in names:
            OFF.labels(name).set(0)

    def is_on(self, name: str) -> bool:
        """Whether it may be done."""
        return name not in self._off

    def require(self, name: str) -> None:
        """Raise SwitchedOff when it may not be done."""
        if name in self._off:
            raise SwitchedOff(name)

    async def read(self, db: Database) -> frozenset[str]:
        """Look how they stand; returns those that were changed. Raises Unavailable."""
        off = frozenset(switch.name for switch in await db.read(list_all) if not switch.is_on)
        changed = off ^ self._off
        self._off = off
        for name in changed:
            OFF.labels(name).set(name in off)
        return changed

    async def watch(self, db: Database, wake: Callable[[], None]) -> None:
        """Read them for ever, and wake the timers after a change: they may have waited for it."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                changed = await self.read(db)
            except Unavailable as error:
                log.warning("switches_not_read", **describe(error))
                continue
            for name in changed:
                log.warning("switched", kind=name, status="on" if self.is_on(name) else "off")
            if changed:
                wake()
