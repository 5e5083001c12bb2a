"""Where notify is put together: the only module that knows every part. Next: `__main__.py` runs it."""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from services.notify.events import SUBSCRIPTIONS, note
from services.notify.http.routes import ROUTES
from services.notify.jobs import JOBS
from services.notify.providers.smtp import SmtpMailer
from services.notify.settings import NotifySettings
from services.notify.store import deliveries
from services.notify.store.checks import CHECKS
from services.notify.usecases.parts import SENDING, Parts
from services.notify.usecases.resend_failed import resend_failed
from shared.db import Tx
from shared.service import Core, Service

RESEND_AT_ONCE = 1000


@asynccontextmanager
async def build(core: Core) -> AsyncIterator[Parts]:
    """The parts of one process; nothing of them needs to be closed."""
    settings: NotifySettings = core.settings
    yield Parts(settings=settings, db=core.db, clock=core.clock, mailer=SmtpMailer(settings), switches=core.switches)


async def _gauges(tx: Tx) -> Mapping[str, float]:
    waiting = await deliveries.count_waiting(tx)
    return {"mails_waiting": waiting.count, "mails_oldest_waiting_seconds": waiting.oldest_seconds}


async def resend(parts: Parts, _arguments: Sequence[str]) -> int:
    """Operator's command: queue what mail servers refused for good again, up to 1,000 at once."""
    count = await parts.db.write(lambda tx: resend_failed(tx, parts.clock.now(), RESEND_AT_ONCE))
    sys.stdout.write(f"{count} refused notices are queued again\n")
    return 0


SERVICE: Service[Parts] = Service(
    name="notify",
    settings=NotifySettings,
    routes=ROUTES,
    build=build,
    subscriptions=SUBSCRIPTIONS,
    write_heard=note,
    jobs=JOBS,
    checks=CHECKS,
    commands={"resend": resend},
    gauges=_gauges,
    slow_counts={"mails_refused": deliveries.REFUSED},
    switches={SENDING: "letters: what is queued waits, and is sent afterwards"},
)
