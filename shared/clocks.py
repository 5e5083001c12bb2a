"""Business time, which the sandbox can move, and the calendar day of New York that bills and due days count in.

Machine time (sessions, throttles, leases, retention) is Postgres' `now()` or `time.monotonic()` and is not here.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


class BusinessClock(Protocol):
    """Tells business time; always aware, in UTC."""

    def now(self) -> datetime:
        """The present instant of business time."""
        ...


class SystemClock:
    """Business time in production: the time of the machine."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)


class MovableClock:
    """Business time in the sandbox: the time of the machine plus an offset that only grows; it may begin below zero."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The present instant of moved time."""
        return datetime.now(UTC) + self.offset

    def move_to(self, instant: datetime) -> None:
        """Set business time forward. Raises ValueError when `instant` lies in its past."""
        now = self.now()
        if instant < now:
            raise ValueError("the clock only moves forward")
        self.offset += instant - now


def business_day(at: datetime) -> date:
    """The date in New York at an aware instant: the day that due dates and coverage count in."""
    return at.astimezone(NEW_YORK).date()


def start_of_day(on: date) -> datetime:
    """00:00:00 in New York on a date, as an instant in UTC."""
    return datetime.combine(on, time(0), NEW_YORK).astimezone(UTC)


def end_of_day(on: date) -> datetime:
    """23:59:59 in New York on a date, as an instant in UTC: the last moment that still counts as "by that day"."""
    return datetime.combine(on, time(23, 59, 59), NEW_YORK).astimezone(UTC)
