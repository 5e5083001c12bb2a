"""The AsyncAPI document: whole, public events only, and served by the gateway as it is committed."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from deploy import contracts
from shared.fact import Exchange
from tests.gateway.gateway_world import open_world

PUBLIC = {fact.TYPE: fact for fact in contracts.all_facts() if fact.EXCHANGE is Exchange.EVENTS}
PRIVATE = {fact.TYPE: fact for fact in contracts.all_facts() if fact.EXCHANGE is Exchange.PRIVATE}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """As it is committed."""
    found: dict[str, Any] = json.loads((contracts.CONTRACTS / "asyncapi.json").read_text())
    return found


def references(value: Any) -> Iterator[str]:
    """Every reference in a document."""
    if isinstance(value, dict):
        yield from (value["$ref"] for _ in "1" if "$ref" in value)
        for held in value.values():
            yield from references(held)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def resolved(document: Any, reference: str) -> Any:
    """What a reference leads to."""
    found = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def test_it_has_the_parts_that_asyncapi_3_asks_for(document: dict[str, Any]) -> None:
    """By hand, after the specification: its own schema comes in no package that we have."""
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(document["info"])
    assert set(document) == {
        "asyncapi", "info", "defaultContentType", "servers", "channels", "operations", "components"
    }  # fmt: skip
    for server in document["servers"].values():
        assert {"host", "protocol"} <= set(server)
    for channel in document["channels"].values():
        named = set(channel["parameters"])
        assert all(f"{{{name}}}" in channel["address"] for name in named)
        assert channel["bindings"]["amqp"]["is"] == "routingKey"
    for operation in document["operations"].values():
        assert operation["action"] == "send"
        channel = resolved(document, operation["channel"]["$ref"])
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{operation['channel']['$ref']}/messages/")
            assert message["$ref"].rpartition("/")[2] in channel["messages"]


def test_every_reference_leads_somewhere_inside(document: dict[str, Any]) -> None:
    """Nothing is left out, nothing is fetched from elsewhere."""
    found = set(references(document))
    assert len(found) > 20
    for reference in found:
        assert reference.startswith("#/")
        assert resolved(document, reference)


def test_it_tells_every_public_event_and_no_private_one(document: dict[str, Any]) -> None:
    """Each type once as channel, operation, message and schema; of the private ones not even the name."""
    assert set(document["channels"]) == set(PUBLIC)
    assert set(document["components"]["messages"]) == set(PUBLIC)
    assert set(PUBLIC) < set(document["components"]["schemas"])
    assert len(document["operations"]) == len(PUBLIC)
    text = json.dumps(document)
    assert [fact_type for fact_type in PRIVATE if fact_type in text] == []
    assert "portal.private" not in text
    for channel in document["channels"].values():
        assert channel["bindings"]["amqp"]["exchange"]["name"] == "portal.events"


def test_examples_are_messages(document: dict[str, Any]) -> None:
    """Headers and body of each example are what their schemas ask for, and agree with each other."""
    for fact_type, message in document["components"]["messages"].items():
        (example,) = message["examples"]
        for part, name in (("headers", "headers"), ("payload", fact_type)):
            schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(example[part])
        assert example["headers"]["ce-type"] == fact_type
        assert example["headers"]["ce-sequence"] == str(example["payload"]["version"])
        assert example["headers"]["ce-subject"] == example["payload"][PUBLIC[fact_type].SUBJECT]


async def test_the_gateway_serves_it_to_everybody() -> None:
    """Without a log-in, byte for byte what is committed."""
    async with open_world() as world:
        answered = await world.gateway.call("GET", "/asyncapi.json")
    assert answered.status == 200
    assert answered.headers["Content-Type"].startswith("application/json")
    assert answered.body == json.loads((contracts.CONTRACTS / "asyncapi.json").read_text())


def test_the_catalog_tells_every_event_and_field() -> None:
    """docs/events.md has a heading for each fact and a row for each field."""
    page = (contracts.ROOT / "docs" / "events.md").read_text()
    for fact in contracts.all_facts():
        assert f"\n#### {fact.TYPE}\n" in page
        for name in fact.model_fields:
            assert f"| `{name}` |" in page
