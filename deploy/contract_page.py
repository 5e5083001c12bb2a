"""`docs/events.md`: the catalog of facts for people. Made from the classes; `contracts.py` writes it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from deploy.contract_asyncapi import HEADERS
from deploy.contract_examples import example_of
from deploy.contract_schemas import Schema, schema_of, text_of
from shared.fact import Exchange, Fact

WORDS = {"uuid": "UUID", "date": "day", "date-time": "instant", "string": "text"}
SHOWN = "payment.succeeded.v1"
"""Where there are several of a family, its first one is shown as an example, or this one."""
Hearers = Mapping[type[Fact], Sequence[str]]

HEAD = """# Events

What services tell each other and, where it is public, other systems. This page is made from the classes in
`shared/contracts/` by `make contracts`; the schemas of the bodies are in `shared/contracts/schemas/`, and the public
part is an AsyncAPI 3.0 document that the portal serves at `/asyncapi.json`.

## How a message looks

RabbitMQ, AMQP 0-9-1, two topic exchanges: `portal.events` has public facts, without names, addresses or contact data;
`portal.private` is for the portal's own services. The routing key is the type and the insurer's id, such as
`payment.succeeded.v1.evergreen`. The last word is `several` for a payment for policies of several insurers, so that
neither learns what its member has with another, and `none` where no insurer applies.

A message is a CloudEvent 1.0 in binary mode: the body is the fact as JSON (`content-type: application/json`), the
attributes are headers, all of them strings:

| header | what it says |
|---|---|
"""
RULES = """
Rules for whoever listens:

- **A message may come twice**, with the same `ce-id`: keep the ids that had their effect.
- **Order** the events of one subject by `ce-sequence`. It grows; gaps are normal, so wait for none.
- **A body has the whole state** of its subject after the fact: a copy needs no other event, and the newest sequence is
  the truth.
- **Fields are only added**, and lists of values may grow: ignore what you do not know. A break is a new type (`….v2`)
  beside the old one.
- **Acknowledge after your commit**: what is not acknowledged comes again.
- Money is in cents of USD (`…_cents`), instants (`…_at`) are RFC 3339 in UTC, days (`…_on`) are days in New York.

## How to hear them

An operator gives each outside subscriber a user of its own and says which events of which insurers it hears:

```
.venv/bin/python -m deploy.topology subscriber add NAME --insurer ID --events 'payment.*'
```

It prints once what the subscriber needs: an address with a password, the name of its queue and that of its history.
With them it can read these two and nothing else. The **queue** keeps up to 100,000 messages that were not
acknowledged (the oldest go first) and gives them to one reader at a time. The **history** is a stream of the same
messages, kept for 90 days, from the day the subscriber was added: read it from the beginning (argument
`x-stream-offset` of `first`), as often as needed to repair what was lost. What was said before that day is not in it.
`subscriber list`, `password` and `remove` do the rest; with `--rabbitmqctl COMMAND` they work on any broker.

`examples/subscriber/` is a program that does all of this in 150 lines; its README starts where you have these three
values.
"""


def page_of(public: Sequence[type[Fact]], private: Sequence[type[Fact]], hearers: Hearers) -> str:
    """The whole page."""
    parts = [HEAD, *(f"| `{name}` | {words} |\n" for name, words in HEADERS.items()), RULES]
    parts += ["\n## Public events\n\nOn `portal.events`.\n", *_families(public, hearers)]
    parts += ["\n## Private events\n\nOn `portal.private`, for the portal's own services. No subscriber hears them.\n"]
    return "".join([*parts, *_families(private, hearers)])


def _families(facts: Sequence[type[Fact]], hearers: Hearers) -> Iterator[str]:
    for subject, group in groupby(facts, key=lambda fact: fact.SUBJECT):
        family = list(group)
        schemas = [schema_of(fact) for fact in family]
        common = [name for name in schemas[0]["properties"] if all(name in it["properties"] for it in schemas)]
        yield f"\n### About a {subject.removesuffix('_id').replace('_', ' ')}\n\n"
        yield f"The subject (`ce-subject`) is the `{subject}`; `ce-source` is `{family[0].SOURCE}`.\n"
        words = text_of(family[0].__mro__[1]) if family[0].__mro__[1].__doc__ else ""
        yield f"\n{words}\n" if words and len(family) > 1 else ""
        for fact, schema in zip(family, schemas, strict=True):
            yield from _event(fact, schema, common, hearers.get(fact, ()))
        yield f"\nFields of {'each of them' if len(family) > 1 else 'it'}:\n\n"
        yield from _table(schemas[0], common)
        shown = next((schema for schema in schemas if schema["title"] == SHOWN), schemas[0])
        example = example_of(shown)
        yield f"\nThe body of a `{shown['title']}`:\n\n```json\n{json.dumps(example, indent=2)}\n```\n"


def _event(fact: type[Fact], schema: Schema, common: Sequence[str], heard_by: Sequence[str]) -> Iterator[str]:
    yield f"\n#### {fact.TYPE}\n\n{text_of(fact)}\n"
    yield f"\nHeard by {', '.join(heard_by)}.\n" if heard_by else ""
    own = [name for name in schema["properties"] if name not in common]
    if own:
        yield "\n"
        yield from _table(schema, own)


def _table(schema: Schema, names: Sequence[str]) -> Iterator[str]:
    yield "| field | type | what it says |\n|---|---|---|\n"
    for name in names:
        held = schema["properties"][name]
        yield f"| `{name}` | {_kind(held)} | {held.get('description', '')} |\n"
        part = _part_of(held, schema)
        if part is not None:
            for inner, inner_held in part["properties"].items():
                yield f"| `{name}.{inner}` | {_kind(inner_held)} | {inner_held.get('description', '')} |\n"


def _part_of(held: Schema, root: Schema) -> Schema | None:
    reference = held.get("$ref") or held.get("items", {}).get("$ref")
    return root["$defs"][reference.rpartition("/")[2]] if reference else None


def _kind(held: Schema) -> str:
    if "anyOf" in held:
        return " or ".join(_kind(choice) for choice in held["anyOf"])
    if "enum" in held or "const" in held:
        values: list[Any] = held.get("enum", [held.get("const")])
        return " ".join(f"`{value}`" for value in values)
    if held.get("type") == "array":
        return "list"
    if "$ref" in held:
        return "object"
    kind: str = held["type"]
    return WORDS.get(held.get("format", kind), kind)


def public_and_private(facts: Sequence[type[Fact]]) -> tuple[list[type[Fact]], list[type[Fact]]]:
    """The facts of each exchange, those about the same kind of thing side by side."""
    subjects = list(dict.fromkeys(fact.SUBJECT for fact in facts))
    ordered = sorted(facts, key=lambda fact: subjects.index(fact.SUBJECT))
    return (
        [fact for fact in ordered if fact.EXCHANGE is Exchange.EVENTS],
        [fact for fact in ordered if fact.EXCHANGE is Exchange.PRIVATE],
    )
