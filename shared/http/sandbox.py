"""The movable clock of one service: `/sandbox/clock`, `/sandbox/next-due`, `/sandbox/pending`, for the gateway only.

The gateway moves all services together and waits until each says that nothing is pending. Mounted in sandbox and test
only. The offset is kept in the schema, so that a restarted process goes on in moved time.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field

from shared.clocks import MovableClock
from shared.db import Database, Tx
from shared.http.models import Input, Output
from shared.http.problems import Problem
from shared.http.routes import Call, Route, Who

READ_OFFSET = "SELECT offset_seconds FROM business_clock"
WRITE_OFFSET = """
INSERT INTO business_clock (offset_seconds)
VALUES ($1)
    ON CONFLICT (only_row) DO UPDATE SET offset_seconds = greatest(business_clock.offset_seconds, $1)
"""


class ClockSetting(Input):
    """The instant that business time shall be."""

    now: Annotated[AwareDatetime, Field(strict=False)]


class ClockShown(Output):
    """Business time."""

    now: datetime


class NextDue(Output):
    """When the earliest timer is due, in business time; null when none is."""

    due_at: datetime | None


class Pending(Output):
    """What is not done yet, by kind; all zero when the service has settled."""

    pending: dict[str, int]


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What the routes need of their service."""

    clock: MovableClock
    db: Database | None
    next_due: Callable[[], Awaitable[Sequence[datetime]]]
    pending: Callable[[], Awaitable[Mapping[str, int]]]
    moved: Callable[[], None]

    async def show(self, _call: Call[object, None]) -> ClockShown:
        """Business time."""
        return ClockShown(now=self.clock.now())

    async def move(self, call: Call[object, ClockSetting]) -> ClockShown:
        """Move business time forward and wake the timers. It is written down first, so that it can be asked again."""
        ahead = call.body.now - self.clock.now()
        if ahead < timedelta(0):
            raise Problem(409, "clock-moves-forward", "The clock only moves forward.")
        offset = self.clock.offset + ahead
        if self.db is not None:
            await self.db.write(lambda tx: tx.execute(WRITE_OFFSET, offset.total_seconds()))
        self.clock.offset = max(self.clock.offset, offset)
        self.moved()
        return ClockShown(now=self.clock.now())

    async def earliest(self, _call: Call[object, None]) -> NextDue:
        """When the earliest timer is due."""
        return NextDue(due_at=min(await self.next_due(), default=None))

    async def count_pending(self, _call: Call[object, None]) -> Pending:
        """What is not done yet."""
        return Pending(pending=dict(await self.pending()))

    def routes(self) -> tuple[Route, ...]:
        """The rows to add to the service's table."""
        return (
            Route("GET", "/sandbox/clock", self.show, who=Who.GATEWAY, summary="Business time", answer=ClockShown),
            Route(
                "PUT",
                "/sandbox/clock",
                self.move,
                who=Who.GATEWAY,
                summary="Move business time",
                body=ClockSetting,
                answer=ClockShown,
            ),
            Route("GET", "/sandbox/next-due", self.earliest, who=Who.GATEWAY, summary="Next timer", answer=NextDue),
            Route("GET", "/sandbox/pending", self.count_pending, who=Who.GATEWAY, summary="Pending", answer=Pending),
        )


async def load_clock(db: Database) -> MovableClock:
    """The clock as it was moved before this process started."""

    async def read(tx: Tx) -> float:
        return float(await tx.fetchval(READ_OFFSET) or 0.0)

    return MovableClock(timedelta(seconds=await db.read(read)))
