"""A service's part of the OpenAPI document."""

import json
from datetime import date
from typing import Annotated, Any, cast

from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import Field

from shared.http.models import Cents, Input, Output, short_text
from shared.http.openapi import openapi_part, openapi_route
from shared.http.routes import Call, Reply, Route, Who


class NewThing(Input):
    """What comes in."""

    amount_cents: Cents
    name: short_text(20)  # type: ignore[valid-type] # made at run time, as the helper says


class Part(Output):
    """Nested in the answer."""

    on: date


class ThingShown(Output):
    """What goes out."""

    thing_id: str
    parts: tuple[Part, ...]


class ThingsQuery(Input):
    """What may be asked for."""

    from_on: Annotated[date | None, Field(alias="from")] = None
    limit: int = 20


async def _handle(_call: Call[Any, Any]) -> None:
    return None


ROUTES = (
    Route(
        "POST",
        "/v1/things",
        _handle,
        who=Who.MEMBER,
        summary="Make",
        body=NewThing,
        answer=ThingShown,
        status=201,
        idempotent=True,
        problems=("thing-stale",),
    ),
    Route("GET", "/v1/things", _handle, who=Who.ACCOUNT, summary="List", answer=ThingShown, query=ThingsQuery),
    Route("DELETE", "/v1/things/{thing_id}", _handle, who=Who.PARTNER, summary="Remove"),
    Route("GET", "/v1/open/{thing_id}", _handle, who=Who.ANYONE, summary="Look", answer=ThingShown),
    Route("POST", "/internal/things", _handle, who=Who.GATEWAY, summary="Inside", body=NewThing),
)
PART = openapi_part(ROUTES)


def test_the_part_is_valid_openapi_3_1() -> None:
    """Checked by the validator that others use, too."""
    assert PART["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(PART).validate()


async def test_the_part_is_served_to_the_gateway_only() -> None:
    """As one more row of the service's table."""
    route = openapi_route(ROUTES)
    assert (route.method, route.path, route.who) == ("GET", "/internal/openapi.json", Who.GATEWAY)
    reply = await route.handler(cast("Call[Any, Any]", None))
    assert isinstance(reply, Reply)
    assert isinstance(reply.body, bytes)
    assert json.loads(reply.body) == PART


def test_what_only_the_gateway_calls_is_left_out() -> None:
    """The public document says nothing of the inside."""
    assert set(PART["paths"]) == {"/v1/things", "/v1/things/{thing_id}", "/v1/open/{thing_id}"}


def test_a_write_shows_its_key_body_answer_and_problems() -> None:
    """All that a client's author needs is there."""
    operation = PART["paths"]["/v1/things"]["post"]
    assert [(it["name"], it["in"], it["required"]) for it in operation["parameters"]] == [
        ("Idempotency-Key", "header", True)
    ]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/NewThing"}
    assert {"201", "400", "401", "403", "422", "429", "503", "4XX"} <= set(operation["responses"])
    assert "thing-stale" in operation["responses"]["4XX"]["description"]
    assert "application/problem+json" in operation["responses"]["422"]["content"]
    assert PART["components"]["schemas"]["NewThing"]["properties"]["amount_cents"]["maximum"] == 10**12


def test_query_and_path_values_are_parameters_by_their_public_names() -> None:
    """A field that Python cannot name is shown as callers write it."""
    listed = PART["paths"]["/v1/things"]["get"]["parameters"]
    assert [(it["name"], it["in"], it["required"]) for it in listed] == [
        ("from", "query", False),
        ("limit", "query", False),
    ]
    removed = PART["paths"]["/v1/things/{thing_id}"]["delete"]
    assert removed["parameters"][0]["in"] == "path"
    assert "204" in removed["responses"]


def test_each_route_says_which_token_it_takes() -> None:
    """A session, a partner's key, or nothing."""
    paths = PART["paths"]
    assert paths["/v1/things"]["get"]["security"] == [{"session": []}]
    assert paths["/v1/things/{thing_id}"]["delete"]["security"] == [{"partner_key": []}]
    assert paths["/v1/open/{thing_id}"]["get"]["security"] == []
