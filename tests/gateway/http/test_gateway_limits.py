"""How often one network may call, as callers see it."""

import pytest

from services.gateway.settings import GatewaySettings
from shared.testing.http import base_settings
from tests.gateway.gateway_world import PAGE_SETTINGS, open_world

URLS = PAGE_SETTINGS | dict.fromkeys(("identity_url", "payments_url", "notify_url"), "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/sessions"), ("POST", "/v1/accounts"), ("GET", "/v1/track/R-1")]
)
async def test_guessing_is_slowed_down(method: str, path: str) -> None:
    """Past the burst: 429, with the seconds to wait; nothing reaches the service."""
    async with open_world(strict_limit_burst=3, strict_limit_per_second=0.1) as world:
        statuses = [(await world.gateway.call(method, path, raw=b"{}")).status for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        answered = await world.gateway.call(method, path, raw=b"{}")
        assert answered.problem == "too-many-requests"
        assert 0 < int(answered.headers["Retry-After"]) <= 10
        assert answered.headers["RateLimit"].endswith(f";r=0;t={answered.headers['Retry-After']}")
        assert answered.headers["RateLimit-Policy"].endswith(";q=3;w=30")
        assert len(world.identity.received) + len(world.payments.received) == 3
        assert (await world.gateway.call("GET", "/v1/bills", token="ana-token")).status == 200


async def test_each_reference_counts_towards_one_limit() -> None:
    """Who tries one reference after the other is slowed down, too."""
    async with open_world(strict_limit_burst=2, strict_limit_per_second=0.1) as world:
        statuses = [(await world.gateway.call("GET", f"/v1/track/R-{number}")).status for number in range(4)]
        assert statuses == [200, 200, 429, 429]


async def test_one_network_is_limited_in_all() -> None:
    """Members are limited only far above what people do; bad tokens count as well."""
    async with open_world(limit_burst=5, limit_per_second=0.1) as world:
        statuses = [(await world.gateway.call("GET", "/v1/bills", token=f"bad-{it}")).status for it in range(7)]
        assert statuses == [401] * 5 + [429] * 2


async def test_people_behind_a_listed_proxy_count_each_for_themselves() -> None:
    """And nobody gets a new limit by writing another address into X-Forwarded-For."""
    async with open_world(strict_limit_burst=1, strict_limit_per_second=0.1, trusted_proxies="127.0.0.1") as world:
        shown = ["198.51.100.1", "198.51.100.2", "6.6.6.6, 198.51.100.1"]
        statuses = [
            (await world.gateway.call("GET", "/v1/track/R", headers={"X-Forwarded-For": it})).status for it in shown
        ]
        assert statuses == [200, 200, 429]


async def test_a_limit_is_told_while_there_is_room() -> None:
    """RateLimit headers are on what passes, so that a client can slow down by itself."""
    async with open_world() as world:
        answered = await world.gateway.call("GET", "/v1/bills", token="ana-token")
        assert answered.headers["RateLimit-Policy"] == '"all";q=5000;w=2'
        assert answered.headers["RateLimit"].startswith('"all";r=49')


def test_the_sandbox_is_wide_and_production_is_narrow() -> None:
    """In the sandbox everybody calls from one address; what is set explicitly holds everywhere."""
    sandbox = GatewaySettings.model_validate(base_settings(**URLS))
    production = GatewaySettings.model_validate(base_settings(**URLS) | {"portal_env": "production"})
    explicit = GatewaySettings.model_validate(base_settings(**URLS, strict_limit_burst=7))
    bursts = [it.strict_limit_burst for it in (sandbox, production, explicit)]
    assert bursts == [300, 30, 7]
    assert sandbox.limit_burst >= 32 * 100


@pytest.mark.parametrize(
    "wrong",
    [
        {"trusted_proxies": "proxy.example"},
        {"identity_url": "127.0.0.1:8001"},
        {"portal_url": "portal.example"},
        {"card_frame_url": "processor.example/frame"},
        {"page_key": "c2hvcnQ="},
        {"page_key": "not base64"},
        {"limit_per_second": 0},
        {"strict_limit_burst": 0},
    ],
)
def test_wrong_settings_stop_the_start(wrong: dict[str, object]) -> None:
    """A typing error does not open the door or shut it."""
    with pytest.raises(ValueError, match="validation error"):
        GatewaySettings.model_validate(base_settings(**{**URLS, **wrong}))
