"""Every crash point of the code: whose process dies there, and what must be going on for anybody to come by.

`crash_points.py` works through this list; `tests/architecture/test_crash_points.py` keeps it complete.
"""

from dataclasses import dataclass
from enum import StrEnum


class Work(StrEnum):
    """What makes a process pass a point."""

    PAYING = "members pay"
    OPEN = "members pay, the processor's answers are lost and the resolver asks"
    UNMADE = "members pay, the processor fails before it charges, and the resolver asks"
    SCHEDULED = "members pay on later days, cancel some, and the days come"
    CARDS = "members save cards"
    BILLING = "people are enrolled and months pass"
    FILES = "a partner sends files of enrollments"


@dataclass(frozen=True, slots=True)
class Point:
    """A crash point, the service whose process is to die at it, and the work that comes by it."""

    name: str
    service: str
    work: Work


POINTS: tuple[Point, ...] = (
    Point("payments.accepting", "payments", Work.PAYING),
    Point("payments.accepted", "payments", Work.PAYING),
    Point("payments.charging", "payments", Work.PAYING),
    Point("payments.charged", "payments", Work.PAYING),
    Point("payments.settled", "payments", Work.PAYING),
    Point("payments.claiming", "payments", Work.OPEN),
    Point("payments.claimed", "payments", Work.OPEN),
    Point("payments.checking", "payments", Work.OPEN),
    Point("payments.not_found", "payments", Work.UNMADE),
    Point("payments.checked", "payments", Work.OPEN),
    Point("payments.resolved", "payments", Work.OPEN),
    Point("payments.postponed", "payments", Work.UNMADE),
    Point("payments.running", "payments", Work.SCHEDULED),
    Point("payments.run", "payments", Work.SCHEDULED),
    Point("payments.run_settled", "payments", Work.SCHEDULED),
    Point("payments.canceling", "payments", Work.SCHEDULED),
    Point("payments.canceled", "payments", Work.SCHEDULED),
    Point("methods.saving", "payments", Work.CARDS),
    Point("methods.saved", "payments", Work.CARDS),
    Point("bills.issuing", "payments", Work.BILLING),
    Point("bills.issued", "payments", Work.BILLING),
    Point("bills.marking_past_due", "payments", Work.BILLING),
    Point("bills.marked_past_due", "payments", Work.BILLING),
    Point("relay.sending", "payments", Work.PAYING),
    Point("relay.confirmed", "payments", Work.PAYING),
    Point("relay.marked", "payments", Work.PAYING),
    Point("consumer.taking", "notify", Work.PAYING),
    Point("consumer.committed", "notify", Work.PAYING),
    Point("consumer.acked", "notify", Work.PAYING),
    Point("notify.claiming", "notify", Work.PAYING),
    Point("notify.claimed", "notify", Work.PAYING),
    Point("notify.sending", "notify", Work.PAYING),
    Point("notify.sent", "notify", Work.PAYING),
    Point("notify.recorded", "notify", Work.PAYING),
    Point("identity.file_batch_saved", "identity", Work.FILES),
    Point("identity.file_batch_taken", "identity", Work.FILES),
)
