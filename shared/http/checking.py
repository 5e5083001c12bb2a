"""From a raw request to a checked `Call`: limits, caller, idempotency key, body and query, in that order."""

import asyncio
import hmac
import re
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from shared.http.problems import (
    MOST_ERRORS,
    FieldError,
    Problem,
    invalid_fields,
    not_found,
    not_logged_in,
    not_readable,
    shown_name,
    too_large,
    too_slow,
)
from shared.http.routes import Call, Route, Who
from shared.http.streaming import BodyStream
from shared.http.tokens import Caller, TokenInvalid, TokenVerifier

GATEWAY_KEY = "Portal-Gateway-Key"
CLIENT_ADDRESS = "Portal-Client-Address"
CLIENT_DEVICE = "Portal-Client-Device"
IDEMPOTENCY_KEY = "Idempotency-Key"
KEY_FORM = re.compile(r"[\x21-\x7e]{1,255}")


class Checker:
    """Checks requests for one service."""

    def __init__(
        self, verifier: TokenVerifier, gateway_key: str, parts: Any, clock: Any, body_timeout_seconds: float
    ) -> None:
        self._verifier = verifier
        self._gateway_key = gateway_key.encode()
        self._parts = parts
        self._clock = clock
        self._body_timeout_seconds = body_timeout_seconds

    async def call(self, route: Route, request: web.Request, request_id: str) -> Call[Any, Any]:
        """The checked call. Raises Problem for whatever is wrong with the request."""
        if not all(value.isprintable() for value in request.match_info.values()):
            raise not_found()
        from_gateway = self._from_gateway(request)
        caller = self._caller(route, request, from_gateway=from_gateway)
        key = idempotency_key(request) if route.idempotent else ""
        query = parse_query(route.query, request) if route.streamed else None
        reads = request.can_read_body and not route.streamed
        raw = await read_body(request, self._body_timeout_seconds) if reads else b""
        clock: Any = self._clock.now
        return Call(
            parts=self._parts,
            body=parse_body(route.body, raw) if route.body else None,
            query=query if route.streamed else parse_query(route.query, request),
            path=request.match_info,
            headers=request.headers,
            caller=caller,
            idempotency_key=key,
            client_address=(_readable(request, CLIENT_ADDRESS) if from_gateway else "") or request.remote or "",
            user_agent=_readable(request, "User-Agent")[:300],
            request_id=request_id,
            raw_body=raw,
            raw_query=request.rel_url.raw_query_string,
            clock=clock,
            stream=BodyStream(request, route.max_body_bytes, self._body_timeout_seconds) if route.streamed else None,
        )

    def _from_gateway(self, request: web.Request) -> bool:
        shown = request.headers.get(GATEWAY_KEY, "").encode(errors="replace")
        return bool(self._gateway_key) and hmac.compare_digest(shown, self._gateway_key)

    def _caller(self, route: Route, request: web.Request, *, from_gateway: bool) -> Caller | None:
        if route.who is Who.ANYONE:
            return None
        if route.who is Who.GATEWAY:
            if not from_gateway:
                raise not_found()
            return None
        caller = self._verified(request)
        wanted = "partner" if route.who is Who.PARTNER else "member"
        if caller.audience != wanted:
            raise Problem(403, "not-allowed", "This is not open to you.", f"It needs a {wanted}'s credentials.")
        if route.who is Who.MEMBER and caller.member_id is None:
            raise Problem(
                403,
                "not-verified",
                "Please verify your identity first.",
                "We show bills and take payments once we know that your enrollment is yours.",
            )
        return caller

    def _verified(self, request: web.Request) -> Caller:
        shown = request.headers.getall("Authorization", [])
        if len(shown) != 1 or not shown[0].startswith("Bearer "):
            raise not_logged_in()
        try:
            return self._verifier.verify(shown[0][7:])
        except TokenInvalid:
            raise not_logged_in() from None


async def read_body(request: web.Request, timeout_seconds: float) -> bytes:
    """The whole body, unpacked. Raises Problem: 408 where it is late, 413 above the limit, 400 where it breaks off."""
    is_here = request.content.is_eof()  # as small ones mostly are, together with their header: no time limit to set up
    try:
        async with asyncio.timeout(None if is_here else timeout_seconds):
            return await request.read()
    except TimeoutError:
        raise too_slow() from None
    except web.HTTPRequestEntityTooLarge:
        raise too_large() from None
    except (ValueError, web.RequestPayloadError):
        raise not_readable() from None


def _readable(request: web.Request, header: str) -> str:
    """A header as text that can be stored: what is no text, or is no character to print, becomes `?`."""
    text = request.headers.get(header, "")
    return text if text.isprintable() else "".join(it if it.isprintable() else "?" for it in text)


def idempotency_key(request: web.Request) -> str:
    """The key of a request that must happen once. Raises Problem when it is missing or malformed."""
    shown = request.headers.getall(IDEMPOTENCY_KEY, [])
    if not shown or not shown[0]:
        raise Problem(
            400,
            "idempotency-key-missing",
            "The header Idempotency-Key is missing.",
            "Make up a new value for each payment (a UUID, say) and send the same one when you try again.",
        )
    if len(shown) > 1 or not KEY_FORM.fullmatch(shown[0]):
        raise Problem(
            400,
            "idempotency-key-invalid",
            "The header Idempotency-Key cannot be used.",
            "Send it once, with 1 to 255 visible ASCII characters.",
        )
    return shown[0]


def parse_body(model: type[BaseModel], raw: bytes) -> BaseModel:
    """The validated body. Raises Problem: 400 when it is not JSON, 422 naming each wrong field."""
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        if error.errors(include_input=False)[0]["type"] == "json_invalid":
            raise not_json() from None
        raise invalid_fields(error) from None


def not_json() -> Problem:
    """The 400 of a body that is no JSON."""
    return Problem(400, "not-json", "The body is not JSON.", "Send a JSON object in UTF-8.")


def parse_query(model: type[BaseModel] | None, request: web.Request) -> BaseModel | None:
    """The validated query; unknown and doubled parameters are named. Raises Problem."""
    names = [name for name, _ in request.query.items()]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        errors = [FieldError(f"?{shown_name(name)}", "This is given more than once.") for name in sorted(doubled)]
        raise Problem(422, "invalid-fields", "Some fields need to be corrected.", errors=errors[:MOST_ERRORS])
    if model is None:
        return None
    try:
        return model.model_validate_strings(dict(request.query), strict=False)
    except ValidationError as error:
        raise invalid_fields(error, where="?") from None
