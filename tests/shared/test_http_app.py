"""The HTTP application: answers as the table says, errors without their text, health, readiness and metrics."""

import json

import pytest

from shared.db import Unavailable
from shared.http.metrics import Metrics
from shared.http.problems import Problem
from shared.idempotency import KeyReused
from shared.running import Running
from shared.service import Core, Service
from shared.settings import ServiceSettings
from shared.testing.clock import FixedClock
from shared.testing.http import base_settings, serving
from tests.shared.sample_service import PROBLEMS, ROUTES, SampleParts, Sold, build, sample_service
from tests.shared.test_http_bad_input import assert_is_problem

SECRET = "123-45-6789"


@pytest.mark.parametrize(
    ("error", "status", "problem"),
    [
        (RuntimeError(SECRET), 500, "internal"),
        (AssertionError(SECRET), 500, "internal"),
        (KeyError(SECRET), 500, "internal"),
        (TimeoutError(SECRET), 500, "internal"),
        (Unavailable(SECRET), 503, "unavailable"),
        (KeyReused(SECRET), 422, "idempotency-key-reused"),
        (Sold(SECRET), 409, "sold"),
        (Problem(418, "teapot", "This is a teapot."), 418, "teapot"),
    ],
)
async def test_errors_become_problems_without_their_text(error: Exception, status: int, problem: str) -> None:
    """What went wrong inside is told in words that were thought about, never in the exception's own."""
    async with sample_service(SampleParts(error)) as service:
        answer = await service.call("POST", "/v1/fails", headers={"Accept": "text/html"})
        assert_is_problem(answer, status)
        assert answer.problem == problem
        assert SECRET not in json.dumps(answer.body) + json.dumps(answer.headers)
        assert ("Retry-After" in answer.headers) is (status == 503)


async def test_an_error_of_a_kind_is_answered_as_its_kind() -> None:
    """A subclass of a listed exception is answered like it."""

    class SoldYesterday(Sold):
        """A kind of Sold."""

    async with sample_service(SampleParts(SoldYesterday())) as service:
        assert (await service.call("POST", "/v1/fails")).problem == "sold"


async def test_answers_are_what_the_table_and_the_handler_say() -> None:
    """The route's status for a model, 204 for nothing, and whatever a Reply says."""
    async with sample_service() as service:
        made = await service.call("POST", "/v1/things", body={"name": "Ana", "amount_cents": 1})
        removed = await service.call("DELETE", "/v1/things/1")
        raw = await service.call("GET", "/v1/raw")
    assert (made.status, made.headers["Content-Type"]) == (201, "application/json")
    assert (removed.status, removed.body) == (204, b"")
    assert (raw.status, raw.body, raw.headers["X-Sample"]) == (202, b"<b>", "1")
    for answer in (made, removed, raw):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Server"] == "portal"


async def test_health_tells_that_the_process_lives() -> None:
    """/healthz needs nothing else to work."""
    async with sample_service() as service:
        answer = await service.call("GET", "/healthz")
        assert (answer.status, answer.body) == (200, {"status": "alive"})
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert (await service.call("HEAD", "/healthz")).status == 200


async def test_readiness_names_what_is_missing() -> None:
    """/readyz is 200 when all is there and 503 naming what is not."""
    missing: list[str] = []

    async def ready(_parts: SampleParts) -> list[str]:
        return missing

    service = Service(name="payments", settings=ServiceSettings, routes=ROUTES, build=build, ready=ready)
    async with serving(service, SampleParts(), ServiceSettings(**base_settings()), None, FixedClock()) as running:
        assert (await running.call("GET", "/readyz")).body == {"status": "ready", "missing": []}
        missing.append("processor")
        answer = await running.call("GET", "/readyz")
        assert (answer.status, answer.body) == (503, {"status": "waiting", "missing": ["processor"]})


async def test_metrics_count_requests_by_route_and_status() -> None:
    """Requests are counted by the table's routes, so that ids and made-up addresses make no new series."""
    async with sample_service() as service:
        for number in range(20):
            await service.call("GET", f"/v1/things/{number}")
            await service.call("GET", f"/made-up/{number}")
        answer = await service.call("GET", "/metrics")
    text = answer.body.decode()
    assert 'http_requests_total{method="GET",route="/v1/things/{thing_id}",status="404"} 20.0' in text
    assert 'http_requests_total{method="GET",route="unknown",status="404"} 20.0' in text
    assert "made-up" not in text


async def test_made_up_methods_make_no_new_series() -> None:
    """However a caller spells a method, it adds no more than one series."""
    async with sample_service() as service:
        for method in ("PROPFIND", "MKCOL", "REPORT", "LOCK"):
            await service.call(method, "/v1/things")
        text = (await service.call("GET", "/metrics")).body.decode()
    assert 'http_requests_total{method="unknown",route="unknown",status="405"} 4.0' in text
    assert "PROPFIND" not in text


def test_a_gauge_can_be_set_again() -> None:
    """A value that is read at each scrape replaces the one before."""
    metrics = Metrics("payments")
    metrics.set({"outbox_unsent": 3})
    metrics.set({"outbox_unsent": 1})
    assert metrics.registry.get_sample_value("portal_outbox_unsent") == 1


@pytest.mark.parametrize("env", ["production", "sandbox", "test"])
def test_the_table_is_all_that_there_is(env: str) -> None:
    """Besides the routes of the table: health, readiness, metrics and the part of the public document; no more."""
    settings = ServiceSettings(**base_settings(portal_env=env))
    service = Service(name="payments", settings=ServiceSettings, routes=ROUTES, build=build, problems=PROBLEMS)
    app = Running(service, Core(settings, None, FixedClock()), SampleParts(), ("http",)).app()
    paths = {resource.canonical for resource in app.router.resources()}
    assert paths - {route.path for route in ROUTES} == {"/healthz", "/readyz", "/metrics", "/internal/openapi.json"}
