"""What every service of ours answers to the gateway, besides its public calls. Next: `identity.py`."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import orjson
from pydantic import AwareDatetime, BaseModel, ValidationError

from services.gateway.domain.owner import Owner
from services.gateway.providers.refusal import refusal_from
from services.gateway.providers.upstream import ServiceAway, Upstream, UpstreamAnswer, UpstreamCall
from services.gateway.providers.visit import Visit
from shared.context import correlation_id

GATEWAY_KEY_HEADER = "Portal-Gateway-Key"
REQUEST_ID_HEADER = "X-Request-Id"
READY_TIMEOUT_SECONDS = 2.0
Model = TypeVar("Model", bound=BaseModel)


class AnswerNotUnderstood(ServiceAway):
    """The service answered something that the gateway does not understand: another version, or a fault."""


class _ClockShown(BaseModel):
    now: AwareDatetime


class _NextDue(BaseModel):
    due_at: AwareDatetime | None


class _Pending(BaseModel):
    pending: dict[str, int]


class _Document(BaseModel, extra="allow"):
    paths: dict[str, Any]


class PortalService:
    """A service behind the gateway."""

    OWNER: ClassVar[Owner]

    def __init__(self, upstream: Upstream, gateway_key: str) -> None:
        self._upstream = upstream
        self._gateway_key = gateway_key

    async def forward(self, call: UpstreamCall) -> UpstreamAnswer:
        """Pass a public call on, as it is but for the gateway's key. Raises ServiceAway, ServiceSlow."""
        headers = {**call.headers, GATEWAY_KEY_HEADER: self._gateway_key}
        return await self._upstream.send(
            UpstreamCall(call.method, call.path, headers, call.body, may_repeat=call.may_repeat)
        )

    async def is_ready(self) -> bool:
        """Whether the service says that it can work."""
        try:
            async with asyncio.timeout(READY_TIMEOUT_SECONDS):
                return (await self._upstream.send(UpstreamCall("GET", "/readyz"))).status == 200
        except (ServiceAway, TimeoutError):
            return False

    async def openapi_part(self) -> Mapping[str, Any]:
        """The service's own part of the API document. Raises ServiceAway."""
        return (await self._ask(_Document, "GET", "/internal/openapi.json")).model_dump()

    async def clock_now(self) -> datetime:
        """Business time as the service sees it. Raises ServiceAway."""
        return (await self._ask(_ClockShown, "GET", "/sandbox/clock")).now

    async def set_clock(self, now: datetime) -> None:
        """Move the service's business time; a clock that ran past the instant meanwhile is left. Raises ServiceAway."""
        body = _ClockShown(now=now).model_dump_json().encode()
        answer = await self._call("PUT", "/sandbox/clock", body)
        if answer.status >= 400 and answer.status != 409:
            raise AnswerNotUnderstood(self.OWNER)

    async def next_due_at(self) -> datetime | None:
        """The business instant of the service's earliest timer, or None. Raises ServiceAway."""
        return (await self._ask(_NextDue, "GET", "/sandbox/next-due")).due_at

    async def pending(self) -> Mapping[str, int]:
        """How much the service has still to do, by kind. Raises ServiceAway."""
        return (await self._ask(_Pending, "GET", "/sandbox/pending")).pending

    async def _answer(
        self,
        model: type[Model],
        visit: Visit,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str = "",
    ) -> Model:
        """A public call on behalf of a visit, read as `model`. Raises ServiceRefused, ServiceAway."""
        answer = await self._done(visit, method, path, body, key=key)
        try:
            return model.model_validate_json(answer.body)
        except ValidationError as error:
            raise AnswerNotUnderstood(self.OWNER) from error

    async def _done(
        self, visit: Visit, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str = ""
    ) -> UpstreamAnswer:
        """A public call on behalf of a visit. Raises ServiceRefused, also for a 503 that says why; ServiceAway."""
        sent = None if body is None else orjson.dumps(body)
        answer = await self.forward(visit.call(method, path, sent, key=key))
        if answer.status >= 500 and answer.status != 503:
            raise AnswerNotUnderstood(self.OWNER)
        if answer.status >= 400:
            raise refusal_from(answer)
        return answer

    async def _ask(self, model: type[Model], method: str, path: str, body: bytes | None = None) -> Model:
        """Raises AnswerNotUnderstood for anything but a 200 with the model's fields."""
        answer = await self._call(method, path, body)
        return self._read(model, answer)

    async def _call(self, method: str, path: str, body: bytes | None) -> UpstreamAnswer:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if request_id := correlation_id.get():
            headers[REQUEST_ID_HEADER] = request_id
        return await self.forward(UpstreamCall(method, path, headers, body, may_repeat=True))

    def _read(self, model: type[Model], answer: UpstreamAnswer) -> Model:
        if answer.status != 200:
            raise AnswerNotUnderstood(self.OWNER)
        try:
            return model.model_validate_json(answer.body)
        except ValidationError as error:
            raise AnswerNotUnderstood(self.OWNER) from error
