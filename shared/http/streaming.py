"""A request's body piece by piece, for what is too large to be held: with a limit, and deadlines while it arrives.

Next: a route with `streamed` gets one as `Call.stream`.
"""

import asyncio
import time
from collections.abc import AsyncIterator

from aiohttp import web

from shared.http.problems import not_readable, too_large, too_slow

LONGEST_SECONDS = 900.0


class BodyStream:
    """The body of one request, to be read once. `idle_seconds` is how long the next piece may take to arrive.

    Reading raises Problem: 408 when it stops arriving or takes longer than a quarter of an hour, 413 above the limit,
    400 when it breaks off. So whoever reads it to its end has all of it.
    """

    def __init__(self, request: web.Request, max_bytes: int | None, idle_seconds: float) -> None:
        self._request = request
        self._max_bytes = max_bytes
        self._idle_seconds = idle_seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces as they arrive; compressed ones are unpacked, and count as what they unpack to."""
        if self._is_above(self._request.content_length or 0):
            raise too_large()
        size, until_seconds = 0, time.monotonic() + LONGEST_SECONDS
        while piece := await self._next(until_seconds):
            size += len(piece)
            if self._is_above(size):
                raise too_large()
            yield piece

    def _is_above(self, size: int) -> bool:
        return self._max_bytes is not None and size > self._max_bytes

    async def _next(self, until_seconds: float) -> bytes:
        try:
            async with asyncio.timeout(min(self._idle_seconds, until_seconds - time.monotonic())):
                return await self._request.content.readany()
        except TimeoutError:
            raise too_slow() from None
        except (ValueError, ConnectionError, web.RequestPayloadError):
            raise not_readable() from None
