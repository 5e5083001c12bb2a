"""A business clock that stands still until a test moves it."""

from datetime import UTC, datetime


class FixedClock:
    """Tells the instant it was given; moves only when told."""

    def __init__(self, instant: datetime = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)) -> None:
        self._instant = instant

    def now(self) -> datetime:
        """The instant it stands at."""
        return self._instant

    def move_to(self, instant: datetime) -> None:
        """Stand at another instant."""
        self._instant = instant
