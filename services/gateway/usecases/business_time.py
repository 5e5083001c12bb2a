"""Business time for pages: the machine's, or in the sandbox that of the services, which can be moved.

Next: pages ask it for today, to offer days and to say what is soon.
"""

import time
from datetime import UTC, datetime, timedelta

from services.gateway.providers.payments import Payments

KEEP_SECONDS = 1.0


class BusinessTime:
    """Tells business time; `payments` is asked in the sandbox, at most once a second."""

    def __init__(self, payments: Payments | None) -> None:
        self._payments = payments
        self._offset = timedelta(0)
        self._good_until = 0.0

    async def now(self) -> datetime:
        """The present instant of business time. Raises ServiceAway, in the sandbox only."""
        if self._payments is not None and time.monotonic() >= self._good_until:
            self._offset = await self._payments.clock_now() - datetime.now(UTC)
            self._good_until = time.monotonic() + KEEP_SECONDS
        return datetime.now(UTC) + self._offset
