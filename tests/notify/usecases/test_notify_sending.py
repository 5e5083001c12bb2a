"""Sending what is queued: once when all goes well, later when it does not, never lost, never altered."""

import asyncio
import signal
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.notify.domain.delivery import retry_delay
from services.notify.jobs import next_delivery_due_at, send_deliveries
from services.notify.providers.mail import Mail
from services.notify.providers.smtp import SmtpMailer
from services.notify.usecases.parts import Parts
from services.notify.wiring import resend
from tests.conftest import app_dsn
from tests.notify import facts
from tests.notify.conftest import Notify, notify_settings
from tests.notify.mail_server import MailServer, html_of, text_of
from tests.notify.process import start_notify

DELIVERY = """
SELECT status, attempts, last_problem, leased_until IS NULL AS free, next_try_at - now() AS waits
  FROM delivery
"""


async def make_due(portal_database: str) -> None:
    """Let machine time pass for what waits: leases are over, tries are due."""
    operator = await asyncpg.connect(portal_database)
    await operator.execute("UPDATE notify.delivery SET next_try_at = now(), leased_until = NULL")
    await operator.close()


async def the_delivery(notify: Notify) -> dict[str, Any]:
    """The only delivery."""
    [row] = await notify.rows(DELIVERY)
    return row


async def test_a_sent_delivery_is_marked_and_announced_in_one_commit(notify: Notify, mail_server: MailServer) -> None:
    """The status, its history, the kept copy and the announcement agree with what the server took."""
    await notify.hear(facts.verified())
    assert await notify.send_due() == 1
    [mail] = mail_server.mails
    [copy] = await notify.rows("SELECT message_id, recipient, subject, body, html FROM kept_copy")
    assert (copy["subject"], copy["message_id"], copy["recipient"]) == (
        mail["Subject"],
        mail["Message-ID"],
        "zoe@example.org",
    )
    assert (copy["body"], copy["html"]) == (text_of(mail), html_of(mail))
    history = await notify.rows("SELECT sequence, status, at FROM delivery_transition ORDER BY sequence")
    assert [(row["sequence"], row["status"], row["at"]) for row in history] == [
        (1, "queued", notify.parts.clock.now()),
        (2, "sent", notify.parts.clock.now()),
    ]
    assert len(await notify.rows("SELECT 1 FROM outbox WHERE type = 'notification.sent.v1'")) == 1
    assert await notify.send_due() == 0


async def test_a_server_that_says_not_now_gets_it_later(
    notify: Notify, mail_server: MailServer, portal_database: str
) -> None:
    """After a 4yz the same mail goes out at the next try, 1 s and then 5 s of machine time later."""
    mail_server.data_answers.extend(["451 later", "452 later still"])
    await notify.hear(facts.verified())
    for attempts in (1, 2):
        await send_deliveries(notify.parts, notify.parts.clock.now())
        row = await the_delivery(notify)
        assert (row["status"], row["attempts"], row["free"]) == ("queued", attempts, True)
        assert retry_delay(attempts) - timedelta(seconds=1) < row["waits"] <= retry_delay(attempts)
        await make_due(portal_database)
    await send_deliveries(notify.parts, notify.parts.clock.now())
    assert (await the_delivery(notify))["status"] == "sent"
    assert len(mail_server.mails) == 1


async def test_a_server_that_is_down_for_a_day_loses_nothing(
    notify: Notify, mail_server: MailServer, portal_database: str
) -> None:
    """All that was noted while nobody listened goes out when the server is back."""
    away = MailServer()
    async with away.listening():
        pass
    settings = notify_settings(smtp_port=away.port)
    parts = Parts(settings, notify.parts.db, notify.parts.clock, SmtpMailer(settings))
    await notify.hear(facts.verified(), facts.bill_issued(), facts.payment_succeeded())
    for _ in range(30):
        await send_deliveries(parts, parts.clock.now())
        await make_due(portal_database)
    assert {row["status"] for row in await notify.rows(DELIVERY)} == {"queued"}
    async with away.listening():
        await send_deliveries(parts, parts.clock.now())
    assert len(away.mails) == 3
    assert mail_server.mails == []
    assert await notify.broken_checks() == {}


