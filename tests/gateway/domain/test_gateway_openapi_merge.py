"""One document from the parts of the services."""

from typing import Any

from services.gateway.domain.openapi_merge import merge_parts

INFO = {"title": "Portal", "version": "1"}


def _operation(schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"responses": {"200": {"description": "ok", "content": content}}}


def _part(path: str, schema: str, meaning: dict[str, Any]) -> dict[str, Any]:
    return {
        "paths": {path: {"get": _operation(schema)}, "/internal/x": {"post": _operation("Secret")}},
        "components": {"schemas": {schema: meaning, "Secret": {"type": "null"}}},
    }


def test_only_listed_operations_are_shown() -> None:
    """What the gateway does not list is not described, nor what only that used."""
    part = _part("/v1/bills", "Bill", {"type": "object"})
    document = merge_parts({"payments": part}, {("GET", "/v1/bills")}, INFO)
    assert list(document["paths"]) == ["/v1/bills"]
    assert document["paths"]["/v1/bills"]["get"]["tags"] == ["payments"]
    assert list(document["components"]["schemas"]) == ["Bill"]


def test_one_name_for_two_things_becomes_two_names() -> None:
    """Schemas of two services do not overwrite each other; references follow, inside schemas too."""
    mine = _part("/v1/bills", "Shown", {"type": "object"})
    nested = {"type": "array", "items": {"$ref": "#/components/schemas/Shown"}}
    other = _part("/v1/account", "Shown", nested)
    listed = {("GET", "/v1/bills"), ("GET", "/v1/account")}
    document = merge_parts({"payments": mine, "identity": other}, listed, INFO)
    schemas = document["components"]["schemas"]
    assert schemas["Shown"] == {"type": "object"}
    assert schemas["IdentityShown"]["items"] == {"$ref": "#/components/schemas/IdentityShown"}
    shown = document["paths"]["/v1/account"]["get"]["responses"]["200"]["content"]["application/json"]
    assert shown["schema"] == {"$ref": "#/components/schemas/IdentityShown"}


def test_one_name_for_the_same_thing_stays_one() -> None:
    """The problem schema is the same everywhere."""
    parts = {name: _part(f"/v1/{name}", "Problem", {"type": "object"}) for name in ("identity", "payments")}
    document = merge_parts(parts, {("GET", "/v1/identity"), ("GET", "/v1/payments")}, INFO)
    assert list(document["components"]["schemas"]) == ["Problem"]


def test_two_services_may_share_a_path() -> None:
    """Each method is shown with the service that answers it."""
    read: dict[str, Any] = {"paths": {"/v1/x": {"get": {"responses": {}}}}}
    write: dict[str, Any] = {"paths": {"/v1/x": {"post": {"responses": {}}}}}
    document = merge_parts({"identity": read, "notify": write}, {("GET", "/v1/x"), ("POST", "/v1/x")}, INFO)
    assert document["paths"]["/v1/x"]["get"]["tags"] == ["identity"]
    assert document["paths"]["/v1/x"]["post"]["tags"] == ["notify"]
