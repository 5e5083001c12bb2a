"""A service's URLs as a table: each row says the rule by which it may be called. What is not listed does not exist.

Next: `shared/http/app.py` serves the table.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel

from shared.http.problems import not_found
from shared.http.streaming import BodyStream
from shared.http.tokens import Caller

P = TypeVar("P")
B = TypeVar("B")


class Who(StrEnum):
    """The rule of a route: who may call it."""

    ANYONE = "anyone"
    ACCOUNT = "account"
    MEMBER = "member"
    PARTNER = "partner"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with a status or headers of its own; `body` is a model or bytes that are ready."""

    body: BaseModel | bytes | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Call(Generic[P, B]):
    """One request, checked: the caller is allowed, the body and query fit their models.

    `stream` is the body of a streamed route, to be read piece by piece; `raw_body` is then empty.
    """

    parts: P
    body: B
    query: Any
    path: Mapping[str, str]
    headers: Mapping[str, str]
    caller: Caller | None
    idempotency_key: str
    client_address: str
    user_agent: str
    request_id: str
    raw_body: bytes
    raw_query: str
    clock: Callable[[], datetime]
    stream: BodyStream | None = None

    def now(self) -> datetime:
        """Business time."""
        return self.clock()

    @property
    def account_id(self) -> UUID:
        """The account that is logged in; only on routes that ask for one."""
        assert self.caller is not None  # noqa: S101 - the route's rule has seen to it
        return self.caller.subject

    @property
    def member_id(self) -> UUID:
        """The member record of the verified account; only on MEMBER routes."""
        assert self.caller is not None  # noqa: S101 - the route's rule has seen to it
        assert self.caller.member_id is not None  # noqa: S101 - the route's rule has seen to it
        return self.caller.member_id

    def uuid(self, name: str) -> UUID:
        """A path value as an id; what is no UUID cannot exist, so it is a 404."""
        try:
            return UUID(self.path[name])
        except ValueError:
            raise not_found() from None


Handler = Callable[[Call[Any, Any]], Awaitable[BaseModel | Reply | None]]


@dataclass(frozen=True, slots=True)
class Route:
    """One URL: what comes in, what goes out, who may call. `problems` lists its own problem codes for the docs.

    `streamed` is the content type of a body that is not read before the handler: it comes as `Call.stream`.
    """

    method: str
    path: str
    handler: Handler
    who: Who
    summary: str
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    status: int = 200
    idempotent: bool = False
    max_body_bytes: int | None = None
    streamed: str | None = None
    problems: tuple[str, ...] = ()
