"""One public OpenAPI document from the parts of the services.

Only what the gateway lists is shown. Two services may give one name to different schemas: the later one is renamed.
Next: `usecases/describe_api.py` fetches the parts.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

Part = Mapping[str, Any]
OPENAPI_VERSION = "3.1.0"
_REFERENCE = "#/components/"


def merge_parts(parts: Mapping[str, Part], listed: Collection[tuple[str, str]], info: Part) -> dict[str, Any]:
    """Merge the parts, by service name, keeping the operations in `listed` as (METHOD, path)."""
    paths: dict[str, Any] = {}
    components: dict[str, dict[str, Any]] = {}
    tags: list[dict[str, str]] = []
    for service, part in parts.items():
        shown = {"paths": _listed_paths(service, part, listed), "components": part.get("components", {})}
        shown = _renamed(shown, _clashes(service, shown["components"], components))
        if shown["paths"]:
            tags.append({"name": service})
        for path, item in shown["paths"].items():
            paths.setdefault(path, {}).update(item)
        for kind, named in shown["components"].items():
            components.setdefault(kind, {}).update(named)
    document = {"openapi": OPENAPI_VERSION, "info": dict(info), "tags": tags, "paths": dict(sorted(paths.items()))}
    return _without_unused(document | {"components": components})


def _listed_paths(service: str, part: Part, listed: Collection[tuple[str, str]]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for path, item in part.get("paths", {}).items():
        for method, operation in item.items():
            if (method.upper(), path) in listed:
                shown.setdefault(path, {})[method] = {**operation, "tags": [service]}
    return shown


def _clashes(service: str, new: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, str]:
    """References to rename: the same name, another meaning."""
    return {
        f"{_REFERENCE}{kind}/{name}": f"{_REFERENCE}{kind}/{service.capitalize()}{name}"
        for kind, named in new.items()
        for name, meaning in named.items()
        if kept.get(kind, {}).get(name, meaning) != meaning
    }


def _renamed(shown: dict[str, Any], references: Mapping[str, str]) -> dict[str, Any]:
    if not references:
        return shown
    components = {
        kind: {references.get(f"{_REFERENCE}{kind}/{name}", name).rpartition("/")[2]: it for name, it in named.items()}
        for kind, named in shown["components"].items()
    }
    renamed: dict[str, Any] = _with_references({**shown, "components": components}, references)
    return renamed


def _with_references(node: Any, references: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {
            key: references.get(value, value)
            if key == "$ref" and isinstance(value, str)
            else _with_references(value, references)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_with_references(item, references) for item in node]
    return node


def _without_unused(document: dict[str, Any]) -> dict[str, Any]:
    """Drop schemas that only unlisted routes used; again, until each one left is used by something."""
    schemas = document["components"].get("schemas", {})
    while unused := [name for name in schemas if f'"{_REFERENCE}schemas/{name}"' not in json.dumps(document)]:
        for name in unused:
            del schemas[name]
    return document
