"""A service's part of the OpenAPI 3.1 document, made from its route table and the models that validate.

Next: the service serves it at `/internal/openapi.json`; the gateway merges the parts into the public document.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson
from openapi_pydantic import (
    Components,
    Header,
    Info,
    MediaType,
    OpenAPI,
    Operation,
    Parameter,
    PathItem,
    Paths,
    Reference,
    RequestBody,
    Response,
    Schema,
    SecurityScheme,
)
from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from shared.http.checking import IDEMPOTENCY_KEY, KEY_FORM
from shared.http.models import Output
from shared.http.problems import CONTENT_TYPE
from shared.http.routes import Call, Reply, Route, Who

REFERENCE = "#/components/schemas/{model}"
JSON = "application/json"
SESSION, PARTNER_KEY = "session", "partner_key"
_IN_PATH = re.compile(r"\{(\w+)\}")
_CAMEL = re.compile(r"\W+")

Models = Mapping[Any, dict[str, Any]]  # by (model, mode), as pydantic returns them


class ProblemField(Output):
    """One field that has to be corrected; `pointer` is a JSON pointer into the body, or `?name` for the query."""

    pointer: str
    code: str
    message: str


class ProblemShown(BaseModel):
    """An error (RFC 9457): the last part of `type` is a stable code, `title` is for people. Some say more, by name."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    request_id: str
    detail: str | None = None
    errors: tuple[ProblemField, ...] = ()


def openapi_route(routes: Sequence[Route]) -> Route:
    """The row `GET /internal/openapi.json`, for the gateway only, that shows the part of a service's table."""
    shown = orjson.dumps(openapi_part(routes))

    async def show(_call: Call[Any, None]) -> Reply:
        return Reply(shown)

    return Route("GET", "/internal/openapi.json", show, who=Who.GATEWAY, summary="This service's part of the API")


def openapi_part(routes: Sequence[Route]) -> dict[str, Any]:
    """Describe every public route of the table; those that only the gateway may call are left out."""
    public = [route for route in routes if route.who is not Who.GATEWAY]
    models, definitions = models_json_schema(_models(public), by_alias=True, ref_template=REFERENCE)
    paths: Paths = {}
    for route in public:
        item = paths.setdefault(route.path, PathItem())
        setattr(item, route.method.lower(), _operation(route, models, definitions))
    document = OpenAPI(
        openapi="3.1.0",
        info=Info(title="One service's part", version="1"),
        paths=paths,
        components=Components(
            schemas={name: Schema.model_validate(it) for name, it in definitions.get("$defs", {}).items()},
            securitySchemes={
                SESSION: SecurityScheme(type="http", scheme="bearer", description="The token of `POST /v1/sessions`."),
                PARTNER_KEY: SecurityScheme(type="http", scheme="bearer", description="A partner's key."),
            },
        ),
    )
    shown: dict[str, Any] = document.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)
    return shown


def _models(routes: Sequence[Route]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(ProblemShown, "serialization"): None}
    for route in routes:
        for model in (route.body, route.query):
            if model is not None:
                wanted[(model, "validation")] = None
        if route.answer is not None:
            wanted[(route.answer, "serialization")] = None
    return list(wanted)


def _operation(route: Route, models: Models, definitions: Mapping[str, Any]) -> Operation:
    return Operation(
        operationId=_CAMEL.sub("_", f"{route.method.lower()}{route.path}").strip("_"),
        summary=route.summary,
        parameters=_parameters(route, definitions) or None,
        requestBody=_body(route, models),
        responses=_answers(route, models),
        security=_security(route),
    )


def _security(route: Route) -> list[dict[str, list[str]]]:
    match route.who:
        case Who.ACCOUNT | Who.MEMBER:
            return [{SESSION: []}]
        case Who.PARTNER:
            return [{PARTNER_KEY: []}]
        case Who.ANYONE | Who.GATEWAY:
            return []


def _parameters(route: Route, definitions: Mapping[str, Any]) -> list[Parameter | Reference]:
    found: list[Parameter | Reference] = [
        _parameter(name, "path", {"type": "string"}, required=True) for name in _IN_PATH.findall(route.path)
    ]
    if route.query is not None:
        schema = definitions["$defs"][route.query.__name__]
        required = schema.get("required", ())
        found += [_parameter(name, "query", it, required=name in required) for name, it in schema["properties"].items()]
    if route.idempotent:
        key = {"type": "string", "pattern": f"^{KEY_FORM.pattern}$"}
        text = "Made up by the caller; the same key with the same body is carried out once."
        found.append(_parameter(IDEMPOTENCY_KEY, "header", key, required=True, description=text))
    return found


def _parameter(
    name: str,
    place: Literal["path", "query", "header"],
    schema: Mapping[str, Any],
    *,
    required: bool,
    description: str | None = None,
) -> Parameter:
    return Parameter.model_validate(
        {"name": name, "in": place, "required": required, "schema": schema, "description": description}
    )


def _body(route: Route, models: Models) -> RequestBody | None:
    if route.streamed is not None:
        return RequestBody(content={route.streamed: _media({"type": "string", "format": "binary"})}, required=True)
    if route.body is None:
        return None
    return RequestBody(content={JSON: _media(models[(route.body, "validation")])}, required=True)


def _media(schema: Mapping[str, Any]) -> MediaType:
    return MediaType.model_validate({"schema": schema})


def _answers(route: Route, models: Models) -> dict[str, Response | Reference]:
    problem = _media(models[(ProblemShown, "serialization")])
    answers: dict[str, Response | Reference] = {}
    if route.answer is None:
        answers["204" if route.status == 200 else str(route.status)] = Response(description="Done.")
    else:
        content = {JSON: _media(models[(route.answer, "serialization")])}
        answers[str(route.status)] = Response(description=route.summary, content=content)
    for status, text in _problem_texts(route).items():
        headers = {"Retry-After": _retry_after()} if status in ("429", "503") else None
        answers[status] = Response(description=text, content={CONTENT_TYPE: problem}, headers=headers)
    return answers


def _retry_after() -> Header:
    return Header.model_validate({"description": "Seconds to wait.", "schema": {"type": "integer"}})


def _problem_texts(route: Route) -> dict[str, str]:
    """The errors that follow from the route's rules, by status; its own codes stand under 4XX."""
    texts = {"429": "`too-many-requests`", "503": "`unavailable`: asking again is safe."}
    if route.body is not None or route.idempotent:
        texts["400"] = "`not-json`" + (", `idempotency-key-missing`" if route.idempotent else "")
    if route.body is not None or route.query is not None:
        texts["422"] = "`invalid-fields`, each named" + ("; `idempotency-key-reused`" if route.idempotent else "")
    if route.streamed is not None:
        texts["400"], texts["408"] = "`not-readable`", "`too-slow`"
    if route.body is not None or route.streamed is not None:
        texts["413"] = "`too-large`"
    if route.who in (Who.ACCOUNT, Who.MEMBER, Who.PARTNER):
        texts["401"] = "`not-logged-in`, `session-ended`" if route.who is not Who.PARTNER else "`invalid-partner-key`"
    if route.who is Who.MEMBER:
        texts["403"] = "`not-verified`"
    if "{" in route.path:
        texts["404"] = "`not-found`: unknown, or somebody else's."
    if route.problems:
        texts["4XX"] = ", ".join(f"`{code}`" for code in route.problems)
    return dict(sorted(texts.items()))
