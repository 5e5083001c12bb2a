"""One statement for what many callers ask of the database at the same moment.

Nobody waits for company: what comes while a statement is under way goes with the next one, so one caller goes alone and
many share what a statement costs beside its rows: the round trip, its start, its commit and the disk. Next:
`shared/db.py` runs it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import copy_context
from typing import Generic, TypeVar

import structlog
from prometheus_client import Counter, Histogram

from shared.db import ACQUIRE_TIMEOUT_SECONDS, Tx, Unavailable
from shared.log import describe
from shared.telemetry import step

log = structlog.get_logger()

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST_ITEMS = 32
ITEMS = Histogram(
    "portal_together_items", "How many callers shared a statement", ["statement"], buckets=(1, 2, 4, 8, 16, MOST_ITEMS)
)
REFUSED = Counter("portal_together_refused", "Statements of several callers that failed: all go alone", ["statement"])


class GoAlone(Exception):
    """The statement of many failed, for one of them or for all: do it alone, and look up first how things stand."""


class Together(Generic[Item, Answer]):
    """Does `work`, one statement for any number of items, for callers who each bring one.

    `work` gives an answer for each item, in their order; `run` is `Database.read` or `write_alone`. A caller that went
    alone hears what was wrong; of those who went together nobody knows whose fault it was, so all are told to go alone,
    and none waits while another does. One statement is under way at a time; `name` is how metrics and traces call it.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Tx, Sequence[Item]], Awaitable[Sequence[Answer]]],
        run: Callable[[Callable[[Tx], Awaitable[Sequence[Answer]]]], Awaitable[Sequence[Answer]]],
        *,
        longest_wait_seconds: float = ACQUIRE_TIMEOUT_SECONDS,
    ) -> None:
        self._name = name
        self._work = work
        self._run = run
        self._longest_wait_seconds = longest_wait_seconds
        self._waiting: deque[tuple[asyncio.TimerHandle, Item, asyncio.Future[Answer]]] = deque()
        self._context = copy_context()
        self._flight: asyncio.Task[None] | None = None
        self._items = ITEMS.labels(name)
        self._refused = REFUSED.labels(name)

    @property
    def waiting_count(self) -> int:
        """How many wait for the statement that is under way to end."""
        return len(self._waiting)

    async def do(self, item: Item) -> Answer:
        """The answer to one item.

        Raises GoAlone after a failure in company, what `work` raises when it went alone, and Unavailable; also when it
        waits for its statement for longer than one waits for a connection, and then it is in none. After GoAlone and
        another Unavailable it may have been written all the same: the answer to a commit can be lost. So it may when
        the caller is cancelled meanwhile.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        too_late = loop.call_later(self._longest_wait_seconds, _fail, answer, Unavailable("those before take too long"))
        self._waiting.append((too_late, item, answer))
        if self._flight is None or self._flight.done():
            # in no caller's context: it is of many, and none of their traces and names is its own
            self._flight = asyncio.create_task(self._fly(), context=self._context.copy())
        with step(f"{self._name} together", "client", {"db.system.name": "postgresql"}):
            return await answer

    async def _fly(self) -> None:
        try:
            while self._waiting:
                await self._go(self._next_together())
        finally:
            # only when this task itself is ended: nobody may be left waiting for ever
            self._flight = None
            while self._waiting:
                _, _, answer = self._waiting.popleft()
                _fail(answer, Unavailable("the process ends"))

    def _next_together(self) -> list[tuple[Item, "asyncio.Future[Answer]"]]:
        """Who goes now; not who has gone away, or has heard that it takes too long."""
        together: list[tuple[Item, asyncio.Future[Answer]]] = []
        while self._waiting and len(together) < MOST_ITEMS:
            too_late, item, answer = self._waiting.popleft()
            too_late.cancel()
            if not answer.done():
                together.append((item, answer))
        return together

    async def _go(self, together: Sequence[tuple[Item, "asyncio.Future[Answer]"]]) -> None:
        items = [item for item, _ in together]
        if not items:
            return
        self._items.observe(len(items))
        try:
            answers = await self._run(lambda tx: self._work(tx, items))
            for (_, waiting), answer in list(zip(together, answers, strict=True)):
                if not waiting.done():
                    waiting.set_result(answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for those who wait
            told: Exception = error
            if len(items) > 1 and not isinstance(error, Unavailable):
                self._refused.inc()
                log.info("together_refused", kind=self._name, count=len(items), **describe(error))
                told = GoAlone()
            for _, waiting in together:
                _fail(waiting, told)
        finally:
            for _, waiting in together:
                _fail(waiting, Unavailable("the process ends"))


def _fail(waiting: "asyncio.Future[Answer]", error: Exception) -> None:
    """Tell one who waits, if nobody has yet; each has an exception of its own, as each adds its own way to it."""
    if not waiting.done():
        waiting.set_exception(type(error)(*error.args) if isinstance(error, GoAlone | Unavailable) else error)
