"""The gateway's metrics are for operators: the public port does not have them, whoever asks and however."""

import pytest

from tests.gateway.gateway_world import World


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics", "/%6detrics", "/METRICS", "/metrics?x=1"])
@pytest.mark.parametrize("internal", [False, True])
async def test_the_public_port_has_no_metrics(world: World, path: str, *, internal: bool) -> None:
    """404, with the gateway's own key as well: a key that leaked opens nothing here."""
    answer = await world.gateway.call("GET", path, internal=internal)
    assert answer.status == 404
    assert b"http_requests" not in bytes(str(answer.body), "utf-8")
