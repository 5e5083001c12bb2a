"""Callers of one moment share a statement: each gets its own answer, and nobody is left without one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import pytest

from shared.context import correlation_id
from shared.db import Database, Tx, Unavailable
from shared.together import MOST_ITEMS, GoAlone, Together

DIVIDE = """
SELECT 100 / number AS quotient
  FROM unnest($1::integer[]) WITH ORDINALITY AS given (number, place)
 ORDER BY place
"""


class Dividing:
    """Divides 100 by each number, all of a statement at once; `held` keeps the first statement back."""

    def __init__(self, db: Database) -> None:
        self.together = Together("divide", self._divide, db.read)
        self.held = asyncio.Event()
        self.statements: list[list[int]] = []

    async def _divide(self, tx: Tx, numbers: Sequence[int]) -> Sequence[int]:
        self.statements.append(list(numbers))
        if len(self.statements) == 1:
            await self.held.wait()
        return [row["quotient"] for row in await tx.fetch(DIVIDE, list(numbers))]

    async def ask(self, *numbers: int) -> list["asyncio.Task[int]"]:
        """Ask by so many callers; they have all come when this returns."""
        asked = [asyncio.create_task(self.together.do(number)) for number in numbers]
        await asyncio.sleep(0)
        return asked


@pytest.fixture
def dividing(payments_db: Database) -> Dividing:
    """A statement that callers share, on a real database."""
    return Dividing(payments_db)


async def test_one_caller_goes_alone_and_at_once(dividing: Dividing) -> None:
    """Nobody waits for company."""
    dividing.held.set()
    assert await dividing.together.do(20) == 5
    assert dividing.statements == [[20]]


async def test_who_comes_while_a_statement_is_under_way_goes_with_the_next(dividing: Dividing) -> None:
    """Each hears the answer to its own number, in whatever order they came."""
    [first] = await dividing.ask(50)
    await asyncio.sleep(0)
    others = await dividing.ask(25, 4, 10)
    dividing.held.set()
    assert await asyncio.gather(first, *others) == [2, 4, 25, 10]
    assert dividing.statements == [[50], [25, 4, 10]]


async def test_a_crowd_goes_in_several_statements(dividing: Dividing) -> None:
    """However many wait, a statement stays of a size that the database answers soon."""
    crowd = await dividing.ask(*range(1, 2 * MOST_ITEMS + 2))
    dividing.held.set()
    assert await asyncio.gather(*crowd) == [100 // number for number in range(1, 2 * MOST_ITEMS + 2)]
    assert [len(numbers) for numbers in dividing.statements] == [MOST_ITEMS, MOST_ITEMS, 1]


async def test_after_a_mistake_all_who_went_together_are_told_to_go_alone(dividing: Dividing) -> None:
    """Nobody knows whose it was, and nobody waits while another is tried; who went alone hears what was wrong."""
    asked = await dividing.ask(50, 0, 25)
    dividing.held.set()
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [GoAlone] * 3
    with pytest.raises(asyncpg.DivisionByZeroError):
        await dividing.together.do(0)
    assert await dividing.together.do(50) == 2
    assert dividing.statements == [[50, 0, 25], [0], [50]]


async def test_who_goes_away_takes_nobody_along(dividing: Dividing) -> None:
    """A caller that is cancelled, before or during its statement, leaves the others as they are."""
    asked = await dividing.ask(50, 20, 25)
    asked[0].cancel()
    await asyncio.sleep(0)
    late = await dividing.ask(10, 5)
    late[1].cancel()
    dividing.held.set()
    assert list(await asyncio.gather(asked[1], asked[2], late[0])) == [5, 4, 10]
    assert [it.cancelled() for it in (*asked, *late)] == [True, False, False, False, True]


async def echo(_tx: Tx, numbers: Sequence[int]) -> Sequence[int]:
    """Work that needs no database."""
    return numbers


async def test_a_database_that_is_away_is_told_to_all_who_wait() -> None:
    """They are not asked to go alone, where it is away as well; whoever comes later is asked for again."""
    statements: list[int] = []

    async def run(_work: Callable[[Tx], Awaitable[Sequence[int]]]) -> Sequence[int]:
        statements.append(1)
        raise Unavailable("nobody answers")

    together = Together("away", echo, run)
    outcomes = await asyncio.gather(*(together.do(number) for number in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 5
    with pytest.raises(Unavailable):
        await together.do(6)
    assert len(statements) == 2


async def test_nobody_waits_behind_others_for_long(payments_db: Database) -> None:
    """While a statement is slow, those behind it hear so in time, and are in no statement when it has ended."""
    slow = asyncio.Event()
    done: list[Sequence[int]] = []

    async def note(_tx: Tx, numbers: Sequence[int]) -> Sequence[int]:
        done.append(numbers)
        await slow.wait()
        return numbers

    together = Together("slow", note, payments_db.read, longest_wait_seconds=0.05)
    first = asyncio.create_task(together.do(1))
    while not done:
        await asyncio.sleep(0)
    late = await asyncio.gather(together.do(2), together.do(3), return_exceptions=True)
    assert [type(outcome) for outcome in late] == [Unavailable] * 2
    assert not first.done()
    slow.set()
    assert (await first, await together.do(4)) == (1, 4)
    assert done == [[1], [4]]
    assert together.waiting_count == 0


@pytest.mark.parametrize("answers", [[], [1, 2, 3]])
async def test_an_answer_too_few_or_too_many_leaves_nobody_waiting(payments_db: Database, answers: list[int]) -> None:
    """A mistake of ours is an error for all of them, not a request that never ends."""

    async def wrong(_tx: Tx, _numbers: Sequence[int]) -> Sequence[int]:
        return answers

    together = Together("wrong", wrong, payments_db.read)
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(together.do(1), together.do(2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [GoAlone] * 2


async def test_a_statement_that_is_cancelled_leaves_nobody_waiting() -> None:
    """Libraries raise a cancellation unasked now and then: those of that statement and those behind it hear of it."""
    begun = asyncio.Event()

    async def run(_work: Callable[[Tx], Awaitable[Sequence[int]]]) -> Sequence[int]:
        begun.set()
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    together = Together("cancelled", echo, run)
    first = asyncio.create_task(together.do(1))
    await begun.wait()
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(first, together.do(2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 2


async def test_a_statement_of_many_is_done_in_nobodys_name(payments_db: Database) -> None:
    """What is noted with the request of one caller, a correlation id say, is not taken for that of the others."""
    seen: list[str] = []

    async def look(tx: Tx, items: Sequence[str]) -> Sequence[str]:
        seen.append(correlation_id.get())
        return [str(await tx.fetchval("SELECT 1")) for _ in items]

    together = Together("look", look, payments_db.read)
    before = correlation_id.get()

    async def ask(name: str) -> None:
        correlation_id.set(name)
        await together.do(name)

    await asyncio.gather(*(asyncio.create_task(ask(name)) for name in ("first", "second", "third")))
    assert set(seen) == {before}
