"""How often one network may call: a token bucket per (network, limit), in a bounded memory.

Each copy of the gateway counts for itself. Next: `http/middleware.py` asks before anything else is done for a call.
"""

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

IPV6_NETWORK_BITS = 64  # one household or phone holds a whole /64


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` calls at once, refilled at `per_second`; `name` is told to callers in the RateLimit headers."""

    name: str
    burst: int
    per_second: float

    @property
    def window_seconds(self) -> int:
        """The time in which an empty bucket fills again."""
        return max(1, math.ceil(self.burst / self.per_second))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may pass, how many more could follow at once, and when the next may come."""

    allowed: bool
    limit: Limit
    remaining: int
    wait_seconds: int


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_seconds: float


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """The network that is counted as one caller: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, IPV6_NETWORK_BITS), strict=False))


class RateLimiter:
    """The buckets of all networks; the longest unused is dropped when there are more than `max_buckets`."""

    def __init__(self, max_buckets: int) -> None:
        self._max_buckets = max_buckets
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, network: str, limit: Limit, now_seconds: float) -> Verdict:
        """Take one token, if there is one. `now_seconds` is monotonic machine time."""
        bucket = self._bucket(network, limit, now_seconds)
        allowed = bucket.tokens >= 1
        if allowed:
            bucket.tokens -= 1
        wait = 0 if bucket.tokens >= 1 else math.ceil((1 - bucket.tokens) / limit.per_second)
        return Verdict(allowed, limit, int(bucket.tokens), wait)

    def _bucket(self, network: str, limit: Limit, now_seconds: float) -> _Bucket:
        key = (network, limit.name)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(float(limit.burst), now_seconds)
            while len(self._buckets) > self._max_buckets:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.tokens = min(limit.burst, bucket.tokens + (now_seconds - bucket.at_seconds) * limit.per_second)
        bucket.at_seconds = now_seconds
        return bucket
