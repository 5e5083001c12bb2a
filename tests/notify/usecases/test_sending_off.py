"""Sending is switched off: no letter is claimed, none is lost, and all leave afterwards; each try is counted."""

import asyncpg
from prometheus_client import REGISTRY

from services.notify.jobs import next_delivery_due_at
from services.notify.store import deliveries
from services.notify.usecases.parts import SENDING
from shared import switches
from tests.notify import facts
from tests.notify.conftest import Notify
from tests.notify.mail_server import MailServer


async def switch(notify: Notify, state: str) -> None:
    """What the operator's command does, and the look that every process takes once a second."""
    parts = notify.parts
    await parts.db.write(
        lambda tx: switches.insert(tx, SENDING, is_on=state == "on", reason="a wrong amount", changed_by="an operator")
    )
    await parts.switches.read(parts.db)


def tries(outcome: str) -> float:
    """How many tries of this process came to that."""
    return REGISTRY.get_sample_value("portal_mails_total", {"outcome": outcome}) or 0.0


async def test_letters_wait_and_leave_afterwards(notify: Notify, mail_server: MailServer) -> None:
    """While it is off nothing is claimed and nothing is due; once it is on the letter leaves, at its first try."""
    await switch(notify, "off")
    await notify.hear(facts.verified())
    assert await notify.send_due() == 0
    assert await next_delivery_due_at(notify.parts) is None
    assert [row["attempts"] for row in await notify.rows("SELECT attempts FROM delivery")] == [0]
    assert (await notify.parts.db.read(deliveries.count_waiting)).count == 1
    await switch(notify, "on")
    assert await notify.send_due() == 1
    assert len(mail_server.mails) == 1
    assert (await notify.parts.db.read(deliveries.count_waiting)).count == 0


async def test_each_try_is_counted_by_what_came_of_it(
    notify: Notify, mail_server: MailServer, portal_database: str
) -> None:
    """Not now, not now, taken: two postponed and one sent, and how long the letter has been waiting is known."""
    before = {outcome: tries(outcome) for outcome in ("sent", "postponed", "refused")}
    mail_server.data_answers.extend(["451 later", "452 later still"])
    await notify.hear(facts.verified())
    operator = await asyncpg.connect(portal_database)
    for _ in range(3):
        await notify.send_due()
        await operator.execute("UPDATE notify.delivery SET next_try_at = now(), queued_at = now() - interval '90 s'")
        waiting = await notify.parts.db.read(deliveries.count_waiting)
        assert (waiting.count, waiting.oldest_seconds >= 90) in ((1, True), (0, False))
    await operator.close()
    counted = {outcome: tries(outcome) - before[outcome] for outcome in before}
    assert counted == {"sent": 1, "postponed": 2, "refused": 0}
