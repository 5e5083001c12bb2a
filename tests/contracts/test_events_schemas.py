"""The committed schemas, documents and catalog are those of the contract classes, and a contract is only added to."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from deploy import contracts
from deploy.contract_examples import example_of
from deploy.contract_schemas import Schema, breaks, schema_of
from shared.fact import Fact

PAYMENT = "payment.succeeded.v1"
FACTS = contracts.all_facts()


def committed(fact_type: str) -> Schema:
    """The schema of a fact, as it is in the repository."""
    schema: Schema = json.loads((contracts.SCHEMAS / f"{fact_type}.json").read_text())
    return schema


def test_every_generated_file_is_as_make_contracts_would_write_it() -> None:
    """A changed class comes with its schema, its document and its page: run `make contracts`."""
    stale = [str(path) for path, text in contracts.files().items() if not path.exists() or path.read_text() != text]
    assert stale == []
    assert {path.stem for path in contracts.SCHEMAS.glob("*")} == {fact.TYPE for fact in FACTS}


def test_no_class_breaks_what_is_committed() -> None:
    """Who reads the committed schemas can read what the classes say."""
    assert contracts.broken_promises() == []


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TYPE)
def test_a_schema_describes_every_field_and_its_example(fact: type[Fact]) -> None:
    """Each field has words; the example is what the schema and the class take, and reads back the same."""
    schema = schema_of(fact)
    jsonschema_rs.meta.validate(schema)
    parts = [schema, *schema.get("$defs", {}).values()]
    assert [name for part in parts for name, held in part["properties"].items() if not held.get("description")] == []
    example = example_of(schema)
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(example)
    assert json.loads(fact.model_validate(example).model_dump_json()) == example


def remove(schema: Schema) -> None:
    """A field goes."""
    del schema["properties"]["amount_cents"]
    schema["required"].remove("amount_cents")


def retype(schema: Schema) -> None:
    """Cents become text."""
    schema["properties"]["amount_cents"]["type"] = "string"


def reformat(schema: Schema) -> None:
    """An instant becomes a day."""
    schema["properties"]["accepted_at"]["format"] = "date"


def refuse_null(schema: Schema) -> None:
    """What may be missing may no longer be."""
    schema["properties"]["decline_code"] = {"type": "string"}


def allow_null(schema: Schema) -> None:
    """What was always there may be missing."""
    schema["properties"]["member_id"] = {"anyOf": [schema["properties"]["member_id"], {"type": "null"}]}


def require(schema: Schema) -> None:
    """A new field that older messages do not have."""
    schema["properties"]["channel"] = {"type": "string"}
    schema["required"].append("channel")


def require_old(schema: Schema) -> None:
    """A field that older messages may lack."""
    schema["required"].append("scheduled_on")


def no_longer_require(schema: Schema) -> None:
    """A field that readers count on."""
    schema["required"].remove("reference")


def narrow(schema: Schema) -> None:
    """A value goes from a list."""
    schema["properties"]["status"]["enum"].remove("processing")


def remove_inside(schema: Schema) -> None:
    """A field goes from a part."""
    del schema["$defs"]["Allocation"]["properties"]["bill_id"]


def retype_inside(schema: Schema) -> None:
    """A field of a part becomes another."""
    schema["$defs"]["Allocation"]["properties"]["amount_cents"] = {"type": "number"}


def require_inside(schema: Schema) -> None:
    """A new required field in a part."""
    schema["$defs"]["Allocation"]["properties"]["kind"] = {"type": "string"}
    schema["$defs"]["Allocation"]["required"].append("kind")


def list_becomes_one(schema: Schema) -> None:
    """A list becomes one of its items."""
    schema["properties"]["allocations"] = {"$ref": "#/$defs/Allocation"}


BREAKS: tuple[tuple[Callable[[Schema], None], str], ...] = (
    (remove, "amount_cents was removed"),
    (retype, "amount_cents was retyped"),
    (reformat, "accepted_at was retyped"),
    (refuse_null, "decline_code was retyped"),
    (allow_null, "member_id was retyped"),
    (require, "channel is newly required"),
    (require_old, "scheduled_on is newly required"),
    (no_longer_require, "reference is no longer required"),
    (narrow, "status can no longer be processing"),
    (remove_inside, "bill_id was removed"),
    (retype_inside, "amount_cents was retyped"),
    (require_inside, "kind is newly required"),
    (list_becomes_one, "allocations was retyped"),
)


@pytest.mark.parametrize(("change", "told"), BREAKS, ids=lambda it: getattr(it, "__name__", None))
def test_a_change_that_breaks_a_reader_is_refused(change: Callable[[Schema], None], told: str) -> None:
    """Removed, retyped, newly required, at any depth: named by its field."""
    old = committed(PAYMENT)
    new = copy.deepcopy(old)
    change(new)
    (why,) = breaks(old, new)
    assert told in " ".join(why.split())


def test_what_is_added_breaks_nothing() -> None:
    """A new field with a default, a new value in a list, better words."""
    old = committed(PAYMENT)
    new = copy.deepcopy(old)
    new["properties"]["channel"] = {"type": "string", "default": "web"}
    new["properties"]["status"]["enum"].append("disputed")
    new["properties"]["amount_cents"]["description"] = "Better words."
    new["$defs"]["Allocation"]["properties"]["note"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert breaks(old, new) == []


def test_make_contracts_does_not_write_over_a_broken_promise(tmp_path: Path) -> None:
    """Against a committed schema that promised more than the class, and one whose class is gone, it names both."""
    shutil.copytree(contracts.SCHEMAS, tmp_path / "schemas")
    promised: Any = committed(PAYMENT)
    promised["properties"]["tip_cents"] = {"type": "integer"}
    (tmp_path / "schemas" / f"{PAYMENT}.json").write_text(json.dumps(promised))
    (tmp_path / "schemas" / "payment.vanished.v1.json").write_text(json.dumps(promised))
    assert contracts.broken_promises(tmp_path / "schemas") == [
        f"{PAYMENT}: tip_cents was removed",
        "payment.vanished.v1 was removed",
    ]
