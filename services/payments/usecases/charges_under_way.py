"""The charges that this process is making at this moment: how many may be, and when a given one is over.

A second request with the same key waits here for the first; the resolver leaves these payments alone.
"""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID


class TooManyCharges(Exception):
    """This process is making as many charges as it may; nothing was taken down."""


class ChargesUnderWay:
    """At most `limit` at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._ended: dict[UUID, asyncio.Event] = {}

    @property
    def payment_ids(self) -> Collection[UUID]:
        """The payments that are being accepted or charged."""
        return self._ended.keys()

    @contextmanager
    def slot(self, payment_id: UUID) -> Iterator[None]:
        """Hold a place for a payment from before its acceptance until it is settled. Raises TooManyCharges."""
        if len(self._ended) >= self._limit:
            raise TooManyCharges
        ended = self._ended[payment_id] = asyncio.Event()
        try:
            yield
        finally:
            del self._ended[payment_id]
            ended.set()

    async def wait(self, payment_id: UUID) -> None:
        """Wait until this process is done with a payment; at once when it is not at it."""
        ended = self._ended.get(payment_id)
        if ended is not None:
            await ended.wait()
