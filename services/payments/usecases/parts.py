"""What the edges and use cases of payments work with; `wiring.py` builds it, handlers and jobs are given it."""

from dataclasses import dataclass
from datetime import timedelta

from services.payments.domain.keys import Keys
from services.payments.providers.processor import Processor
from services.payments.settings import Settings
from services.payments.usecases.charges_under_way import ChargesUnderWay
from services.payments.usecases.desk import Desk
from services.payments.usecases.lookup_throttle import LookupThrottle
from shared.clocks import BusinessClock
from shared.db import Database
from shared.switches import Switches

LEASE_MARGIN = timedelta(seconds=2)
"""How much longer than a charge may take the resolver waits before it looks at a new payment."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The concrete parts of one process; `desk` is where payments of one moment meet, `keys`
    are the secrets behind references and quotes."""

    settings: Settings
    db: Database
    desk: Desk
    clock: BusinessClock
    processor: Processor
    charges: ChargesUnderWay
    lookups: LookupThrottle
    keys: Keys
    switches: Switches

    @property
    def charge_lease(self) -> timedelta:
        """How long a payment just accepted belongs to the process that charges it."""
        return timedelta(seconds=self.settings.charge_timeout_seconds) + LEASE_MARGIN
