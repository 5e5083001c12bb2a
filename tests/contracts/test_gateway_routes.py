"""The gateway's table and the services' tables say the same: nothing is unreachable, nothing listed is absent."""

from openapi_spec_validator import OpenAPIV31SpecValidator

from services.gateway.domain.openapi_merge import merge_parts
from services.gateway.domain.owner import Owner
from services.gateway.http.routes import PUBLIC_ROUTES
from services.gateway.wiring import API_INFO
from services.identity.http.routes import ROUTES as IDENTITY_ROUTES
from services.notify.http.routes import ROUTES as NOTIFY_ROUTES
from services.payments.http.routes import ROUTES as PAYMENTS_ROUTES
from shared.http.openapi import openapi_part
from shared.http.routes import Route, Who

SERVED: dict[Owner, tuple[Route, ...]] = {
    Owner.IDENTITY: IDENTITY_ROUTES,
    Owner.PAYMENTS: PAYMENTS_ROUTES,
    Owner.NOTIFY: NOTIFY_ROUTES,
}


def test_the_gateway_lists_what_the_services_serve_and_nothing_else() -> None:
    """Method, path, owner, rule and idempotency agree, row by row."""
    listed = {(it.owner, it.method, it.path, it.who, it.idempotent) for it in PUBLIC_ROUTES}
    served = {
        (owner, it.method, it.path, it.who, it.idempotent)
        for owner, routes in SERVED.items()
        for it in routes
        if it.who is not Who.GATEWAY
    }
    assert listed == served


def test_a_service_takes_a_body_as_large_as_the_gateway_lets_through() -> None:
    """Where a service sets a limit of its own, the gateway has the same."""
    limits = {(it.method, it.path): it.max_body_bytes for it in PUBLIC_ROUTES}
    for routes in SERVED.values():
        for route in routes:
            if route.who is not Who.GATEWAY and route.max_body_bytes is not None:
                assert limits[(route.method, route.path)] == route.max_body_bytes, route.path


def test_what_a_service_reads_as_a_stream_is_passed_on_as_one() -> None:
    """A body that a service does not hold is not held by the gateway either; and every such route has a limit."""
    streamed = {(it.method, it.path): it.streamed for it in PUBLIC_ROUTES if it.streamed}
    served = {(it.method, it.path): it for routes in SERVED.values() for it in routes if it.streamed}
    assert streamed == {place: route.streamed for place, route in served.items()}
    assert all(route.max_body_bytes is not None for route in served.values())


def test_what_only_the_gateway_may_call_has_an_address_of_its_own() -> None:
    """No public path can ever be taken for an internal one."""
    for routes in SERVED.values():
        for route in routes:
            inside = route.path.startswith(("/internal/", "/sandbox/"))
            assert inside == (route.who is Who.GATEWAY), f"{route.method} {route.path}"


def test_no_url_is_listed_twice() -> None:
    """One row for each method and path."""
    rows = [(it.method, it.path) for it in PUBLIC_ROUTES]
    assert len(rows) == len(set(rows))


def test_the_public_document_describes_every_listed_url() -> None:
    """Valid OpenAPI 3.1, made from the tables and models that validate; each row of the gateway is in it."""
    listed = {(it.method, it.path) for it in PUBLIC_ROUTES}
    parts = {owner.value: openapi_part(routes) for owner, routes in SERVED.items()}
    document = merge_parts(parts, listed, API_INFO)
    OpenAPIV31SpecValidator(document).validate()
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == listed
