"""What notify works with; `wiring.py` makes it, the edges (HTTP, jobs, commands) pass it down."""

from dataclasses import dataclass, field

from services.notify.providers.mail import Mailer
from services.notify.settings import NotifySettings
from shared.clocks import BusinessClock
from shared.db import Database
from shared.switches import Switches

SENDING = "sending"
"""The switch that stops letters."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one process."""

    settings: NotifySettings
    db: Database
    clock: BusinessClock
    mailer: Mailer
    switches: Switches = field(default_factory=Switches)
