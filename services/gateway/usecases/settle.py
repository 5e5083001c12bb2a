"""Wait until every service has done what it has to do. The sandbox only.

Twice in a row, because a message can be between two services while both say that they are idle.
"""

import asyncio
from collections.abc import Mapping, Sequence

from services.gateway.providers.service import PortalService

LOOK_PAUSE_SECONDS = 0.02
QUIET_LOOKS = 2

Pending = Mapping[str, Mapping[str, int]]


class NotSettled(Exception):
    """Something is still to be done. `pending` names the services, and what and how much each has left."""

    def __init__(self, pending: Pending) -> None:
        self.pending = pending
        super().__init__("the services have not settled in time")


async def settle(services: Sequence[PortalService], timeout_seconds: float) -> None:
    """Return when all services say twice in a row that nothing is pending. Raises NotSettled, ServiceAway."""
    clock = asyncio.get_running_loop().time
    give_up_at = clock() + timeout_seconds
    quiet_looks = 0
    while True:
        left = await _pending(services)
        quiet_looks = 0 if left else quiet_looks + 1
        if quiet_looks == QUIET_LOOKS:
            return
        if clock() > give_up_at:
            raise NotSettled(left)
        await asyncio.sleep(LOOK_PAUSE_SECONDS)


async def _pending(services: Sequence[PortalService]) -> Pending:
    told = await asyncio.gather(*(service.pending() for service in services))
    left = {service.OWNER.value: _positive(counts) for service, counts in zip(services, told, strict=True)}
    return {name: counts for name, counts in left.items() if counts}


def _positive(counts: Mapping[str, int]) -> dict[str, int]:
    return {kind: count for kind, count in counts.items() if count > 0}
