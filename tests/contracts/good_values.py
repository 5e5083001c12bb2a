"""Bodies that a request model takes: made from its schema, with known values for fields that have rules of their own.

A new model needs nothing here unless a field of it has such a rule; the test then says which. Next: `bad_values.py`.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from shared.clocks import business_day
from shared.testing.clock import FixedClock
from tests.contracts.schema_walk import Form, Spot, resolved, schema_of
from tests.identity import people

Known = Mapping[str, Callable[[], Awaitable[Any]]]
NEVER_TOGETHER: Mapping[str, tuple[frozenset[str], ...]] = {
    "NewPayment": (frozenset({"method", "quote_id"}), frozenset({"method_id", "policy_ids"})),
    "EnrollmentBody": (frozenset({"coverage_end_on"}), frozenset()),
    "NewPasswordReset": (frozenset({"email"}), frozenset({"username"})),
}
"""By model: fields to leave out, at any depth, one body for each set: a field is broken in the first that shows it."""

_numbers = count(1)
VALUES: Mapping[str, Callable[[], Any]] = {
    "ssn": lambda: people.SSN,
    "username": lambda: f"visitor-{next(_numbers)}",
    "LogInBody.username": lambda: "nobody.at.all",
    "password": lambda: people.PASSWORD,
    "old_password": lambda: people.PASSWORD,
    "new_password": lambda: people.OTHER_PASSWORD,
    "email": lambda: "visitor@mail.test",
    "phone": lambda: "202-555-0143",
    "state": lambda: "NY",
    "zip": lambda: "12345",
    "date_of_birth": lambda: "1984-05-17",
    "coverage_end_on": lambda: "2027-12-31",
    "premium_cents": lambda: 41_255,
    "InsurerBody.id": lambda: "blueharbor",
    "control_number": lambda: f"C-{next(_numbers)}",
    "policy_number": lambda: f"BH-{next(_numbers)}",
    "quote_id": lambda: "0123456789abcdef",
    "pay_on": lambda: business_day(FixedClock().now()).isoformat(),
    "payment_reference": lambda: "HC-7K2M-9QXA-4",
    "answers": lambda: people.RIGHT_ANSWERS,
}
"""Values by `Model.field` or `field`, for what a form alone does not tell; a new one at each call where it must be."""


def left_out(model: type[BaseModel]) -> tuple[frozenset[str], ...]:
    """What to leave out of a model's bodies, so that each of its fields is in one of them."""
    return NEVER_TOGETHER.get(model.__name__, (frozenset(),))


class GoodBodies:
    """Makes bodies; `known` are values that only a running portal can give, such as ids of what is there."""

    def __init__(self, known: Known) -> None:
        self._known = known

    async def make(self, model: type[BaseModel], without: frozenset[str] = frozenset()) -> dict[str, Any]:
        """A body with every field but those left out. Fails when the model does not take it."""
        schema = schema_of(model)
        body = await self._object(schema, schema.get("$defs", {}), model.__name__, without)
        try:
            model.model_validate_json(json.dumps(body))
        except ValidationError as error:
            places = sorted({".".join(map(str, it["loc"])) for it in error.errors(include_input=False)})
            raise AssertionError(f"{model.__name__}: give a value for {places} in {__name__}") from None
        return body

    async def _object(self, form: Form, definitions: Form, title: str, without: frozenset[str]) -> dict[str, Any]:
        made = {}
        for name, part in form["properties"].items():
            if name not in without:
                found, _ = resolved(part, definitions)
                made[name] = await self._value(found, definitions, str(form.get("title", title)), name, without)
        return made

    async def _value(self, form: Form, definitions: Form, title: str, name: str, without: frozenset[str]) -> Any:
        for key in (f"{title}.{name}", name):
            if key in self._known:
                return await self._known[key]()
            if key in VALUES:
                return VALUES[key]()
        spot = Spot((name,), form, is_required=True, is_nullable=False, model=title)
        match spot.kind:
            case "object" if "properties" in form:
                return await self._object(form, definitions, title, without)
            case "object":
                return {"one": "One"}
            case "array":
                items, _ = resolved(form["items"], definitions)
                return [await self._value(items, definitions, title, name, without)]
        return _plain(spot)


def _plain(spot: Spot) -> Any:
    form = spot.form
    match spot.kind:
        case "enum":
            return form["const"] if "const" in form else form["enum"][0]
        case "uuid":
            return str(uuid4())
        case "date":
            return "2027-01-01"
        case "integer":
            return form.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return "Sample"
