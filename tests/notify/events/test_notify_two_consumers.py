"""Two processes of notify hear at the same moment: neither has to be ended so that the other can go on."""

import asyncio
from uuid import UUID, uuid4

from structlog.testing import capture_logs

from shared.inbox import Delivery
from tests.notify import facts
from tests.notify.conftest import Notify, event

MEMBERS = [UUID(int=number) for number in range(1, 41)]


async def test_batches_about_the_same_members_do_not_wait_for_each_other_in_a_circle(notify: Notify) -> None:
    """The one hears of the members in one order, the other in the opposite one: no deadlock, every notice noted."""
    with capture_logs() as logs:
        await asyncio.gather(notify.inbox.take(batch(MEMBERS)), notify.inbox.take(batch(MEMBERS[::-1])))
    assert [entry for entry in logs if entry["event"] == "database_failed"] == []
    assert await count(notify, "SELECT count(*) AS count FROM notification") == 2 * len(MEMBERS)


def batch(members: list[UUID]) -> list[Delivery]:
    """A payment of each member, as the broker brings it."""
    return [event(facts.payment_succeeded(member_id=it, payment_id=uuid4())) for it in members]


async def count(notify: Notify, sql: str) -> int:
    """A number from the tables."""
    return int((await notify.rows(sql))[0]["count"])
