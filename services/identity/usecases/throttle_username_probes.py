"""A taken user name is told, so asking for many of them makes a network wait: nobody lists our users that way."""

from services.identity.domain.audit import Act, Entry
from services.identity.domain.throttle import Schedule, Throttled, throttle_key
from services.identity.store import audit, throttles
from shared.db import Tx


async def check_username_probes(tx: Tx, network: str) -> None:
    """Pass, or raise Throttled where too many taken names were asked for."""
    seconds = await throttles.find_wait_seconds(tx, [throttle_key("username", network)])
    if seconds > 0:
        raise Throttled(seconds)


async def count_username_probe(tx: Tx, schedule: Schedule, network: str) -> None:
    """Count one more answer that a name is taken."""
    await throttles.count_failure(tx, throttle_key("username", network), schedule)
    await audit.insert(tx, Entry(Act.USERNAME_REFUSED, network=network))
