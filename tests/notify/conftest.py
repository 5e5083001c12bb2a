"""notify as its tests see it: its parts on a fresh database, a mail server, and events as they come from the bus."""

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notify.events import SUBSCRIPTIONS, note
from services.notify.jobs import send_deliveries
from services.notify.providers.smtp import SmtpMailer
from services.notify.settings import NotifySettings
from services.notify.store.checks import CHECKS
from services.notify.usecases.parts import Parts
from shared.command import violations
from shared.db import Database
from shared.fact import Envelope, Fact
from shared.inbox import Delivery, Inbox
from shared.testing.clock import FixedClock
from shared.testing.http import base_settings
from tests.notify.mail_server import MailServer

LINK_KEY = b64encode(b"the key of links in these tests.").decode()


def notify_settings(**more: Any) -> NotifySettings:
    """Settings of a notify that mails over the test's own server."""
    return NotifySettings(
        **base_settings(
            **{
                "portal_url": "https://portal.example",
                "link_key": LINK_KEY,
                "smtp_host": "127.0.0.1",
                "smtp_port": 1,
                "smtp_from": "no-reply@portal.example",
                "smtp_tls": "none",
                "smtp_timeout_seconds": 5.0,
                **more,
            }
        )
    )


def event(fact: Fact, event_id: UUID | None = None) -> Delivery:
    """The fact as a message of the bus."""
    envelope = Envelope(
        event_id=event_id or uuid4(),
        type=fact.TYPE,
        source=fact.SOURCE,
        subject=fact.subject,
        time=fact.occurred_at,
        sequence=fact.version,
        correlation_id="request-of-the-test",
        causation_id="request-of-the-test",
    )
    return Delivery(envelope, fact.model_dump_json().encode())


@dataclass(frozen=True, slots=True)
class Notify:
    """notify in the hands of a test: what it hears, what it sends, what it holds."""

    parts: Parts
    inbox: Inbox

    async def hear(self, *facts: Fact) -> None:
        """Hear the facts one after the other, each as an event of its own."""
        for fact in facts:
            await self.inbox.take([event(fact)])

    async def send_due(self) -> int:
        """Send all that is due; returns how many were tried."""
        tried = 0
        while batch := await send_deliveries(self.parts, self.parts.clock.now()):
            tried += batch
        return tried

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """What a query finds."""
        return [dict(row) for row in await self.parts.db.read(lambda tx: tx.fetch(sql, *values))]

    async def broken_checks(self) -> dict[str, list[dict[str, Any]]]:
        """What `verify` would complain of."""
        return await self.parts.db.read(lambda tx: violations(tx, CHECKS))


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    """An SMTP server that takes everything until the test plans otherwise."""
    async with MailServer().listening() as server:
        yield server


@pytest.fixture
def notify(notify_db: Database, clock: FixedClock, mail_server: MailServer) -> Notify:
    """notify on a fresh database, mailing to the test's server."""
    settings = notify_settings(smtp_port=mail_server.port)
    parts = Parts(settings=settings, db=notify_db, clock=clock, mailer=SmtpMailer(settings))
    return Notify(parts, Inbox(notify_db, clock, "notify.inbox", SUBSCRIPTIONS, note))
