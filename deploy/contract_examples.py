"""Examples of facts for documents: made from the schema, with words that look like the real thing."""

from typing import Any

from deploy.contract_schemas import Schema

TEXTS = {
    "agreed_cents": None,
    "coverage_month": "2027-01",
    "decline_code": None,
    "device": "Chrome on Android",
    "email": "nora@mail.example",
    "exchange_member_id": "EX-77",
    "exchange_policy_id": None,
    "expires": "2035-12",
    "first": "Nora",
    "first_name": "Nora",
    "insurer_id": "evergreen",
    "insurer_name": "Evergreen Health Plan",
    "last": "Lindqvist",
    "last4": "4242",
    "method_brand": "visa",
    "method_last4": "4242",
    "brand": "visa",
    "middle": None,
    "network_hint": "203.0.113.0/24",
    "phone": None,
    "payment_reference": None,
    "plan": "Evergreen Silver 2500",
    "policy_number": "EV-100200",
    "reason": "first_payment",
    "reference": "HC-7KQ2-M4XD-9",
    "scheduled_on": None,
    "sealed_link": "c2VhbGVkIGZvciBub3RpZnk",
    "statement_text": "HEALTHCONN HC7KQ2M4XD9",
    "suffix": None,
    "text_code": "premium",
    "token_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}
NUMBERS = {
    "version": 2,
    "premium_cents": 48_250,
    "subsidy_cents": 21_000,
    "credit_cents": 0,
    "in_flight_cents": 0,
    "paid_cents": 0,
}
USUAL_CENTS = 27_250
DAYS = {"coverage_end_on": None, "due_on": "2026-12-25", "issued_on": "2026-12-01", "paid_through_on": "2027-01-31"}
FIRST_DAY = "2027-01-01"
INSTANT = "2026-12-01T17:00:00Z"
AFTER: dict[str, dict[str, Any]] = {
    "policy.coverage_changed.v1": {"coverage_status": "active"},
    "bill.paid.v1": {"status": "paid", "paid_cents": USUAL_CENTS},
    "bill.past_due.v1": {"status": "past_due"},
    "payment.accepted.v1": {"status": "accepted"},
    "payment.succeeded.v1": {"status": "succeeded"},
    "payment.declined.v1": {"status": "declined", "decline_code": "insufficient_funds"},
    "payment.canceled.v1": {"status": "canceled", "scheduled_on": "2026-12-20", "agreed_cents": USUAL_CENTS},
    "payment.scheduled.v1": {"scheduled_on": "2026-12-20", "agreed_cents": USUAL_CENTS},
    "account.verified.v1": {"status": "verified"},
}
"""What each fact says otherwise than the first value of a list would."""


def example_of(schema: Schema) -> dict[str, Any]:
    """A body that the schema describes."""
    example: dict[str, Any] = _value("", schema, schema)
    return example | AFTER.get(schema["title"], {})


def _value(name: str, schema: Schema, root: Schema) -> Any:
    if "$ref" in schema:
        return _value(name, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        absent = {"type": "null"} in schema["anyOf"] and (TEXTS | DAYS).get(name, "") is None
        return None if absent else _value(name, schema["anyOf"][0], root)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "properties" in schema:
        return {field: _value(field, held, root) for field, held in schema["properties"].items()}
    if "items" in schema:
        return [_value(name, schema["items"], root)]
    plain = {"integer": NUMBERS.get(name, USUAL_CENTS), "boolean": True}
    return plain.get(schema["type"], _text(name, schema.get("format", "")))


def _text(name: str, kind: str) -> str:
    match kind:
        case "uuid":
            return f"{sum(name.encode()):08x}-0000-4000-8000-000000000000"
        case "date-time":
            return INSTANT
        case "date":
            return DAYS.get(name) or FIRST_DAY
        case _:
            return TEXTS.get(name) or "payment_succeeded"
