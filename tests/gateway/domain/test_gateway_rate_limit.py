"""How often one network may call."""

import pytest

from services.gateway.domain.rate_limit import Limit, RateLimiter, network_of

LIMIT = Limit("log-in", burst=3, per_second=0.5)


def test_a_burst_passes_then_calls_wait_for_the_refill() -> None:
    """Three at once, then one in two seconds; the wait is told in whole seconds."""
    limiter = RateLimiter(max_buckets=10)
    verdicts = [limiter.take("198.51.100.7", LIMIT, 0) for _ in range(4)]
    assert [verdict.allowed for verdict in verdicts] == [True, True, True, False]
    assert [verdict.remaining for verdict in verdicts] == [2, 1, 0, 0]
    assert verdicts[3].wait_seconds == 2
    assert not limiter.take("198.51.100.7", LIMIT, 1.9).allowed
    assert limiter.take("198.51.100.7", LIMIT, 2).allowed


def test_waiting_refills_no_more_than_the_burst() -> None:
    """Who was away for a day does not get a day's worth of calls."""
    limiter = RateLimiter(max_buckets=10)
    limiter.take("a", LIMIT, 0)
    assert [limiter.take("a", LIMIT, 86_400).allowed for _ in range(4)] == [True, True, True, False]


def test_networks_and_limits_count_apart() -> None:
    """One network's calls take nothing from another's, nor one route's from another's."""
    limiter = RateLimiter(max_buckets=10)
    for _ in range(3):
        limiter.take("a", LIMIT, 0)
    assert not limiter.take("a", LIMIT, 0).allowed
    assert limiter.take("b", LIMIT, 0).allowed
    assert limiter.take("a", Limit("track", 3, 0.5), 0).allowed


def test_the_memory_is_bounded() -> None:
    """Ten thousand networks do not grow it past its bound."""
    limiter = RateLimiter(max_buckets=100)
    for number in range(10_000):
        limiter.take(str(number), LIMIT, 0)
    assert len(limiter) == 100


def test_the_window_is_the_time_to_fill_again() -> None:
    """Told to callers in the RateLimit-Policy header."""
    assert LIMIT.window_seconds == 6
    assert Limit("all", 1, 1000).window_seconds == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_an_ipv6_household_counts_as_one(address: str, network: str) -> None:
    """IPv4 counts by address, IPv6 by /64, what is neither counts together."""
    assert network_of(address) == network
