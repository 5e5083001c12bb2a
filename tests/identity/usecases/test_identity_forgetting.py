"""What may not be kept is forgotten by the machine's time, and the movable clock does not hasten it."""

from datetime import timedelta

from services.identity.jobs import JOBS, run_forget_old
from tests.identity.conftest import Identity


async def test_raw_imports_are_dropped_after_90_days_and_their_results_stay(identity: Identity) -> None:
    """The sealed body goes after 90 days; what became of the line can still be read."""
    sent = await identity.enroll()
    assert await run_forget_old(identity.parts, identity.parts.clock.now() + timedelta(days=400)) == 0
    await age(identity, "enrollment_import", "received_at", "90 days 1 minute")
    assert await run_forget_old(identity.parts, identity.parts.clock.now()) == 1
    assert await identity.rows("SELECT body_key_id, body_sealed FROM enrollment_import") == [
        {"body_key_id": None, "body_sealed": None}
    ]
    (row,) = await identity.rows("SELECT import_id FROM enrollment_import")
    assert await identity.result(str(row["import_id"])) == sent
    assert await run_forget_old(identity.parts, identity.parts.clock.now()) == 0
    assert await identity.broken_checks() == {}


async def test_sessions_and_throttles_of_the_past_are_deleted(identity: Identity) -> None:
    """Sessions go 30 days after they could last be used, counts of failures after a day."""
    await identity.register()
    await identity.log_in()
    await identity.try_log_in("maria.garcia", "Wrong-Heron-42-Lake")
    assert await run_forget_old(identity.parts, identity.parts.clock.now()) == 0
    await age(identity, "session", "expires_at", "31 days")
    await age(identity, "throttle", "last_failed_at", "25 hours")
    assert await run_forget_old(identity.parts, identity.parts.clock.now()) == 3
    assert await identity.rows("SELECT 1 FROM session UNION ALL SELECT 1 FROM throttle") == []


async def test_nothing_here_is_due_in_business_time(identity: Identity) -> None:
    """The sandbox's clock has nothing to step to in identity, as long as nobody waits for a link."""
    assert {await job.next_due_at(identity.parts) for job in JOBS} == {None}


async def age(identity: Identity, table: str, column: str, passed: str) -> None:
    """Let time have passed over a column."""
    sql = f"UPDATE {table} SET {column} = {column} - $1::text::interval"  # noqa: S608 - the test's own words
    await identity.parts.db.write(lambda tx: tx.execute(sql, passed))
