"""Between bytes and models: reading bodies, writing JSON, and the one place that maps refusals to HTTP."""

import asyncio
import re
from typing import Any, TypeVar

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError

from deploy.processor_sandbox.errors import BodyNotJson, BodyUnreadable, ChargeExists, FieldInvalid, ProcessorError
from deploy.processor_sandbox.requests import KEY_PATTERN

BODY_TIMEOUT_SECONDS = 10.0
MAX_BODY_BYTES = 64 * 1024
MAX_FIELD_CHARACTERS = 64
_KEY = re.compile(KEY_PATTERN)
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)

Model = TypeVar("Model", bound=BaseModel)


def reply(answer: dict[str, Any], status: int = 200, **headers: str) -> web.Response:
    """Write `answer` as JSON; header names come with underscores for hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return web.Response(body=orjson.dumps(answer), status=status, headers={"Content-Type": "application/json", **named})


async def read_model(request: web.Request, model: type[Model]) -> Model:
    """Read the body as `model`. Raises BodyNotJson, BodyUnreadable, or FieldInvalid for the first bad field."""
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            body = await request.read()
    except (web.RequestPayloadError, TimeoutError) as error:
        raise BodyUnreadable from error
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise BodyNotJson from error
        field = ".".join(str(part) for part in first["loc"])[:MAX_FIELD_CHARACTERS]
        raise FieldInvalid(field or "body", first["msg"]) from error


def idempotency_key(request: web.Request) -> str:
    """Read the Idempotency-Key header. Raises FieldInvalid when it is absent or out of its limits."""
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise FieldInvalid("Idempotency-Key", "This header must be there, with 1 to 255 visible ASCII characters.")
    return key


def query_number(request: web.Request, name: str, default: int, allowed: range) -> int:
    """Read a whole number of the `allowed` ones from the query. Raises FieldInvalid."""
    text = request.query.get(name)
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or int(text) not in allowed:
        raise FieldInvalid(name, f"This must be a whole number from {allowed[0]} to {allowed[-1]}.")
    return int(text)


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every refusal, ours and the router's, as `{"error": {"code", "message"}}`."""
    try:
        return await handler(request)
    except ChargeExists as error:
        return reply({"error": _told(error), "charge": error.charge}, error.status)
    except ProcessorError as error:
        return reply({"error": _told(error)}, error.status)
    except web.HTTPClientError as error:
        code = error.reason.lower().replace(" ", "_")
        return reply({"error": {"code": code, "message": error.reason}}, error.status)


def _told(error: ProcessorError) -> dict[str, str]:
    told = {"code": error.code, "message": error.message}
    return told if error.field is None else {**told, "field": error.field}
