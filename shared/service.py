"""What a service is: its tables of routes, subscriptions and jobs, and how its parts are built.

`services/X/wiring.py` fills this in; `shared/command.py` runs it; `shared/running.py` serves it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from aiohttp import web

from shared.clocks import BusinessClock
from shared.db import Database, Tx
from shared.http.app import Problems
from shared.http.routes import Route
from shared.inbox import Subscriptions, WriteHeard
from shared.jobs import Job
from shared.settings import ServiceSettings
from shared.switches import Switches

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Core:
    """What every service gets: its settings, its database (None for the stateless gateway), the business clock, and
    the switches that operators set.
    """

    settings: Any
    database: Database | None
    clock: BusinessClock
    switches: Switches = field(default_factory=Switches)

    @property
    def db(self) -> Database:
        """The database of a service that has one. Raises CannotStart where none is set."""
        if self.database is None:
            raise CannotStart("there is no database here: PORTAL_POSTGRES_DSN is not set")
        return self.database


@dataclass(frozen=True, slots=True)
class Check:
    """An invariant: a query that must return no row, at any moment unless `settled_only`.

    A `watched` one is also looked at by a timer and shown in the metrics.
    """

    name: str
    title: str
    sql: str
    settled_only: bool = False
    watched: bool = False


async def _nothing_missing(_parts: Any) -> Sequence[str]:
    return ()


def _nothing_pending(_parts: Any) -> Mapping[str, int]:
    return {}


async def _no_gauges(_tx: Tx) -> Mapping[str, float]:
    return {}


def _no_gauges_in_memory(_parts: Any) -> Mapping[str, float]:
    return {}


def _as_it_is(_app: web.Application, _parts: Any) -> None:
    return


Command = Callable[[Any, Sequence[str]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Service(Generic[P]):
    """One service.

    `write_heard` writes what the handlers of a batch of facts have returned, see `shared/inbox.py`;
    `ready` names what it still misses; `pending` counts its calls to the outside that are under way; `gauges` and
    `gauges_in_memory` are read at each scrape of `/metrics`, so what they cost must not grow with the tables;
    `slow_counts` are queries whose rows a slow timer counts; `switches` says by name what operators can stop;
    `extend` may change the application before it starts. Strangers call an `is_public` service: it shows them no
    metrics and believes nothing that they say of a trace.
    """

    name: str
    settings: type[ServiceSettings]
    routes: tuple[Route, ...]
    build: Callable[[Core], AbstractAsyncContextManager[P]]
    problems: Problems = field(default_factory=dict)
    subscriptions: Subscriptions = field(default_factory=dict)
    write_heard: WriteHeard | None = None
    jobs: tuple[Job[P], ...] = ()
    checks: tuple[Check, ...] = ()
    commands: Mapping[str, Command] = field(default_factory=dict)
    ready: Callable[[P], Awaitable[Sequence[str]]] = _nothing_missing
    pending: Callable[[P], Mapping[str, int]] = _nothing_pending
    gauges: Callable[[Tx], Awaitable[Mapping[str, float]]] = _no_gauges
    gauges_in_memory: Callable[[P], Mapping[str, float]] = _no_gauges_in_memory
    slow_counts: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)
    is_public: bool = False
    extend: Callable[[web.Application, P], None] = _as_it_is

    @property
    def queue(self) -> str:
        """The queue that the deploy step declares for this service."""
        return f"{self.name}.inbox"


class CannotStart(Exception):
    """Something that this process needs is missing or forbidden here; the message says what to do."""
