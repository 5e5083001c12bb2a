"""The gateway's own URLs of the API: a payment's receipt, the documents, and in the sandbox the clock.

Next: `receipt.py`, `usecases/describe_api.py`, `usecases/move_clock.py`, `usecases/settle.py`.
"""

from datetime import datetime, timedelta
from importlib.resources import files
from typing import Annotated, Self, cast

import orjson
from pydantic import AwareDatetime, Field, model_validator

from services.gateway.domain.clock_steps import ClockMove
from services.gateway.http.receipt import RECEIPT_ROUTE
from services.gateway.usecases.move_clock import SandboxClock
from services.gateway.usecases.parts import Parts
from shared import contracts
from shared.http.checking import parse_body
from shared.http.models import Input, Output
from shared.http.problems import not_found
from shared.http.routes import Call, Reply, Route, Who

FARTHEST_MOVE = timedelta(days=3660)
# made from the contract classes and committed beside them (`make contracts`)
_ASYNCAPI = (files(contracts) / "asyncapi.json").read_bytes()


class ClockMoveWanted(Input):
    """Exactly one of `advance` (an ISO 8601 duration such as P30D) and `to` (an instant)."""

    advance: Annotated[timedelta, Field(ge=timedelta(0), le=FARTHEST_MOVE)] | None = None
    to: AwareDatetime | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.advance is None) == (self.to is None):
            raise ValueError("Give exactly one of advance and to.")
        return self


class ClockShown(Output):
    """Business time of all services."""

    now: datetime


class Settled(Output):
    """Every service has done what it had to do."""

    status: str = "settled"


async def openapi(call: Call[Parts, None]) -> Reply:
    """The public API document."""
    return Reply(orjson.dumps(await call.parts.api.document()))


async def asyncapi(_call: Call[Parts, None]) -> Reply:
    """The public events' document."""
    return Reply(_ASYNCAPI)


async def show_clock(call: Call[Parts, None]) -> ClockShown:
    """Business time."""
    return ClockShown(now=await _clock(call).now())


async def move_clock(call: Call[Parts, None]) -> ClockShown:
    """Move business time of all services, step by step."""
    clock = _clock(call)  # before the body is looked at: outside the sandbox there is nothing here
    wanted = cast("ClockMoveWanted", parse_body(ClockMoveWanted, call.raw_body))
    return ClockShown(now=await clock.move(ClockMove(advance=wanted.advance, to=wanted.to)))


async def settle(call: Call[Parts, None]) -> Settled:
    """Wait until nothing is pending anywhere."""
    await _clock(call).settle()
    return Settled()


def _clock(call: Call[Parts, None]) -> SandboxClock:
    if call.parts.sandbox_clock is None:
        raise not_found()
    return call.parts.sandbox_clock


OWN_ROUTES: tuple[Route, ...] = (
    RECEIPT_ROUTE,
    Route("GET", "/openapi.json", openapi, who=Who.ANYONE, summary="What can be called, and how"),
    Route("GET", "/asyncapi.json", asyncapi, who=Who.ANYONE, summary="What is announced to other systems"),
    Route("GET", "/sandbox/clock", show_clock, who=Who.ANYONE, summary="Business time", answer=ClockShown),
    Route("POST", "/sandbox/clock", move_clock, who=Who.ANYONE, summary="Move business time", answer=ClockShown),
    Route("POST", "/sandbox/settle", settle, who=Who.ANYONE, summary="Wait until all is done", answer=Settled),
)
