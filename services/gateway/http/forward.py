"""Pass a public call on to the service that owns it: bytes in, bytes out; the service validates and answers.

Door by door: rate limit, who calls, headers, the service. Next: `providers/service.py`.
"""

import re
from collections.abc import Mapping
from typing import assert_never
from urllib.parse import quote

from services.gateway.domain.caller_cache import KnownCaller
from services.gateway.domain.client_address import client_address
from services.gateway.http.headers import all_values, bearer_token, passed_in, passed_out
from services.gateway.http.limits import admit
from services.gateway.http.routes import PublicRoute
from services.gateway.providers.service import REQUEST_ID_HEADER, AnswerNotUnderstood
from services.gateway.providers.upstream import UpstreamAnswer, UpstreamCall
from services.gateway.usecases.parts import Parts
from services.gateway.usecases.resolve_caller import TokenKind
from shared.http.checking import CLIENT_ADDRESS, IDEMPOTENCY_KEY
from shared.http.problems import CONTENT_TYPE as PROBLEM_TYPE
from shared.http.routes import Call, Reply, Route, Who

_IN_PATH = re.compile(r"\{(\w+)\}")


def forwarding_route(public: PublicRoute) -> Route:
    """The row of the HTTP application for a public URL; callers and keys are checked here and by its owner."""

    async def forward(call: Call[Parts, None]) -> Reply:
        return await _forward(public, call)

    return Route(
        public.method,
        public.path,
        forward,
        who=Who.ANYONE,
        summary=f"Answered by {public.owner}",
        max_body_bytes=public.max_body_bytes,
        streamed=public.streamed,
    )


async def _forward(public: PublicRoute, call: Call[Parts, None]) -> Reply:
    parts = call.parts
    address = client_address(call.client_address, ",".join(all_values(call.headers, "X-Forwarded-For")), parts.proxies)
    limits = admit(parts, public, address)
    caller = await _caller(public, call)
    upstream = _upstream_call(public, call, caller, address)
    try:
        answer = await parts.services[public.owner].forward(upstream)
    finally:
        if public.changes_caller and caller is not None:
            parts.callers.forget_account(caller.holder_id)
    return _reply(public, answer, limits)


async def _caller(public: PublicRoute, call: Call[Parts, None]) -> KnownCaller | None:
    match public.who:
        case Who.ANYONE | Who.GATEWAY:
            return None
        case Who.ACCOUNT | Who.MEMBER:
            return await call.parts.callers.resolve(TokenKind.SESSION, bearer_token(call.headers))
        case Who.PARTNER:
            return await call.parts.callers.resolve(TokenKind.PARTNER_KEY, bearer_token(call.headers))
        case _:
            assert_never(public.who)


def _upstream_call(
    public: PublicRoute, call: Call[Parts, None], caller: KnownCaller | None, address: str
) -> UpstreamCall:
    headers = passed_in(call.headers) | {REQUEST_ID_HEADER: call.request_id, CLIENT_ADDRESS: address}
    if caller is not None:
        headers["Authorization"] = f"Bearer {caller.service_token}"
    return UpstreamCall(
        method=public.method,
        path=_path(public.path, call.path) + (f"?{call.raw_query}" if call.raw_query else ""),
        headers=headers,
        body=call.stream or (call.raw_body if public.method != "GET" else None),
        may_repeat=public.method == "GET" or (public.idempotent and IDEMPOTENCY_KEY in headers),
    )


def _path(template: str, values: Mapping[str, str]) -> str:
    """The path again, from the listed template: whatever a value holds, it stays one segment."""
    return _IN_PATH.sub(lambda name: quote(values[name[1]], safe="", errors="replace"), template)


def _reply(public: PublicRoute, answer: UpstreamAnswer, limits: Mapping[str, str]) -> Reply:
    """The service's answer. Raises AnswerNotUnderstood for a failure which is not in our form."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    if answer.status >= 500 and kind != PROBLEM_TYPE:
        raise AnswerNotUnderstood(public.owner)
    headers = {**passed_out(answer.headers), **limits}
    return Reply(answer.body or None, answer.status, headers, kind or "application/octet-stream")
