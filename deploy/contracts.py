"""`make contracts`: schemas, AsyncAPI document and catalog page, written anew from the contract classes.

Refuses when a class breaks what is committed: fields may be added, none removed, retyped or newly required. The tests
do the same check, and refuse files that are not as this step would write them. Next: `contract_schemas.py`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from deploy.contract_asyncapi import asyncapi_of
from deploy.contract_page import page_of, public_and_private
from deploy.contract_schemas import breaks, schema_of
from deploy.services import EMITTERS, WITH_DATABASE, facts_of, subscriptions_of
from shared.contracts.identity import SessionEndedV1
from shared.fact import Fact

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "shared" / "contracts"
SCHEMAS = CONTRACTS / "schemas"


def all_facts() -> list[type[Fact]]:
    """Every contract class."""
    return [fact for service in EMITTERS for fact in facts_of(service)]


def files() -> dict[Path, str]:
    """What each generated file must hold."""
    public, private = public_and_private(all_facts())
    hearers: dict[type[Fact], list[str]] = {}
    for service in WITH_DATABASE:
        for fact in subscriptions_of(service):
            hearers.setdefault(fact, []).append(service)
    hearers.setdefault(SessionEndedV1, []).append("gateway")
    return {
        **{SCHEMAS / f"{fact.TYPE}.json": _json(schema_of(fact)) for fact in (*public, *private)},
        CONTRACTS / "asyncapi.json": _json(asyncapi_of(public)),
        ROOT / "docs" / "events.md": page_of(public, private, hearers),
    }


def broken_promises(committed: Path = SCHEMAS) -> list[str]:
    """What the classes no longer keep of the committed schemas, a schema whose class is gone included."""
    facts = {fact.TYPE: fact for fact in all_facts()}
    broken = []
    for path in sorted(committed.glob("*.json")):
        fact = facts.get(path.stem)
        if fact is None:
            broken.append(f"{path.stem} was removed")
        else:
            broken += [f"{path.stem}: {why}" for why in breaks(json.loads(path.read_text()), schema_of(fact))]
    return broken


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the files, unless a promise is broken."""
    broken = broken_promises()
    if broken:
        sys.stderr.write("A contract is only added to. Make a V2 beside the old class instead:\n")
        sys.stderr.writelines(f"  {line}\n" for line in broken)
        return 1
    SCHEMAS.mkdir(exist_ok=True)
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