async def test_a_final_refusal_is_seen_and_can_be_sent_again(
    notify: Notify, mail_server: MailServer, portal_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a 5yz nobody is bothered again until an operator says so; `verify` shows it until then."""
    mail_server.rcpt_answers.append("550 no such user")
    await notify.hear(facts.verified())
    await notify.send_due()
    await make_due(portal_database)
    assert await notify.send_due() == 0
    assert [name.split(":")[0] for name in await notify.broken_checks()] == ["notice-refused"]
    assert (await the_delivery(notify))["last_problem"] == "550"
    await resend(notify.parts, ())
    assert capsys.readouterr().out.endswith("1 refused notices are queued again\n")
    assert await notify.send_due() == 1
    assert len(mail_server.mails) == 1
    assert await notify.broken_checks() == {}


async def test_one_bad_address_does_not_stop_the_others(notify: Notify, mail_server: MailServer) -> None:
    """An address that cannot be mailed fails alone."""
    await notify.hear(facts.verified(email="nobody"), facts.payment_succeeded())
    await notify.hear(facts.verified(version=9, email="zoe@example.org"))
    await notify.hear(facts.bill_issued(coverage_month="no month"))
    await notify.send_due()
    assert {row["status"] for row in await notify.rows(DELIVERY)} == {"sent", "failed"}
    assert [row["last_problem"] for row in await notify.rows(DELIVERY) if row["status"] == "failed"] == [
        "unwritable: ValueError"
    ]
    assert len(mail_server.mails) == 2


async def test_what_waits_for_a_later_try_is_not_pending(notify: Notify, mail_server: MailServer) -> None:
    """`/sandbox/settle` waits for what is due or under way, not for a server that will be asked again later."""
    assert await next_delivery_due_at(notify.parts) is None
    await notify.hear(facts.verified())
    assert await next_delivery_due_at(notify.parts) == notify.parts.clock.now()
    mail_server.data_answers.append("451 later")
    await send_deliveries(notify.parts, notify.parts.clock.now())
    assert await next_delivery_due_at(notify.parts) is None


class SlowMailer:
    """Holds each mail until the test lets it go."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.started = asyncio.Event()
        self.go_on = asyncio.Event()

    async def send(self, mail: Mail) -> None:
        """Take the mail when the test says so."""
        self.mails.append(mail)
        self.started.set()
        await self.go_on.wait()


async def test_what_one_copy_is_sending_no_other_sends(notify: Notify) -> None:
    """While a mail is under way it is pending, leased, and passed over by other copies of the service."""
    slow = SlowMailer()
    parts = Parts(notify.parts.settings, notify.parts.db, notify.parts.clock, slow)
    await notify.hear(facts.verified())
    sending = asyncio.create_task(send_deliveries(parts, parts.clock.now()))
    await slow.started.wait()
    assert await send_deliveries(notify.parts, notify.parts.clock.now()) == 0
    assert await next_delivery_due_at(notify.parts) is not None
    slow.go_on.set()
    assert await sending == 1
    assert await next_delivery_due_at(notify.parts) is None


async def test_a_late_word_of_a_copy_that_lost_its_lease_changes_nothing(
    notify: Notify, mail_server: MailServer, portal_database: str
) -> None:
    """Two copies ended up with the same delivery: it is recorded as sent once."""
    slow = SlowMailer()
    parts = Parts(notify.parts.settings, notify.parts.db, notify.parts.clock, slow)
    await notify.hear(facts.verified())
    sending = asyncio.create_task(send_deliveries(parts, parts.clock.now()))
    await slow.started.wait()
    await make_due(portal_database)
    await notify.send_due()
    slow.go_on.set()
    await sending
    assert slow.mails[0].message_id == mail_server.mails[0]["Message-ID"]
    assert await notify.broken_checks() == {}


async def test_many_copies_send_each_mail_once(notify: Notify, mail_server: MailServer) -> None:
    """Five timers at once over sixty notices: sixty mails."""
    await notify.hear(facts.verified())
    for _ in range(59):
        await notify.hear(facts.payment_succeeded(payment_id=uuid4()))
    await asyncio.gather(*(notify.send_due() for _ in range(5)))
    assert len({mail["Message-ID"] for mail in mail_server.mails}) == len(mail_server.mails) == 60


@pytest.mark.parametrize(("place", "mails"), [("notify.sending", 1), ("notify.sent", 2)])
async def test_killed_while_sending_it_is_sent_again_under_the_same_message_id(
    notify: Notify, mail_server: MailServer, portal_database: str, place: str, mails: int
) -> None:
    """kill -9 before the server has the mail: one mail. After it took it: the one allowed duplicate, recognizable."""
    await notify.hear(facts.verified())
    process = await start_notify(
        "jobs", postgres_dsn=app_dsn("notify", portal_database), mail_port=mail_server.port, CRASH_AT=place
    )
    async with asyncio.timeout(30):
        assert await process.wait() == -signal.SIGKILL
    row = await the_delivery(notify)
    assert (row["status"], row["free"]) == ("queued", False)
    assert await notify.send_due() == 0
    await make_due(portal_database)
    assert await notify.send_due() == 1
    assert len(mail_server.mails) == mails
    assert len({(mail["Message-ID"], text_of(mail), html_of(mail)) for mail in mail_server.mails}) == 1
    assert await notify.broken_checks() == {}
