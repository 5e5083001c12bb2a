"""JSON Schemas of the facts, made from their classes, and what may not happen to a schema once it is committed.

Next: `contract_documents.py` makes documents of them, `contracts.py` writes all to files.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.fact import Fact

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(fact: type[Fact]) -> Schema:
    """The body of a fact. What is required has always been there; readers must ignore what they do not know."""
    made = fact.model_json_schema(mode="validation")
    schema = {"$schema": DIALECT, **_without_titles(made), "title": fact.TYPE, "description": text_of(fact)}
    return {name: schema[name] for name in sorted(schema, key=_place)}


def text_of(described: type) -> str:
    """The docstring as one text: a paragraph to a line."""
    paragraphs = (described.__doc__ or "").strip().split("\n\n")
    return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _place(name: str) -> int:
    order = ("$schema", "title", "description", "type", "required", "properties", "$defs")
    return order.index(name) if name in order else len(order)


def _without_titles(value: Any) -> Any:
    """pydantic repeats each field's name as its title; a field that is called `title` is kept."""
    if isinstance(value, dict):
        return {
            name: {field: _without_titles(it) for field, it in held.items()}
            if name in ("properties", "$defs")
            else _without_titles(held)
            for name, held in value.items()
            if not (name == "title" and isinstance(held, str))
        }
    return [_without_titles(item) for item in value] if isinstance(value, list) else value


def breaks(old: Schema, new: Schema) -> list[str]:
    """What a reader of the old schema, or a message written by it, could not live with: nothing, when only added to."""
    return sorted(set(_breaks("", old, new, old, new)))


def _breaks(path: str, old: Schema, new: Schema, old_root: Schema, new_root: Schema) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    if _kind(old) != _kind(new):
        yield f"{path or 'the body'} was retyped: {_kind(old)} is {_kind(new)} now"
        return
    gone = _values(old) - _values(new)
    if gone:
        yield f"{path} can no longer be {', '.join(sorted(gone))}"
    for name, held in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{path}{name} was removed"
        else:
            yield from _breaks(f"{path}{name} ", held, new["properties"][name], old_root, new_root)
    was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
    yield from (f"{path}{name} is newly required: give it a default" for name in is_required - was_required)
    still_there = was_required & set(new.get("properties", {}))
    yield from (f"{path}{name} is no longer required" for name in still_there - is_required)
    if "items" in old:
        yield from _breaks(f"{path}[] ", old["items"], new["items"], old_root, new_root)
    for before, after in zip(_choices(old), _choices(new), strict=False):
        yield from _breaks(path, before, after, old_root, new_root)


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    return root["$defs"][reference.rpartition("/")[2]] if reference else schema


def _kind(schema: Schema) -> str:
    """What a value is, not which of its values: `string of date`, or `integer or null`."""
    if "anyOf" in schema:
        return " or ".join("object" if "$ref" in choice else _kind(choice) for choice in schema["anyOf"])
    kind = "object" if "$ref" in schema else str(schema.get("type", "anything"))
    return f"{kind} of {schema['format']}" if "format" in schema else kind


def _choices(schema: Schema) -> list[Schema]:
    choices: list[Schema] = schema.get("anyOf", [])
    return choices


def _values(schema: Mapping[str, Any]) -> set[str]:
    """The values that are listed; none where any is good."""
    return {str(value) for value in schema.get("enum", [schema["const"]] if "const" in schema else [])}
