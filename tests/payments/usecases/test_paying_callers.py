"""Callers that go away, time-outs of the database, and what the service says of itself."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from openapi_spec_validator import validate
from pydantic import ValidationError

from services.payments.domain.limits import AmountAboveLimit
from services.payments.events import SUBSCRIPTIONS
from services.payments.http.problems import PROBLEMS
from services.payments.http.routes import ROUTES
from services.payments.settings import Settings
from services.payments.wiring import SERVICE
from shared.contracts.identity import MemberEnrolledV1
from shared.http.openapi import openapi_part
from shared.testing.http import base_settings
from tests.payments.paying_world import SLOW, World

ROOT = Path(__file__).resolve().parents[3] / "services" / "payments"


async def test_a_second_request_waits_for_the_charge_of_the_first(world: World) -> None:
    """While the first waits for the processor, the same key again gives the same end, not a payment half made."""
    await world.enroll()
    method_id, key = await world.save_card(SLOW), uuid4().hex
    first = asyncio.create_task(world.pay(30_000, method_id, key=key))
    async with asyncio.timeout(10):
        while not world.parts.charges.payment_ids:
            await asyncio.sleep(0.01)
    second = await world.pay(30_000, method_id, key=key)
    assert second.body == (await first).body
    assert second.body["status"] == "processing"


async def test_a_caller_who_goes_away_has_paid_all_the_same(world: World) -> None:
    """A browser closed in mid-payment: the payment is settled, and the same key shows it."""
    await world.enroll()
    method_id, key = await world.save_card(SLOW), uuid4().hex
    going = asyncio.create_task(world.pay(30_000, method_id, key=key))
    async with asyncio.timeout(10):
        while not world.parts.charges.payment_ids:
            await asyncio.sleep(0.01)
    going.cancel()
    again = await world.pay(30_000, method_id, key=key)
    assert again.status == 201
    await world.charge_arrived(again.body["payment_id"])
    await world.move_clock(seconds=10)
    assert await world.status_of(again.body["payment_id"]) == "succeeded"
    assert len(await world.charges_of(again.body["payment_id"])) == 1


def test_the_service_says_what_it_is_on_one_screen() -> None:
    """It hears enrollments, has four timers, and every route has a rule and a summary."""
    assert set(SUBSCRIPTIONS) == {MemberEnrolledV1}
    assert [job.name for job in SERVICE.jobs] == ["issue_bills", "run_scheduled", "mark_past_due", "resolve_payments"]
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES) == 15
    assert all(route.summary for route in ROUTES)
    assert len({check.name for check in SERVICE.checks}) == len(SERVICE.checks)


def test_the_routes_are_described_for_programmers() -> None:
    """This service's part of /openapi.json is valid OpenAPI 3.1, with every route and the filters as they are sent."""
    described = openapi_part(ROUTES)
    validate(described)
    assert sum(len(methods) for methods in described["paths"].values()) == len(ROUTES)
    filters = {given["name"] for given in described["paths"]["/v1/payments"]["get"]["parameters"]}
    assert filters == {"status", "from", "to", "policy_id", "method_id", "limit", "cursor"}


async def test_what_waits_is_measured(world: World) -> None:
    """/metrics shows how many payments are open and how many of them wait for a person."""
    await world.enroll()
    await world.take_down(30_000)
    metrics = (await world.api.call("GET", "/metrics")).body.decode()
    assert "portal_payments_open 1.0" in metrics
    assert "portal_payments_needing_person 0.0" in metrics


def test_problems_are_said_in_plain_words() -> None:
    """Each mapped error has a code of its own kind and a title that ends as a sentence does."""
    assert all(callable(make) for make in PROBLEMS.values())
    listed = {code for route in ROUTES for code in route.problems}
    source = (ROOT / "http" / "problems.py").read_text()
    for code in listed - {"idempotency-key-missing", "idempotency-key-reused"}:
        assert f'"{code}"' in source
    plain = AmountAboveLimit(123_456)
    assert "$1,234.56" in str(PROBLEMS[AmountAboveLimit](plain).detail)


@pytest.mark.parametrize(
    "wrong",
    [
        {"portal_env": "production"},
        {"payments_key": "short"},
        {"processor": "none"},
        {"processor_url": "ftp://processor"},
        {"max_concurrent_charges": 0},
        {"charge_timeout_seconds": 0},
    ],
)
def test_the_service_does_not_start_with_wrong_settings(wrong: dict[str, object]) -> None:
    """The sandbox processor in production, a short secret, or a limit of nothing are refused at start."""
    right = {"payments_key": "x" * 32, "processor": "sandbox", "processor_url": "http://127.0.0.1:1"}
    Settings(**base_settings(**right))
    with pytest.raises(ValidationError):
        Settings(**{**base_settings(**right), **wrong})
