"""Any processor, as this service uses it: each call is measured and traced, and while charging is off none charges.

A charge that was not sent for that is Unknown: the payment stays open, and the resolver goes on asking.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TypeVar
from uuid import UUID

from prometheus_client import Counter, Histogram

from services.payments.domain.charge import ChargeOrder, NotFound, Outcome, Unknown
from services.payments.domain.method import Card
from services.payments.providers.processor import Processor
from shared.switches import Switches
from shared.telemetry import step

CHARGING = "charging"
"""The switch that stops charges."""
SECONDS = Histogram(
    "portal_processor_call_seconds",
    "How long the processor took to answer, silence included",
    ["call"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16),
)
CALLS = Counter(
    "portal_processor_calls",
    "What the processor said: charged, declined, notfound, unknown (no usable answer), card, or the name of a failure",
    ["call", "outcome"],
)
_seconds, _calls = cache(SECONDS.labels), cache(CALLS.labels)  # looking a label up costs more than counting
T = TypeVar("T")


class _Call:
    """One call under way; `outcome` is told by whoever got the answer."""

    outcome = "unknown"

    def came_to(self, answer: T) -> T:
        """Note the kind of an answer and hand it on."""
        self.outcome = type(answer).__name__.lower()
        return answer


@contextmanager
def _watched(name: str) -> Iterator[_Call]:
    call, asked_at = _Call(), time.perf_counter()
    with step(f"processor {name}", "client") as told:
        try:
            yield call
        except Exception as error:
            call.outcome = type(error).__name__.lower()
            raise
        finally:
            told.set("portal.outcome", call.outcome)
            _seconds(name).observe(time.perf_counter() - asked_at)
            _calls(name, call.outcome).inc()


class WatchedProcessor:
    """A `Processor` around another one."""

    def __init__(self, processor: Processor, switches: Switches) -> None:
        self._processor = processor
        self._switches = switches

    async def save_card(self, token: str) -> Card:
        """See `Processor.save_card`."""
        with _watched("save_card") as call:
            return call.came_to(await self._processor.save_card(token))

    async def charge(self, order: ChargeOrder) -> Outcome:
        """See `Processor.charge`; while charging is off, nothing is sent."""
        if not self._switches.is_on(CHARGING):
            return Unknown("charging_off")
        with _watched("charge") as call:
            return call.came_to(await self._processor.charge(order))

    async def find_charge(self, payment_id: UUID) -> Outcome | NotFound:
        """See `Processor.find_charge`."""
        with _watched("find_charge") as call:
            return call.came_to(await self._processor.find_charge(payment_id))

    async def void(self, payment_id: UUID) -> Outcome:
        """See `Processor.void`."""
        with _watched("void") as call:
            return call.came_to(await self._processor.void(payment_id))
