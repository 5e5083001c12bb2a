"""One statement for what many callers ask of the database at the same moment.

Nobody waits for company: what comes while a statement is under way goes with the next one, so one caller goes alone and
many share what a statement costs beside its rows: the round trip, its start, its commit and the disk. Next:
`shared/db.py` runs it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from prometheus_client import Histogram

from shared.db import Tx, Unavailable
from shared.telemetry import step

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST_ITEMS = 32
ITEMS = Histogram(
    "portal_together_items", "How many callers shared a statement", ["statement"], buckets=(1, 2, 4, 8, 16, MOST_ITEMS)
)


class Together(Generic[Item, Answer]):
    """Does `work`, one statement for any number of items, for callers who each bring one.

    `work` gives an answer for each item, in their order, or raises and has changed nothing. Then each of its items goes
    alone, so that a caller hears only of what is wrong with its own. `run` is `Database.read` or `write_alone`. One
    statement is under way at a time; `name` is how metrics call it.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Tx, Sequence[Item]], Awaitable[Sequence[Answer]]],
        run: Callable[[Callable[[Tx], Awaitable[Sequence[Answer]]]], Awaitable[Sequence[Answer]]],
    ) -> None:
        self._work = work
        self._run = run
        self._waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._flight: asyncio.Task[None] | None = None
        self._items = ITEMS.labels(name)

    async def do(self, item: Item) -> Answer:
        """The answer to one item. Raises what `work` raises for it alone, and Unavailable.

        A caller that is cancelled meanwhile does not stop its item: it may be written all the same.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._flight is None:
            # in no caller's context: it is of many, and none of their traces and names is its own
            self._flight = asyncio.create_task(self._fly(), context=Context())
        with step("transaction", "client", {"db.system.name": "postgresql"}):
            return await answer

    async def _fly(self) -> None:
        try:
            while self._waiting:
                together = [self._waiting.popleft() for _ in range(min(MOST_ITEMS, len(self._waiting)))]
                self._items.observe(len(together))
                if not await self._went(together, is_last_try=len(together) == 1):
                    for one in together:
                        await self._went([one], is_last_try=True)
        finally:
            self._flight = None

    async def _went(self, together: Sequence[tuple[Item, "asyncio.Future[Answer]"]], *, is_last_try: bool) -> bool:
        """Whether every item has its answer now: of the statement, or on the last try its error."""
        items = [item for item, _ in together]
        try:
            answers = await self._run(lambda tx: self._work(tx, items))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for those who wait
            if not is_last_try and not isinstance(error, Unavailable):
                return False
            for _, waiting in together:
                if not waiting.done():
                    waiting.set_exception(error)
            return True
        for (_, waiting), answer in zip(together, answers, strict=True):
            if not waiting.done():
                waiting.set_result(answer)
        return True
