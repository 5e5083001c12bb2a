"""The public API document at the gateway."""

from typing import Any
from uuid import UUID

from openapi_spec_validator import OpenAPIV31SpecValidator

from services.gateway.http.receipt import RECEIPT_ROUTE
from services.gateway.http.routes import PUBLIC_ROUTES
from shared.http.models import Cents, Input, Output
from shared.http.openapi import openapi_part
from shared.http.routes import Call, Route, Who
from tests.gateway.gateway_world import World


class NewPayment(Input):
    """What comes in."""

    amount_cents: Cents


class PaymentShown(Output):
    """What goes out."""

    payment_id: UUID


async def _handle(_call: Call[Any, Any]) -> None:
    return None


PAYMENTS = openapi_part(
    (
        Route(
            "POST",
            "/v1/payments",
            _handle,
            who=Who.MEMBER,
            summary="Pay",
            body=NewPayment,
            answer=PaymentShown,
            status=201,
            idempotent=True,
        ),
        Route("GET", "/v1/not-public", _handle, who=Who.MEMBER, summary="Not at the gateway", answer=PaymentShown),
    )
)
IDENTITY = openapi_part((Route("DELETE", "/v1/sessions", _handle, who=Who.ACCOUNT, summary="Log out"),))


async def _document(world: World) -> Any:
    return (await world.gateway.call("GET", "/openapi.json")).body


async def test_the_document_is_valid_and_shows_what_is_listed(world: World) -> None:
    """OpenAPI 3.1, one document for all services, without what the gateway does not list."""
    world.payments.part, world.identity.part = PAYMENTS, IDENTITY
    document = await _document(world)
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {"/v1/payments", "/v1/sessions", RECEIPT_ROUTE.path}
    listed = {(it.method.lower(), it.path) for it in PUBLIC_ROUTES} | {("get", RECEIPT_ROUTE.path)}
    assert all((method, path) in listed for path, item in document["paths"].items() for method in item)
    assert {"session", "partner_key"} <= set(document["components"]["securitySchemes"])
    assert "ProblemShown" in document["components"]["schemas"]


async def test_the_document_is_kept_for_a_minute(world: World) -> None:
    """Reading it does not load the services; one that goes away is described as it was."""
    world.payments.part, world.identity.part = PAYMENTS, IDENTITY
    first = await _document(world)
    await world.payments.stop()
    assert await _document(world) == first
    world.parts.api._until_seconds = 0
    assert await _document(world) == first


async def test_a_service_never_seen_makes_it_503(world: World) -> None:
    """Half a document would look like a whole one."""
    await world.payments.stop()
    answered = await world.gateway.call("GET", "/openapi.json")
    assert (answered.status, answered.problem) == (503, "unavailable")
    await world.gateway.call("GET", "/healthz")
