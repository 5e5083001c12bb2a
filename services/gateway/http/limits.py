"""Rate limits at the door: 429 with Retry-After, and the RateLimit headers of the IETF draft on every answer.

Next: `domain/rate_limit.py` counts.
"""

import time
from typing import Protocol

from services.gateway.domain.rate_limit import Limit, Verdict, network_of
from services.gateway.usecases.parts import Parts
from shared.http.problems import Problem, waiting_time


class Limited(Protocol):
    """A row of a table of routes, as far as limits ask."""

    @property
    def method(self) -> str:
        """GET, POST, …"""

    @property
    def path(self) -> str:
        """The address, with its places for values."""

    @property
    def guessable(self) -> bool:
        """Whether it invites guessing."""


def admit(parts: Parts, route: Limited, address: str) -> dict[str, str]:
    """Count one call from `address`; returns the RateLimit headers of the narrowest limit. Raises Problem 429."""
    network, now_seconds = network_of(address), time.monotonic()
    headers: dict[str, str] = {}
    for limit in _limits(parts, route):
        verdict = parts.limiter.take(network, limit, now_seconds)
        headers = _headers(verdict)
        if not verdict.allowed:
            raise _too_many(verdict)
    return headers


def _limits(parts: Parts, route: Limited) -> tuple[Limit, ...]:
    told = parts.settings
    everything = Limit("all", told.limit_burst, told.limit_per_second)
    if not route.guessable:
        return (everything,)
    return everything, Limit(f"{route.method} {route.path}", told.strict_limit_burst, told.strict_limit_per_second)


def _headers(verdict: Verdict) -> dict[str, str]:
    limit = verdict.limit
    return {
        "RateLimit-Policy": f'"{limit.name}";q={limit.burst};w={limit.window_seconds}',
        "RateLimit": f'"{limit.name}";r={verdict.remaining};t={verdict.wait_seconds}',
    }


def _too_many(verdict: Verdict) -> Problem:
    return Problem(
        429,
        "too-many-requests",
        "That was too often in a short time.",
        f"Please wait {waiting_time(verdict.wait_seconds)} and try again.",
        headers={"Retry-After": str(verdict.wait_seconds), **_headers(verdict)},
    )
