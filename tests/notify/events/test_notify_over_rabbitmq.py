"""From the outbox of others, over a real broker, to the mail server and back onto the bus."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import aio_pika
import pytest

from services.notify.jobs import JOBS
from shared import outbox
from shared.consumer import Consumer
from shared.contracts.notify import NotificationSentV1
from shared.db import Database
from shared.fact import Envelope, Exchange
from shared.inbox import Delivery
from shared.jobs import JobRunner
from shared.relay import Relay
from tests.conftest import app_dsn
from tests.notify import facts
from tests.notify.conftest import Notify, event
from tests.notify.mail_server import MailServer
from tests.notify.process import start_notify


@asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run these beside the test."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def publish(amqp_url: str, *events: Delivery, key: str) -> None:
    """Say the events on the exchange where their contract belongs, with the operator's rights."""
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        channel = await connection.channel()
        public = key.startswith(("payment.", "bill."))
        name = Exchange.EVENTS.value if public else Exchange.PRIVATE.value
        exchange = await channel.get_exchange(name, ensure=False)
        for said in events:
            await exchange.publish(aio_pika.Message(said.body, headers=dict(said.envelope.headers())), key)


@pytest.fixture
async def serving_notify(notify: Notify, amqp_url: str, amqp_url_of: Callable[[str], str]) -> AsyncIterator[Notify]:
    """notify's consumer and timer at work, with the rights that notify has at the broker."""
    assert amqp_url
    consumer = Consumer(amqp_url_of("notify"), "notify.inbox", notify.inbox)
    sender = JobRunner(JOBS[0], notify.parts, notify.parts.clock)
    notify.parts.db.after_commit(sender.wake)
    async with running(consumer.run(), sender.run()):
        yield notify


@pytest.mark.usefixtures("serving_notify")
async def test_what_identity_and_payments_say_ends_as_mail(
    identity_db: Database,
    payments_db: Database,
    portal_database: str,
    amqp_url_of: Callable[[str], str],
    mail_server: MailServer,
) -> None:
    """The payment is said before the account, by two emitters with relays of their own: two mails."""
    relays = [
        Relay(app_dsn(service, portal_database), amqp_url_of(service), service) for service in ("identity", "payments")
    ]
    await payments_db.write(lambda tx: outbox.add(tx, facts.bill_issued(), facts.payment_succeeded()))
    async with running(*(relay.run() for relay in relays)):
        await identity_db.write(lambda tx: outbox.add(tx, facts.registered(), facts.verified()))
        await mail_server.until_mails(3)
    assert len(mail_server.mails) == 3
    assert set(mail_server.recipients) == {"zoe@example.org"}


@pytest.mark.usefixtures("serving_notify")
async def test_fifty_copies_of_a_message_make_one_mail(amqp_url: str, mail_server: MailServer) -> None:
    """A broker that delivers again and again changes nothing; a later payment is told behind them."""
    event_id = uuid4()
    payment = facts.payment_succeeded()
    later = facts.payment_succeeded(payment_id=uuid4(), reference="HC-LAST-LAST-L")
    await publish(amqp_url, event(facts.verified()), key=facts.verified().routing_key)
    await publish(amqp_url, *[event(payment, event_id)] * 50, key=payment.routing_key)
    await publish(amqp_url, event(later), key=later.routing_key)
    await mail_server.until_mails(3)
    ids = [str(mail["Message-ID"]) for mail in mail_server.mails]
    assert ids.count(f"<{event_id}@portal.example>") == 1
    assert len(ids) == 3


async def test_killed_between_commit_and_ack_it_tells_once(
    amqp_url: str, amqp_url_of: Callable[[str], str], portal_database: str, mail_server: MailServer
) -> None:
    """kill -9 after the effect was committed and before the broker knew: the message comes again and changes nothing.

    The next process takes what follows, mails both and ends cleanly when it is asked to.
    """
    start = partial(
        start_notify,
        postgres_dsn=app_dsn("notify", portal_database),
        mail_port=mail_server.port,
        amqp_url=amqp_url_of("notify"),
    )
    verified, payment = facts.verified(), facts.payment_succeeded()
    await publish(amqp_url, event(verified), key=verified.routing_key)
    killed = await start("events", CRASH_AT="consumer.committed")
    async with asyncio.timeout(30):
        assert await killed.wait() == -signal.SIGKILL
    assert mail_server.mails == []
    await publish(amqp_url, event(payment), key=payment.routing_key)
    process = await start("events", "jobs")
    await mail_server.until_mails(2)
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(30):
        assert await process.wait() == 0
    assert len({str(mail["Subject"]) for mail in mail_server.mails}) == len(mail_server.mails) == 2


async def test_a_sent_notice_is_announced_within_notifys_rights(
    serving_notify: Notify,
    portal_database: str,
    amqp_url: str,
    amqp_url_of: Callable[[str], str],
    mail_server: MailServer,
) -> None:
    """`notification.sent` reaches the private exchange, under the correlation id of the fact that caused it."""
    relay = Relay(app_dsn("notify", portal_database), amqp_url_of("notify"), "notify")
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(Exchange.PRIVATE.value, "notification.sent.v1.*")
        await serving_notify.hear(facts.verified())
        async with running(relay.run()), queue.iterator(timeout=20) as messages:
            said = await anext(messages)
    fact = NotificationSentV1.model_validate_json(said.body)
    assert (fact.account_id, fact.kind, fact.version) == (facts.ACCOUNT_ID, "account_verified", 2)
    assert Envelope.from_headers(said.headers).correlation_id == "request-of-the-test"
    assert len(mail_server.mails) == 1
