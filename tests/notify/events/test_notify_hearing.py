"""What notify makes of what it hears: contacts by version, notices once per fact, none lost while nobody is known."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from shared.fact import Fact
from shared.testing.clock import FixedClock
from tests.notify import facts
from tests.notify.conftest import Notify, event
from tests.notify.mail_server import MailServer, html_of, text_of

COUNT_DELIVERIES = "SELECT count(*) AS count FROM delivery"


async def test_the_first_visit_brings_its_mails(notify: Notify, mail_server: MailServer) -> None:
    """Register, verify, a bill, a payment: three mails, in her language, and `verify` finds nothing."""
    await notify.hear(
        facts.registered(language="es"),
        facts.verified(language="es"),
        facts.bill_issued(),
        facts.payment_succeeded(),
    )
    assert await notify.send_due() == 3
    subjects = sorted(str(mail["Subject"]) for mail in mail_server.mails)
    assert [subject.split(":")[0] for subject in subjects] == [
        "Le damos la bienvenida",
        "Pago recibido",
        "Su factura de enero de 2027 ya está disponible",
    ]
    assert await notify.broken_checks() == {}


async def test_fifty_duplicates_make_one_mail(notify: Notify, mail_server: MailServer) -> None:
    """The same event fifty times at once, alone and in batches, is told once."""
    await notify.hear(facts.verified())
    await notify.send_due()
    event_id = uuid4()
    again = event(facts.payment_succeeded(), event_id)
    await asyncio.gather(*(notify.inbox.take([again] * (1 + number % 3)) for number in range(25)))
    await notify.send_due()
    assert [mail["Message-ID"] for mail in mail_server.mails[1:]] == [f"<{event_id}@portal.example>"]


async def test_a_fact_said_again_in_another_event_is_not_told_again(notify: Notify, mail_server: MailServer) -> None:
    """When an emitter announces its present state anew, nobody gets a second receipt or welcome."""
    for _ in range(2):
        await notify.hear(facts.verified(), facts.payment_succeeded(), facts.bill_issued())
    await notify.send_due()
    assert len(mail_server.mails) == 3


async def test_two_payments_are_two_mails(notify: Notify, mail_server: MailServer) -> None:
    """Each payment has its own receipt."""
    await notify.hear(
        facts.verified(),
        facts.payment_succeeded(),
        facts.payment_succeeded(payment_id=uuid4(), reference="HC-AAAA-BBBB-C"),
    )
    await notify.send_due()
    assert sum("Payment received" in str(mail["Subject"]) for mail in mail_server.mails) == 2


async def test_a_payment_waits_for_its_contact(notify: Notify, mail_server: MailServer) -> None:
    """When the payment is heard before the account, the receipt waits and goes out as soon as the account is known."""
    await notify.hear(facts.payment_succeeded())
    assert await notify.send_due() == 0
    assert await notify.broken_checks() == {}
    await notify.hear(facts.registered(), facts.verified())
    await notify.send_due()
    assert sorted(str(mail["Subject"]).split(":")[0] for mail in mail_server.mails) == [
        "Payment received",
        "Welcome",
    ]


async def test_an_account_that_is_not_verified_is_told_nothing_of_the_member(notify: Notify) -> None:
    """Whoever has not proved to be the member gets no bill and no receipt, even when the record is known."""
    await notify.hear(facts.bill_issued(), facts.record_arrived(member_id=facts.MEMBER_ID), facts.payment_succeeded())
    assert await notify.rows("SELECT kind, account_id FROM notification ORDER BY kind") == [
        {"kind": "bill_issued", "account_id": None},
        {"kind": "payment_succeeded", "account_id": None},
        {"kind": "record_arrived", "account_id": facts.ACCOUNT_ID},
    ]
    assert await notify.rows(COUNT_DELIVERIES) == [{"count": 1}]


async def test_other_members_facts_are_not_mixed_up(notify: Notify, mail_server: MailServer) -> None:
    """A receipt goes to the payer's account and to nobody else."""
    await notify.hear(
        facts.verified(),
        facts.verified(account_id=uuid4(), member_id=uuid4(), email="ben@example.org"),
        facts.payment_succeeded(),
    )
    await notify.send_due()
    receipts = [mail for mail in mail_server.mails if "Payment received" in str(mail["Subject"])]
    assert [receipt["To"].addresses[0].addr_spec for receipt in receipts] == ["zoe@example.org"]


async def test_an_older_contact_never_replaces_a_newer_one(notify: Notify) -> None:
    """Events out of order leave the newest contact, and the history of what was applied only grows (I10)."""
    await notify.hear(
        facts.verified(version=5, email="new@example.org"),
        facts.registered(version=1, email="old@example.org"),
        facts.record_arrived(version=4, email="older@example.org"),
    )
    assert await notify.rows("SELECT email, version, status FROM contact") == [
        {"email": "new@example.org", "version": 5, "status": "verified"}
    ]
    assert await notify.rows("SELECT version FROM contact_change") == [{"version": 5}]
    assert await notify.broken_checks() == {}


async def test_a_late_notice_goes_to_the_newest_address(notify: Notify, mail_server: MailServer) -> None:
    """The fact is told by the event, the address by the newest contact."""
    await notify.hear(facts.verified(version=5, email="new@example.org"), facts.record_arrived(version=2))
    await notify.send_due()
    assert set(mail_server.recipients) == {"new@example.org"}


async def test_of_two_accounts_of_a_member_one_is_told(notify: Notify, clock: FixedClock) -> None:
    """Each fact is told once, to the account that was known first."""
    await notify.hear(facts.verified())
    clock.move_to(facts.SAID_AT.replace(hour=20))
    await notify.hear(facts.verified(account_id=uuid4(), email="second@example.org"), facts.payment_succeeded())
    assert await notify.rows("SELECT account_id FROM notification WHERE kind = 'payment_succeeded'") == [
        {"account_id": facts.ACCOUNT_ID}
    ]


