"""Where payments is put together: the only module that knows every part. Next: `__main__.py` runs it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from services.payments.domain.keys import Keys
from services.payments.events import SUBSCRIPTIONS
from services.payments.http.problems import PROBLEMS
from services.payments.http.routes import ROUTES
from services.payments.jobs import JOBS
from services.payments.providers.registry import PROCESSORS
from services.payments.settings import Settings
from services.payments.store import payment_checks
from services.payments.store.billing_checks import BILLING_CHECKS
from services.payments.store.ledger_checks import LEDGER_CHECKS
from services.payments.usecases.charges_under_way import ChargesUnderWay
from services.payments.usecases.lookup_throttle import LookupThrottle
from services.payments.usecases.parts import Parts
from shared.service import Core, Service


@asynccontextmanager
async def build(core: Core) -> AsyncIterator[Parts]:
    """The parts of one process; the connections to the processor are closed at the end."""
    settings: Settings = core.settings
    open_processor = PROCESSORS[settings.processor]
    async with open_processor(
        settings.processor_url, settings.charge_timeout_seconds, settings.max_concurrent_charges
    ) as processor:
        yield Parts(
            settings=settings,
            db=core.db,
            clock=core.clock,
            processor=processor,
            charges=ChargesUnderWay(settings.max_concurrent_charges),
            lookups=LookupThrottle(settings.lookups_per_minute, 60),
            keys=Keys.from_secret(settings.payments_key.get_secret_value()),
        )


def _pending(parts: Parts) -> Mapping[str, int]:
    return {"charges": len(parts.charges.payment_ids)}


async def _gauges(parts: Parts) -> Mapping[str, float]:
    count = await parts.db.read(payment_checks.count_open)
    return {
        "charges_under_way": len(parts.charges.payment_ids),
        "payments_open": count.open,
        "payments_needing_person": count.needing_person,
    }


SERVICE: Service[Parts] = Service(
    name="payments",
    settings=Settings,
    routes=ROUTES,
    build=build,
    problems=PROBLEMS,
    subscriptions=SUBSCRIPTIONS,
    jobs=JOBS,
    checks=(*BILLING_CHECKS, *LEDGER_CHECKS),
    pending=_pending,
    gauges=_gauges,
)
