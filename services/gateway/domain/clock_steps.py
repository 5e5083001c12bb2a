"""How the sandbox clock steps: to the earliest thing that is due, then to the next, never past one that waits.

So the work of day 3 is done on day 3, though the clock is moved by 30 days. Next: `usecases/move_clock.py` walks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise


class ClockBackwards(Exception):
    """The sandbox clock only moves forward."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        super().__init__(f"the clock stands at {now.isoformat()}")


@dataclass(frozen=True, slots=True)
class ClockMove:
    """What was asked for: exactly one of a length of time or an instant."""

    advance: timedelta | None = None
    to: datetime | None = None

    def target(self, now: datetime) -> datetime:
        """The instant to arrive at. Raises ClockBackwards when it lies before `now`."""
        target = self.to if self.to is not None else now + (self.advance or timedelta(0))
        if target < now:
            raise ClockBackwards(now)
        return target


def next_step(due: Mapping[str, datetime | None], now: datetime, target: datetime) -> datetime | None:
    """The next instant to stand at on the way to `target`, or None when nothing more is due on the way.

    What is overdue is done at `now`: the clock cannot go back to it.
    """
    waiting = [at for at in due.values() if at is not None and at <= target]
    return max(min(waiting), now) if waiting else None


def overdue(due: Mapping[str, datetime | None], now: datetime) -> tuple[str, ...]:
    """The services whose earliest work lies at or before `now`."""
    return tuple(service for service, at in due.items() if at is not None and at <= now)


def stands_still(stops: list[Mapping[str, datetime | None]], looks: int) -> bool:
    """Whether the last `looks` looks at what is due all saw the same: work which is due and does not get done."""
    recent = stops[-looks:]
    return len(recent) == looks and all(earlier == later for earlier, later in pairwise(recent))
