"""Growing waits after failures: per account and network, and per network; never for an account as such.

So a stranger who guesses makes only their own network wait, and the owner elsewhere logs in as ever.
Next: `store/throttles.py` keeps the counts, by machine time.
"""

import ipaddress
from dataclasses import dataclass
from hashlib import sha256

IPV6_HOME_BITS = 64  # what one household or phone is given (RFC 6177)


@dataclass(frozen=True, slots=True)
class Schedule:
    """`free` failures cost nothing; then 1 s, 2 s, 4 s … up to the longest. Forgotten after a quiet while."""

    free: int
    longest_seconds: int
    forget_after_seconds: int = 3_600

    def wait_seconds(self, failures: int) -> int:
        """How long to wait after so many failures in a row."""
        beyond = failures - self.free
        return 0 if beyond <= 0 else min(self.longest_seconds, 2 ** min(beyond - 1, 30))


@dataclass(frozen=True, slots=True)
class ThrottleRule:
    """The schedules of one kind of act."""

    account_and_network: Schedule
    network: Schedule


class Throttled(Exception):
    """Too many failures: `retry_after_seconds` from now it can be tried again."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("too many attempts")
        self.retry_after_seconds = retry_after_seconds


def network_of(address: str) -> str:
    """An IPv4 address as it is, an IPv6 address as its /64; what is no address is one network of its own."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, IPV6_HOME_BITS), strict=False))
    return str(found)


def throttle_key(act: str, *parts: str) -> bytes:
    """What counts are kept under; hashed, since a mistyped user name may be a password."""
    return sha256("\x1f".join((act, *parts)).encode()).digest()
