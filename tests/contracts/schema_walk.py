"""A request model as a list of its fields, each with what it must be, read from the model's JSON schema.

Next: `good_values.py` fills the fields, `bad_values.py` breaks them one by one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

Form = Mapping[str, Any]
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """One field of a body: where it is, what it must be; `model` is the title of the object that has it."""

    place: Place
    form: Form
    is_required: bool
    is_nullable: bool
    model: str

    @property
    def name(self) -> str:
        """The last name on the way to it: an entry of a list is called as the list."""
        return next(str(part) for part in reversed(self.place) if isinstance(part, str))

    @property
    def kind(self) -> str:
        """What it must be: `uuid`, `date`, `enum`, `pattern`, `secret`, `multiline` or `text`, or the JSON type."""
        form = self.form
        if "enum" in form or "const" in form:
            return "enum"
        if form.get("type") != "string":
            return str(form.get("type"))
        kinds = {"uuid": "uuid", "date": "date", "password": "secret", "multiline": "multiline"}
        return kinds.get(form.get("format", ""), "pattern" if "pattern" in form else "text")


def schema_of(model: type[BaseModel]) -> Form:
    """The JSON schema of what the model reads, by the names that callers use."""
    return model.model_json_schema(by_alias=True, mode="validation")


def resolved(form: Form, definitions: Form) -> tuple[Form, bool]:
    """The form behind references, and whether null will do as well."""
    if "$ref" in form:
        return resolved(definitions[form["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" not in form:
        return form, False
    others = [it for it in form["anyOf"] if it.get("type") != "null"]
    assert len(others) == 1, f"a choice of several forms: teach this test to break it: {form}"
    found, _ = resolved(others[0], definitions)
    return found, len(others) < len(form["anyOf"])


def spots(model: type[BaseModel], body: Any) -> Iterator[Spot]:
    """Every field that `body` shows, nested ones too, parents first."""
    schema = schema_of(model)
    yield from _inside(schema, schema.get("$defs", {}), body, (), model.__name__)


def _inside(form: Form, definitions: Form, body: Any, place: Place, model: str) -> Iterator[Spot]:
    """The fields in an object, a mapping or a list."""
    required = form.get("required", ())
    if isinstance(body, list):
        parts = {0: form["items"]} if body else {}
    elif isinstance(body, dict) and "properties" in form:
        parts, model = form["properties"], str(form.get("title", model))
    elif isinstance(body, dict):
        parts = dict.fromkeys(body, form["additionalProperties"])
    else:
        return
    for name, part in parts.items():
        if isinstance(body, list) or name in body:
            found, is_nullable = resolved(part, definitions)
            yield Spot((*place, name), found, name in required, is_nullable, model)
            yield from _inside(found, definitions, body[name], (*place, name), model)


def query_spots(model: type[BaseModel]) -> list[Spot]:
    """Every parameter of a query model."""
    schema = schema_of(model)
    found = []
    for name, part in schema["properties"].items():
        form, _ = resolved(part, schema.get("$defs", {}))
        found.append(Spot((name,), form, name in schema.get("required", ()), is_nullable=False, model=model.__name__))
    return found
