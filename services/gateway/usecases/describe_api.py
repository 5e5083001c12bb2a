"""The public API document: asked from the services, merged with the gateway's own routes, kept for a minute.

A service that is away is described as it was last seen. Next: `domain/openapi_merge.py`.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from services.gateway.domain.openapi_merge import Part, merge_parts
from services.gateway.providers.service import PortalService
from services.gateway.providers.upstream import ServiceAway

KEEP_SECONDS = 60.0


class ApiDescription:
    """The document, kept. One per process; `own` are the gateway's routes, `monotonic` is machine time in seconds."""

    def __init__(
        self,
        services: Sequence[PortalService],
        listed: Collection[tuple[str, str]],
        info: Part,
        own: Part,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._services = services
        self._listed = frozenset(listed)
        self._info = info
        self._monotonic = monotonic
        self._parts: dict[str, Part] = {"gateway": own}
        self._document: Mapping[str, Any] = {}
        self._until_seconds = 0.0
        self._asking = asyncio.Lock()

    async def document(self) -> Mapping[str, Any]:
        """The OpenAPI 3.1 document. Raises ServiceAway when a service that was never seen cannot be asked."""
        async with self._asking:
            if not self._document or self._monotonic() >= self._until_seconds:
                await asyncio.gather(*(self._ask(service) for service in self._services))
                self._document = merge_parts(self._parts, self._listed, self._info)
                self._until_seconds = self._monotonic() + KEEP_SECONDS
            return self._document

    async def _ask(self, service: PortalService) -> None:
        try:
            self._parts[service.OWNER.value] = await service.openapi_part()
        except ServiceAway:
            if service.OWNER.value not in self._parts:
                raise
