"""Counts look-ups of payment references without a log-in, so that nobody can try numbers one after the other.

Counters live in this process: with several copies the limit is per copy. Machine time, which nobody can move.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_ADDRESSES = 10_000


class TooManyLookups(Exception):
    """This address asked too often; `retry_after_seconds` until it may ask again."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"again in {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds


class LookupThrottle:
    """At most `limit` look-ups per address in each `window_seconds`; remembers the latest 10,000 addresses."""

    def __init__(
        self, limit: int, window_seconds: float, monotonic_seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._window_seconds = window_seconds
        self._monotonic_seconds = monotonic_seconds
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def count(self, address: str) -> None:
        """Note a look-up by an address. Raises TooManyLookups."""
        now = self._monotonic_seconds()
        began, count = self._windows.get(address, (now, 0))
        if now - began >= self._window_seconds:
            began, count = now, 0
        if count >= self._limit:
            raise TooManyLookups(math.ceil(began + self._window_seconds - now))
        self._windows[address] = (began, count + 1)
        self._windows.move_to_end(address)
        if len(self._windows) > MOST_ADDRESSES:
            self._windows.popitem(last=False)
