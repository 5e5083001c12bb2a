"""Where payments is put together: the only module that knows every part. Next: `__main__.py` runs it."""

import argparse
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from services.payments.domain.insurer import ContactInvalid
from services.payments.domain.keys import Keys
from services.payments.events import SUBSCRIPTIONS
from services.payments.http.problems import PROBLEMS
from services.payments.http.routes import ROUTES
from services.payments.jobs import JOBS
from services.payments.providers.registry import PROCESSORS
from services.payments.providers.watched_processor import CHARGING, WatchedProcessor
from services.payments.settings import Settings
from services.payments.store import insurers, payment_checks
from services.payments.store.billing_checks import BILLING_CHECKS, PAST_DUE
from services.payments.store.ledger_checks import LEDGER_CHECKS
from services.payments.usecases.charges_under_way import ChargesUnderWay
from services.payments.usecases.desk import open_desk
from services.payments.usecases.lookup_throttle import LookupThrottle
from services.payments.usecases.parts import Parts
from services.payments.usecases.set_insurer import set_insurer
from shared.db import Tx
from shared.service import Core, Service


@asynccontextmanager
async def build(core: Core) -> AsyncIterator[Parts]:
    """The parts of one process; the connections to the processor are closed at the end."""
    settings: Settings = core.settings
    open_processor = PROCESSORS[settings.processor]
    async with (
        open_processor(
            settings.processor_url, settings.charge_timeout_seconds, settings.max_concurrent_charges
        ) as processor,
        open_desk(core.db) as desk,
    ):
        yield Parts(
            settings=settings,
            db=core.db,
            desk=desk,
            clock=core.clock,
            processor=WatchedProcessor(processor, core.switches),
            charges=ChargesUnderWay(settings.max_concurrent_charges),
            lookups=LookupThrottle(settings.lookups_per_minute, 60),
            keys=Keys.from_secret(settings.payments_key.get_secret_value()),
            switches=core.switches,
        )


def _pending(parts: Parts) -> Mapping[str, int]:
    return {"charges": len(parts.charges.payment_ids)}


async def _gauges(tx: Tx) -> Mapping[str, float]:
    count = await payment_checks.count_open(tx)
    return {
        "payments_open": count.open,
        "payments_unknown": count.unknown,
        "payments_needing_person": count.needing_person,
    }


def _gauges_in_memory(parts: Parts) -> Mapping[str, float]:
    return {
        "charges_under_way": len(parts.charges.payment_ids),
        "charges_limit": parts.settings.max_concurrent_charges,
        "desk_waiting": parts.desk.waiting_count,
    }


async def insurer(parts: Parts, arguments: Sequence[str]) -> int:
    """Operator's command `insurer set ID [--phone …] [--website …] [--name …]` and `insurer list`."""
    parser = argparse.ArgumentParser(prog="python -m services.payments insurer")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="print every insurer: id, name, phone, website; - for what is not known")
    change = verbs.add_parser("set", help="tell how members reach an insurer; what is left out stays, '' takes it away")
    change.add_argument("insurer_id", metavar="ID", help="as the marketplace calls the insurer")
    change.add_argument("--phone", help="(800) 555-0123, or +448005550123 outside the United States")
    change.add_argument("--website", help="https://…")
    change.add_argument("--name", help="shown in place of the marketplace's name")
    chosen = parser.parse_args(arguments)
    if chosen.verb == "list":
        shown = await parts.db.read(insurers.list_all)
    elif chosen.phone is chosen.website is chosen.name is None:
        change.error("say what to set: --phone, --website or --name")
    else:
        told = {"name": chosen.name, "phone": chosen.phone, "website": chosen.website}
        try:
            shown = [await parts.db.write(lambda tx: set_insurer(tx, chosen.insurer_id, **told))]
        except ContactInvalid as error:
            sys.stderr.write(f"payments: {error}\n")
            return 2
    sys.stdout.writelines(
        f"{it.insurer_id}\t{it.name or '-'}\t{it.phone or '-'}\t{it.website or '-'}\n" for it in shown
    )
    return 0


async def unanswered(parts: Parts, arguments: Sequence[str]) -> int:
    """Operator's command `unanswered [--ask-again]`: payments whose charge was never answered; ask about all now."""
    parser = argparse.ArgumentParser(prog="python -m services.payments unanswered")
    parser.add_argument("--ask-again", action="store_true", help="have the processor asked about each of them now")
    chosen = parser.parse_args(arguments)
    found = await parts.db.read(payment_checks.list_unanswered)
    for it in found:
        again = f"asked again at {it.next_check_at:%Y-%m-%d %H:%M:%S}" if it.next_check_at else "waits for a person"
        asked = f"accepted {it.accepted_at:%Y-%m-%d %H:%M:%S}\tasked {it.checks_done} times"
        sys.stdout.write(f"{it.reference}\t{it.amount_cents} cents\t{asked}\t{again}\n")
    if not found:
        sys.stdout.write("No payment is unanswered.\n")
    if chosen.ask_again:
        count = await parts.db.write(lambda tx: payment_checks.make_all_due(tx, parts.clock.now()))
        sys.stdout.write(f"{count} payments are asked about now\n")
    return 0


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
    gauges_in_memory=_gauges_in_memory,
    switches={CHARGING: "new payments, payments whose day has come, and charges sent again"},
    slow_counts={"bills_past_due": PAST_DUE},
    commands={"insurer": insurer, "unanswered": unanswered},
)
