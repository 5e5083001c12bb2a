"""Sets business time back before the services of a new portal first start: demo data needs months that have passed.

Afterwards business time only moves forward, as everywhere; `demo.py` moves it to the present at the end.
"""

from datetime import date, timedelta

import asyncpg

from deploy.local.memory import Memory
from deploy.services import WITH_DATABASE

IN_USE = """
SELECT EXISTS (SELECT FROM identity.account)
    OR EXISTS (SELECT FROM identity.enrollment_import)
    OR EXISTS (SELECT FROM {service}.business_clock WHERE offset_seconds > 0)
"""
SET_BACK = """
INSERT INTO {service}.business_clock (offset_seconds)
VALUES ($1)
    ON CONFLICT (only_row) DO UPDATE SET offset_seconds = $1
"""


def counted_from(memory: Memory) -> date | None:
    """The day that the demo data of this portal is counted back from; None when none was ever begun."""
    began_on = memory.find("demo_began_on")
    return date.fromisoformat(began_on) if began_on else None


async def begin_in_the_past(operator_dsn: str, memory: Memory, today: date, back: timedelta) -> None:
    """Set the clocks of all services `back`, unless the portal was used before or its demo data was begun.

    No service may run. Afterwards `counted_from` is `today`.
    """
    if counted_from(memory) is not None or memory.find("demo") is not None:
        return
    connection = await asyncpg.connect(operator_dsn, timeout=5)
    try:
        for service in WITH_DATABASE:
            if await connection.fetchval(IN_USE.format(service=service)):
                return
        async with connection.transaction():
            for service in WITH_DATABASE:
                await connection.execute(SET_BACK.format(service=service), -back.total_seconds())
    finally:
        await connection.close()
    memory.keep("demo_began_on", today.isoformat())
