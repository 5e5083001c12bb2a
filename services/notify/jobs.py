"""notify's timer: send what is queued. A claim, the sending outside any transaction, and its outcome in a commit.

Killed while sending, the lease runs out and another try is made with the same text and Message-ID: the one duplicate
that is allowed, when the server had taken the mail already.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from prometheus_client import Counter

from services.notify.domain.link import reveal
from services.notify.providers.mail import Mail, MailNotTaken, MailRefused
from services.notify.store import deliveries
from services.notify.usecases.claim_deliveries import Claimed, Portal, claim_deliveries
from services.notify.usecases.parts import SENDING, Parts
from services.notify.usecases.postpone_delivery import postpone_delivery
from services.notify.usecases.record_refused import record_refused
from services.notify.usecases.record_sent import record_sent
from shared.crash import crash_point
from shared.db import Database, Tx, Unavailable
from shared.jobs import Job
from shared.telemetry import follow

log = structlog.get_logger()

BATCH_DELIVERIES = 10
RECORDING_SECONDS = 30.0
LOOK_SECONDS = 1.0
MAILS = Counter("portal_mails", "Tries to send a mail: sent, postponed (not now), refused (never)", ["outcome"])


async def send_deliveries(parts: Parts, now: datetime) -> int:
    """Send one batch of what is due; returns how many were tried. While sending is off, none is. Raises Unavailable."""
    if not parts.switches.is_on(SENDING):
        return 0
    portal = Portal(parts.settings.portal_url, parts.settings.portal_host, parts.settings.link_key_bytes)
    lease = timedelta(seconds=parts.settings.delivery_lease_seconds)
    claim = partial(claim_deliveries, portal=portal, now=now, limit=BATCH_DELIVERIES, lease=lease)
    crash_point("notify.claiming")
    claimed = await parts.db.write(claim)
    crash_point("notify.claimed")
    outcomes = await asyncio.gather(*(_send(parts, one, now) for one in claimed), return_exceptions=True)
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
    return len(claimed)


async def _send(parts: Parts, claimed: Claimed, now: datetime) -> None:
    with follow("send mail", "client", claimed.traceparent):
        await _send_one(parts, claimed, now)


async def _send_one(parts: Parts, claimed: Claimed, now: datetime) -> None:
    delivery_id = claimed.delivery.delivery_id
    crash_point("notify.sending")
    try:
        await parts.mailer.send(_mail(claimed, now))
    except MailRefused as error:
        MAILS.labels("refused").inc()
        reason = str(error)
        log.error("delivery_refused", delivery_id=delivery_id, reason=reason)
        await parts.db.write(lambda tx: record_refused(tx, delivery_id, reason, now))
    except MailNotTaken as error:
        MAILS.labels("postponed").inc()
        reason = str(error)
        log.warning("delivery_postponed", delivery_id=delivery_id, reason=reason, attempt=claimed.delivery.attempts)
        await parts.db.write(lambda tx: postpone_delivery(tx, claimed.delivery, reason))
    else:
        MAILS.labels("sent").inc()
        crash_point("notify.sent")
        await _record_surely(parts.db, lambda tx: record_sent(tx, delivery_id, now))
        crash_point("notify.recorded")
        log.info("delivery_sent", delivery_id=delivery_id, attempt=claimed.delivery.attempts)


async def _record_surely(db: Database, work: Callable[[Tx], Awaitable[None]]) -> None:
    """Go on trying while the lease holds: as long as it is not recorded, the mail would be sent again."""
    until = time.monotonic() + RECORDING_SECONDS
    while True:
        try:
            await db.write(work)
        except Unavailable:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(LOOK_SECONDS)
        else:
            return


def _mail(claimed: Claimed, now: datetime) -> Mail:
    copy = claimed.copy
    letter = copy.letter if claimed.token is None else reveal(copy.letter, claimed.token)
    return Mail(
        message_id=copy.message_id,
        recipient=copy.recipient,
        recipient_name=copy.recipient_name,
        language=copy.language.value,
        subject=letter.subject,
        body=letter.body,
        html=letter.html,
        dated_at=now,
    )


async def next_delivery_due_at(parts: Parts) -> datetime | None:
    """The present while a delivery is due or under way; None when all is sent, waits for a later try, or is stopped.

    Tries are spaced in machine time, so the movable clock has nothing to step to.
    """
    if not parts.switches.is_on(SENDING):
        return None
    pending = await parts.db.read(deliveries.exists_pending)
    return parts.clock.now() if pending else None


JOBS: tuple[Job[Parts], ...] = (
    Job("send_deliveries", LOOK_SECONDS, send_deliveries, next_delivery_due_at, wake_on_commit=True),
)
