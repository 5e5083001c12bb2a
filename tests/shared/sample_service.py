"""A tiny service with a route of each rule, for tests of the HTTP side: it answers what it was given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from shared.http.app import Problems
from shared.http.models import Cents, Input, Output, short_text
from shared.http.problems import Problem
from shared.http.routes import Call, Reply, Route, Who
from shared.service import Core, Service
from shared.settings import ServiceSettings
from shared.testing.clock import FixedClock
from shared.testing.http import ServiceUnderTest, base_settings, serving


class Thing(Input):
    """A body with a field of each kind."""

    name: short_text(40)  # type: ignore[valid-type] # mypy does not see types made by a function
    amount_cents: Cents
    due_on: Annotated[date, Field(strict=False)] | None = None
    thing_id: Annotated[UUID, Field(strict=False)] | None = None
    is_urgent: bool = False
    tags: Annotated[list[short_text(10)], Field(max_length=3), Field(default_factory=list)]  # type: ignore[valid-type] # as above


class ThingsQuery(Input):
    """A query."""

    limit: Annotated[int, Field(ge=1, le=100)] = 25
    cursor: short_text(20) | None = None  # type: ignore[valid-type] # as above


class Told(Output):
    """What the service was told."""

    name: str = ""
    subject: str = ""
    key: str = ""
    user_agent: str = ""
    client_address: str = ""
    request_id: str = ""
    limit: int = 0


class Sold(Exception):
    """An error of the domain; its text is never shown."""


@dataclass
class SampleParts:
    """Which error the route `/v1/fails` raises."""

    error: Exception = field(default_factory=lambda: RuntimeError("secret 123-45-6789"))


async def tell(call: Call[SampleParts, Thing | None]) -> Told:
    """Tell what came in."""
    return Told(
        name=call.body.name if call.body else "",
        subject=str(call.caller.subject) if call.caller else "",
        key=call.idempotency_key,
        user_agent=call.user_agent,
        client_address=call.client_address,
        request_id=call.request_id,
        limit=call.query.limit if call.query else 0,
    )


async def show(call: Call[SampleParts, None]) -> Told:
    """Show the thing that the path names by its id."""
    return Told(name=str(call.uuid("thing_id")))


async def look_up(call: Call[SampleParts, None]) -> Told:
    """Show the thing that the path names by a text."""
    return Told(name=call.path["reference"])


async def remove(_call: Call[SampleParts, None]) -> None:
    """Answer nothing."""
    return


async def fail(call: Call[SampleParts, None]) -> Told:
    """Raise what the parts say."""
    raise call.parts.error


async def raw(_call: Call[SampleParts, None]) -> Reply:
    """Answer bytes with a status and a header of their own."""
    return Reply(b"<b>", status=202, headers={"X-Sample": "1"}, content_type="text/html")


ROUTES = (
    Route("POST", "/v1/things", tell, who=Who.ANYONE, summary="Tell", body=Thing, answer=Told, status=201),
    Route("GET", "/v1/things", tell, who=Who.ANYONE, summary="List", query=ThingsQuery, answer=Told),
    Route("GET", "/v1/things/{thing_id}", show, who=Who.ANYONE, summary="Show", answer=Told),
    Route("DELETE", "/v1/things/{thing_id}", remove, who=Who.ANYONE, summary="Remove", status=204),
    Route("GET", "/v1/references/{reference}", look_up, who=Who.ANYONE, summary="Look up", answer=Told),
    Route("POST", "/v1/orders", tell, who=Who.MEMBER, summary="Order", body=Thing, answer=Told, idempotent=True),
    Route("GET", "/v1/account", tell, who=Who.ACCOUNT, summary="Account", answer=Told),
    Route("GET", "/v1/member", tell, who=Who.MEMBER, summary="Member", answer=Told),
    Route("GET", "/v1/partner", tell, who=Who.PARTNER, summary="Partner", answer=Told),
    Route("GET", "/v1/internal", tell, who=Who.GATEWAY, summary="Internal", answer=Told),
    Route("POST", "/v1/fails", fail, who=Who.ANYONE, summary="Fail"),
    Route("GET", "/v1/raw", raw, who=Who.ANYONE, summary="Raw"),
    Route("POST", "/v1/large", tell, who=Who.ANYONE, summary="Large", max_body_bytes=300_000),
)
PROBLEMS: Problems = {Sold: lambda _error: Problem(409, "sold", "This is sold.")}


@asynccontextmanager
async def build(_core: Core) -> AsyncIterator[SampleParts]:
    """The parts."""
    yield SampleParts()


SERVICE: Service[SampleParts] = Service(
    name="payments", settings=ServiceSettings, routes=ROUTES, build=build, problems=PROBLEMS
)


@asynccontextmanager
async def sample_service(parts: SampleParts | None = None, **settings: Any) -> AsyncIterator[ServiceUnderTest]:
    """The sample service behind HTTP, without a database."""
    told = ServiceSettings(**base_settings(**settings))
    async with serving(SERVICE, parts or SampleParts(), told, None, FixedClock()) as service:
        yield service
