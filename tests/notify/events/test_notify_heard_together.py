"""What the broker brings in one batch is noted together: each notice once, to the right account, in whatever order."""

from uuid import UUID, uuid4

import pytest

from shared.fact import Fact
from tests.notify import facts
from tests.notify.conftest import Notify, event
from tests.notify.mail_server import MailServer

OTHER_MEMBER, OTHER_ACCOUNT = UUID(int=2), UUID(int=22)


async def hear(notify: Notify, *told: Fact) -> None:
    """Hear the facts as one batch."""
    await notify.inbox.take([event(fact) for fact in told])


def subjects(mail_server: MailServer) -> list[tuple[str, str]]:
    """Whom the mails went to and what they are about, sorted."""
    return sorted((str(mail["To"]), str(mail["Subject"]).split(":")[0]) for mail in mail_server.mails)


async def test_payments_of_two_members_in_one_batch_reach_each_their_own(
    notify: Notify, mail_server: MailServer
) -> None:
    """One statement looks up both accounts, one notes both receipts; nobody gets the other's."""
    await notify.hear(facts.verified())
    await notify.hear(facts.verified(account_id=OTHER_ACCOUNT, member_id=OTHER_MEMBER, email="bo@example.org"))
    await notify.send_due()
    mail_server.mails.clear()
    await hear(
        notify,
        facts.payment_succeeded(),
        facts.payment_succeeded(member_id=OTHER_MEMBER, payment_id=uuid4()),
        facts.bill_issued(),
    )
    assert await notify.send_due() == 3
    assert subjects(mail_server) == [
        ("Zoë <bo@example.org>", "Payment received"),
        ("Zoë <zoe@example.org>", "Payment received"),
        ("Zoë <zoe@example.org>", "Your bill for January 2027 is ready"),
    ]
    assert await notify.broken_checks() == {}


@pytest.mark.parametrize("account_first", [True, False])
async def test_an_account_and_a_payment_in_one_batch_find_each_other(
    notify: Notify, mail_server: MailServer, *, account_first: bool
) -> None:
    """Whichever stands first in the batch, the receipt waits for nobody."""
    together: list[Fact] = [facts.verified(), facts.payment_succeeded()]
    await hear(notify, *(together if account_first else together[::-1]))
    assert await notify.send_due() == 2
    assert [subject for _, subject in subjects(mail_server)] == ["Payment received", "Welcome"]
    assert await notify.broken_checks() == {}


async def test_the_same_payment_twice_in_one_batch_is_told_once(notify: Notify) -> None:
    """Said in two events, as after an emitter's repair, it is one notice, with one letter on its way."""
    await hear(notify, facts.verified())
    await hear(notify, facts.payment_succeeded(), facts.payment_succeeded())
    kinds = "SELECT kind, count(*) AS times FROM notification JOIN delivery USING (notification_id) GROUP BY kind"
    assert {row["kind"]: row["times"] for row in await notify.rows(kinds)} == {
        "account_verified": 1,
        "payment_succeeded": 1,
    }


async def test_what_waits_for_an_account_waits_beside_what_does_not(notify: Notify) -> None:
    """Of one batch, a known member's receipt is queued and a stranger's waits for its account."""
    await hear(notify, facts.verified())
    await hear(notify, facts.payment_succeeded(), facts.payment_succeeded(member_id=OTHER_MEMBER, payment_id=uuid4()))
    waiting = "SELECT member_id FROM notification WHERE account_id IS NULL"
    assert [row["member_id"] for row in await notify.rows(waiting)] == [OTHER_MEMBER]
    assert len(await notify.rows("SELECT 1 FROM delivery")) == 2
    await hear(notify, facts.verified(account_id=OTHER_ACCOUNT, member_id=OTHER_MEMBER))
    assert await notify.rows(waiting) == []
    assert await notify.broken_checks() == {}


async def test_a_batch_that_was_noted_before_changes_nothing(notify: Notify) -> None:
    """The broker brings a whole batch again, as after a lost acknowledgement: no second notice of anything."""
    batch = [event(facts.verified()), event(facts.payment_succeeded()), event(facts.bill_issued())]
    await notify.inbox.take(batch)
    count = "SELECT (SELECT count(*) FROM notification) AS notices, (SELECT count(*) FROM delivery) AS letters"
    before = await notify.rows(count)
    await notify.inbox.take(batch[::-1])
    assert await notify.rows(count) == before == [{"notices": 3, "letters": 3}]
