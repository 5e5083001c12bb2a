"""The public facts as an AsyncAPI 3.0 document, which the gateway serves at `/asyncapi.json`."""

from collections.abc import Sequence
from typing import Any

from deploy.contract_examples import INSTANT, example_of
from deploy.contract_schemas import Schema, schema_of, text_of
from shared.fact import Envelope, Fact

HEADERS = {
    "ce-specversion": "The version of CloudEvents: 1.0.",
    "ce-id": "The event's id. The same event may come twice: with the same id.",
    "ce-type": "What happened, with the version of its body.",
    "ce-source": "Who says it.",
    "ce-subject": "The id of the thing it is about.",
    "ce-time": "When it happened.",
    "ce-sequence": "The version of the subject after it, `version` in the body: order a subject's events by it.",
    "ce-correlationid": "The same for all that followed from one request.",
    "ce-causationid": "The request or event that this one followed from.",
    "ce-traceparent": "W3C trace context, where somebody traces.",
}
OPTIONAL = ("ce-traceparent",)
EXAMPLE_ID = "b6f0c2de-5c7e-4f0a-9f0e-0d9a1c1b7a11"
ABOUT = """What the Health Connector Payment Portal announces to other systems, over RabbitMQ (AMQP 0-9-1).

Each message is a CloudEvent 1.0 in binary mode: attributes in the headers `ce-…`, the fact as JSON in the body, which
has the whole state of its subject after the fact. Fields are only ever added: ignore what you do not know. A break is a
new type beside the old one. Messages come at least once; those of one subject are ordered by `ce-sequence`.

An operator gives each subscriber a user, a queue that it reads, and a history of 90 days; a subscriber declares and
binds nothing."""


def asyncapi_of(facts: Sequence[type[Fact]]) -> dict[str, Any]:
    """The document. Each fact is a channel of its own: a routing key of the exchange."""
    schemas: dict[str, Any] = {}
    for fact in facts:
        schema = schema_of(fact)
        parts = schema.pop("$defs", {})
        schema.pop("$schema")
        schemas |= {name: _pointed(held) for name, held in {**parts, fact.TYPE: schema}.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Health Connector Payment Portal: events", "version": "1.0.0", "description": ABOUT},
        "defaultContentType": "application/json",
        "servers": {"broker": _server()},
        "channels": {fact.TYPE: _channel(fact) for fact in facts},
        "operations": {f"announce.{fact.TYPE}": _operation(fact) for fact in facts},
        "components": {
            "messages": {fact.TYPE: _message(fact) for fact in facts},
            "schemas": {"headers": _headers(), **schemas},
        },
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{host}",
        "protocol": "amqp",
        "protocolVersion": "0-9-1",
        "description": "The portal's broker.",
        "variables": {"host": {"description": "Host and port, as the operator told you."}},
    }


def _channel(fact: type[Fact]) -> dict[str, Any]:
    exchange = {"name": fact.EXCHANGE.value, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    return {
        "address": f"{fact.TYPE}.{{insurer_id}}",
        "description": text_of(fact),
        "messages": {fact.TYPE: {"$ref": f"#/components/messages/{fact.TYPE}"}},
        "parameters": {
            "insurer_id": {
                "description": "Whose policy it is about: an insurer's id; `several` for a payment for policies of "
                "several insurers, `none` where no insurer applies.",
                "examples": ["evergreen"],
            }
        },
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operation(fact: type[Fact]) -> dict[str, Any]:
    return {
        "action": "send",
        "summary": text_of(fact).partition("\n")[0],
        "channel": {"$ref": f"#/channels/{fact.TYPE}"},
        "messages": [{"$ref": f"#/channels/{fact.TYPE}/messages/{fact.TYPE}"}],
    }


def _message(fact: type[Fact]) -> dict[str, Any]:
    payload = example_of(schema_of(fact))
    return {
        "name": fact.TYPE,
        "title": fact.TYPE,
        "summary": text_of(fact).partition("\n")[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/headers"},
        "payload": {"$ref": f"#/components/schemas/{fact.TYPE}"},
        "correlationId": {"location": "$message.header#/ce-correlationid"},
        "bindings": {"amqp": {"messageType": fact.TYPE, "bindingVersion": "0.3.0"}},
        "examples": [{"name": "example", "headers": example_headers(fact, payload), "payload": payload}],
    }


def example_headers(fact: type[Fact], payload: dict[str, Any]) -> dict[str, str]:
    """The headers that a message with this body has."""
    told = fact.model_validate(payload)
    envelope = Envelope(
        event_id=EXAMPLE_ID,  # type: ignore[arg-type] # an id as it is written
        type=fact.TYPE,
        source=fact.SOURCE,
        subject=told.subject,
        time=told.occurred_at,
        sequence=told.version,
        correlation_id="req-4b1f",
        causation_id="req-4b1f",
    )
    return envelope.headers() | {"ce-time": INSTANT}


def _headers() -> Schema:
    return {
        "type": "object",
        "required": [name for name in HEADERS if name not in OPTIONAL],
        "properties": {name: {"type": "string", "description": words} for name, words in HEADERS.items()},
    }


def _pointed(value: Any) -> Any:
    """References into a schema of its own lead to the document's components."""
    if isinstance(value, dict):
        return {
            name: held.replace("#/$defs/", "#/components/schemas/") if name == "$ref" else _pointed(held)
            for name, held in value.items()
        }
    return [_pointed(item) for item in value] if isinstance(value, list) else value