@pytest.mark.parametrize("round_number", range(5))
async def test_contact_and_payment_in_the_same_moment_do_not_miss_each_other(
    notify: Notify, mail_server: MailServer, round_number: int
) -> None:
    """Twenty members verify while their payments are heard: each gets both mails."""
    arriving: list[Fact] = []
    for number in range(20):
        member_id = uuid4()
        arriving.append(
            facts.verified(account_id=uuid4(), member_id=member_id, email=f"{round_number}.{number}@example.org")
        )
        arriving.append(facts.payment_succeeded(member_id=member_id, payment_id=uuid4()))
    await asyncio.gather(*(notify.inbox.take([event(fact)]) for fact in arriving))
    await notify.send_due()
    assert len(mail_server.mails) == 40
    assert await notify.broken_checks() == {}


async def test_a_whole_backlog_is_taken_in_one_batch(notify: Notify, mail_server: MailServer) -> None:
    """After a day away, a hundred events in any order end as they would have one by one."""
    batch = [event(facts.payment_succeeded(payment_id=uuid4())) for _ in range(98)]
    await notify.inbox.take([*batch, event(facts.verified()), event(facts.registered())])
    assert await notify.send_due() == 99
    assert len(mail_server.mails) == 99


async def test_batches_that_cross_each_other_both_arrive(notify: Notify, mail_server: MailServer) -> None:
    """Two copies of notify take many members' facts in opposite order at the same moment: all is told once."""
    members = [uuid4() for _ in range(20)]
    contacts = [
        event(facts.verified(account_id=uuid4(), member_id=member_id, email=f"{number}@example.org"))
        for number, member_id in enumerate(members)
    ]
    payments = [event(facts.payment_succeeded(member_id=member_id, payment_id=uuid4())) for member_id in members]
    await asyncio.gather(notify.inbox.take(contacts), notify.inbox.take(payments[::-1]))
    await notify.send_due()
    assert len(mail_server.mails) == 40
    assert await notify.broken_checks() == {}


async def test_each_change_of_a_password_is_told(notify: Notify, mail_server: MailServer) -> None:
    """Two changes of one account are two mails, and the same event again is none."""
    await notify.hear(facts.registered())
    event_id = uuid4()
    for _ in range(3):
        await notify.inbox.take([event(facts.security_changed(), event_id)])
    await notify.hear(facts.security_changed(what="password_reset", version=6))
    await notify.send_due()
    assert [str(mail["Subject"]) for mail in mail_server.mails] == ["Your password was changed"] * 2


async def test_a_case_of_a_member_goes_to_the_accounts_address(notify: Notify, mail_server: MailServer) -> None:
    """The contact is what identity last said of the account, in the account's language."""
    await notify.hear(facts.registered(language="es"), facts.case_opened(email="typed@example.org"))
    await notify.send_due()
    assert mail_server.recipients == ["zoe@example.org"]
    assert str(mail_server.mails[0]["Subject"]) == "Recibimos su mensaje: número de caso CS-4F7K9QXT"


async def test_who_asks_for_help_without_log_in_gets_one_mail(notify: Notify, mail_server: MailServer) -> None:
    """It goes to the address that was given, at once, once, and greets by no name that somebody may have made up."""
    asked = facts.asked_without_log_in(first_name="You won! https://evil.example")
    await notify.hear(asked, asked)
    assert await notify.send_due() == 1
    [mail] = mail_server.mails
    assert mail["To"] == "ben@example.org"
    assert text_of(mail).startswith("Hello,\n")
    assert "evil" not in text_of(mail) + html_of(mail)
    assert await notify.rows("SELECT account_id, member_id FROM notification") == [
        {"account_id": None, "member_id": None}
    ]
    assert len(await notify.rows("SELECT 1 FROM outbox WHERE type = 'notification.sent.v1'")) == 1
    assert await notify.broken_checks() == {}


async def test_a_fact_of_an_account_that_is_not_known_yet_is_tried_again(
    notify: Notify, mail_server: MailServer, portal_database: str
) -> None:
    """A change of password that overtakes the account waits in the inbox, and is told when the account has come."""
    await notify.hear(facts.security_changed())
    assert await notify.rows("SELECT status FROM inbox") == [{"status": "waiting"}]
    await notify.hear(facts.registered())
    operator = await asyncpg.connect(portal_database)
    await operator.execute("UPDATE notify.inbox SET due_at = now() WHERE status = 'waiting'")
    await operator.close()
    assert await notify.inbox.retry_due() == 1
    await notify.send_due()
    assert len(mail_server.mails) == 1


async def test_the_life_of_a_scheduled_payment_is_told_step_by_step(notify: Notify, mail_server: MailServer) -> None:
    """Scheduled, canceled, and for another one its receipt: each step is one mail, however often it is announced."""
    later = uuid4()
    for _ in range(2):
        await notify.hear(
            facts.verified(),
            facts.payment_scheduled(),
            facts.payment_canceled(),
            facts.payment_scheduled(payment_id=later),
            facts.payment_succeeded(payment_id=later),
            facts.bill_past_due(),
        )
    await notify.send_due()
    subjects = sorted(str(mail["Subject"]).split(":")[0].split(" for ")[0] for mail in mail_server.mails)
    assert subjects == [
        "Payment canceled",
        "Payment received",
        "Payment scheduled",
        "Payment scheduled",
        "Welcome",
        "Your bill",
    ]
