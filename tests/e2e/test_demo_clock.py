"""The clocks of a new portal are set back for its demo data, once, and never under somebody who uses it."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from deploy.local.demo import IN_USE, make_demo_data
from deploy.local.demo_clock import begin_in_the_past, counted_from
from deploy.local.folder import Folder
from deploy.local.lineup import Lineup
from deploy.local.memory import Memory
from deploy.local.ports import choose_ports
from deploy.services import WITH_DATABASE
from shared.db import Database, Tx
from shared.http.sandbox import WRITE_OFFSET, load_clock

TODAY = date(2026, 11, 24)
BACK = timedelta(days=226, hours=5)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """Of a stack that has done nothing yet."""
    return Memory(tmp_path / "done.json")


@pytest.fixture
async def operator(portal_database: str) -> AsyncIterator[Tx]:
    """A connection that sees all schemas."""
    connection = await asyncpg.connect(portal_database)
    yield connection
    await connection.close()


async def offsets(operator: Tx) -> list[float | None]:
    """How far each clock is moved."""
    return [await operator.fetchval(f"SELECT offset_seconds FROM {name}.business_clock") for name in WITH_DATABASE]  # noqa: S608 - a service's name


async def test_a_new_portal_begins_in_the_past_and_moves_on_from_there(
    portal_database: str,
    payments_db: Database,
    operator: Tx,
    memory: Memory,
) -> None:
    """All services start in the same past; moves forward are kept, a move back is not."""
    await begin_in_the_past(portal_database, memory, TODAY, BACK)
    assert await offsets(operator) == [-BACK.total_seconds()] * 3
    assert counted_from(memory) == TODAY

    clock = await load_clock(payments_db)
    assert abs(clock.now() - (datetime.now(UTC) - BACK)) < timedelta(seconds=5)
    for wanted, kept in ((-500.0, -500.0), (-900.0, -500.0), (2.5, 2.5)):
        await payments_db.write(lambda tx, wanted=wanted: tx.execute(WRITE_OFFSET, wanted))  # type: ignore[misc]  # mypy cannot infer a lambda's default
        assert (await load_clock(payments_db)).offset == timedelta(seconds=kept)


async def test_a_portal_that_has_begun_is_not_set_back_again(
    portal_database: str, operator: Tx, memory: Memory
) -> None:
    """An interrupted first start goes on from where it was, also on a later day."""
    await begin_in_the_past(portal_database, memory, TODAY, BACK)
    await operator.execute("UPDATE payments.business_clock SET offset_seconds = -60")
    await begin_in_the_past(portal_database, memory, TODAY + timedelta(days=2), BACK)
    assert await offsets(operator) == [-BACK.total_seconds(), -60.0, -BACK.total_seconds()]
    assert counted_from(memory) == TODAY


async def test_a_portal_with_somebody_in_it_keeps_its_time(portal_database: str, operator: Tx, memory: Memory) -> None:
    """Whoever has moved the clock, or has sent an enrollment, meets no past that comes back."""
    await operator.execute("INSERT INTO notify.business_clock (offset_seconds) VALUES (86400)")
    await begin_in_the_past(portal_database, memory, TODAY, BACK)
    assert await offsets(operator) == [None, None, 86_400.0]
    assert counted_from(memory) is None


async def test_demo_data_of_an_earlier_version_stays_as_it_is(
    portal_database: str, operator: Tx, memory: Memory
) -> None:
    """A stack whose data was made before this way of making it is left alone."""
    memory.keep("demo", "its digest")
    await begin_in_the_past(portal_database, memory, TODAY, BACK)
    assert await offsets(operator) == [None, None, None]


async def test_no_demo_data_is_made_where_time_was_not_set_back(tmp_path: Path, memory: Memory) -> None:
    """Months of history cannot pass in a portal that lives in the present: it is said so, and nobody is enrolled."""
    folder = Folder(tmp_path / "local")
    folder.make()
    lineup = Lineup.over(folder, choose_ports(folder.ports, usual=False, say=lambda _line: None), {})
    assert await make_demo_data(lineup, memory, "a-partner-key") == IN_USE
