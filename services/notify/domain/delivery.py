"""A delivery: one notification on its way over one channel, and the letter that is sent.

queued --(mail server took it)--> sent
  |  ^---- tried again later while the server says "not now" or says nothing
  +--(mail server refuses for good)--> failed --(an operator sends it again)--> queued
  +--(its one-time link was over before it could be sent)--> skipped
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from services.notify.domain.catalog import Channel, Language

RETRY_DELAYS = (
    timedelta(seconds=1),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
)


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


TRANSITIONS: dict[DeliveryStatus, frozenset[DeliveryStatus]] = {
    DeliveryStatus.QUEUED: frozenset({DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.SKIPPED}),
    DeliveryStatus.SENT: frozenset(),
    DeliveryStatus.FAILED: frozenset({DeliveryStatus.QUEUED}),
    DeliveryStatus.SKIPPED: frozenset(),
}


class IllegalDeliveryMove(Exception):
    """A delivery can not go from its status to the wanted one."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """`attempts` counts the tries begun, `version` the changes of status."""

    delivery_id: UUID
    notification_id: UUID
    channel: Channel
    status: DeliveryStatus
    attempts: int
    version: int

    def send(self) -> "Delivery":
        """The server took it."""
        return self._move(DeliveryStatus.SENT)

    def fail(self) -> "Delivery":
        """The server refused it for good."""
        return self._move(DeliveryStatus.FAILED)

    def skip(self) -> "Delivery":
        """There is no use in sending it any more."""
        return self._move(DeliveryStatus.SKIPPED)

    def queue_again(self) -> "Delivery":
        """An operator wants it sent after all; its tries start anew."""
        return replace(self._move(DeliveryStatus.QUEUED), attempts=0)

    def _move(self, status: DeliveryStatus) -> "Delivery":
        if status not in TRANSITIONS[self.status]:
            raise IllegalDeliveryMove(f"delivery {self.delivery_id}: {self.status} to {status}")
        return replace(self, status=status, version=self.version + 1)


def new_delivery(delivery_id: UUID, notification_id: UUID, channel: Channel) -> Delivery:
    """A delivery that has just been queued."""
    return Delivery(delivery_id, notification_id, channel, DeliveryStatus.QUEUED, attempts=0, version=1)


def retry_delay(attempts: int) -> timedelta:
    """How long (machine time) to wait after that many tries: 1 s, 5 s, 30 s, 2 min, 10 min, then every hour.

    There is no last try: a mail server that is down for a day costs a day and no mail.
    """
    return RETRY_DELAYS[min(max(attempts, 1), len(RETRY_DELAYS)) - 1]


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said: the subject, always one line, the plain text, and the same as HTML (None in copies without)."""

    subject: str
    body: str
    html: str | None = None


@dataclass(frozen=True, slots=True)
class KeptCopy:
    """A letter as it leaves, to whom and under which Message-ID; never altered after it was written."""

    delivery_id: UUID
    message_id: str
    recipient: str
    recipient_name: str
    letter: Letter
    language: Language
