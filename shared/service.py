"""What a service is: its tables of routes, subscriptions and jobs, and how its parts are built.

`services/X/wiring.py` fills this in; `shared/command.py` runs it; `shared/running.py` serves it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from aiohttp import web

from shared.clocks import BusinessClock
from shared.db import Database
from shared.http.app import Problems
from shared.http.routes import Route
from shared.inbox import Subscriptions
from shared.jobs import Job
from shared.settings import ServiceSettings

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Core:
    """What every service gets: its settings, its database (None for the stateless gateway) and the business clock."""

    settings: Any
    database: Database | None
    clock: BusinessClock

    @property
    def db(self) -> Database:
        """The database of a service that has one. Raises CannotStart where none is set."""
        if self.database is None:
            raise CannotStart("there is no database here: PORTAL_POSTGRES_DSN is not set")
        return self.database


@dataclass(frozen=True, slots=True)
class Check:
    """An invariant: a query that must return no row, at any moment unless `settled_only`."""

    name: str
    title: str
    sql: str
    settled_only: bool = False


async def _nothing_missing(_parts: Any) -> Sequence[str]:
    return ()


def _nothing_pending(_parts: Any) -> Mapping[str, int]:
    return {}


async def _no_gauges(_parts: Any) -> Mapping[str, float]:
    return {}


def _as_it_is(_app: web.Application, _parts: Any) -> None:
    return


Command = Callable[[Any, Sequence[str]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Service(Generic[P]):
    """One service.

    `ready` names what it still misses; `pending` counts its calls to the outside that are under way; `gauges` is read
    at each scrape of `/metrics`; `extend` may change the application before it starts.
    """

    name: str
    settings: type[ServiceSettings]
    routes: tuple[Route, ...]
    build: Callable[[Core], AbstractAsyncContextManager[P]]
    problems: Problems = field(default_factory=dict)
    subscriptions: Subscriptions = field(default_factory=dict)
    jobs: tuple[Job[P], ...] = ()
    checks: tuple[Check, ...] = ()
    commands: Mapping[str, Command] = field(default_factory=dict)
    ready: Callable[[P], Awaitable[Sequence[str]]] = _nothing_missing
    pending: Callable[[P], Mapping[str, int]] = _nothing_pending
    gauges: Callable[[P], Awaitable[Mapping[str, float]]] = _no_gauges
    extend: Callable[[web.Application, P], None] = _as_it_is

    @property
    def queue(self) -> str:
        """The queue that the deploy step declares for this service."""
        return f"{self.name}.inbox"


class CannotStart(Exception):
    """Something that this process needs is missing or forbidden here; the message says what to do."""
