"""A notification: one fact that a person is to be told. It waits while nobody is known to tell it to.

noted (no account) --reach--> addressed --(deliveries)--> told

A fact that names its own recipient, such as a request for help without log-in, waits for nobody.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from services.notify.domain.catalog import (
    AccountFact,
    Channel,
    MemberFact,
    NoticedFact,
    NoticeKind,
    Once,
    row_of,
)
from services.notify.domain.contact import Recipient, recipient_in
from shared.contracts.identity import AccountLinkRequestedV1
from shared.contracts.notify import NotificationSentV1


class NobodyToTell(Exception):
    """The notification waits: no verified account of the member is known yet."""


class AlreadyAddressed(Exception):
    """The notification is addressed to another account."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One fact to be told. `noted_at` is business time; `event_id`, `correlation_id` are those of the fact's event.

    `traceparent` is the step of a trace that noted it, if it was traced.
    """

    notification_id: UUID
    event_id: UUID
    correlation_id: str
    kind: NoticeKind
    fact: NoticedFact
    account_id: UUID | None
    member_id: UUID | None
    noted_at: datetime
    version: int
    traceparent: str = ""

    @property
    def told_of(self) -> str:
        """What it is told of: a second notice of the same kind with the same text here is not made."""
        match row_of(self.kind).once:
            case Once.PER_SUBJECT:
                return self.fact.subject
            case Once.PER_EVENT:
                return str(self.event_id)
            case once:
                assert_never(once)

    @property
    def link(self) -> AccountLinkRequestedV1 | None:
        """The fact when it brings a one-time link."""
        return self.fact if isinstance(self.fact, AccountLinkRequestedV1) else None

    @property
    def recipient(self) -> Recipient | None:
        """Whom the fact itself names; None when an account tells that."""
        return recipient_in(self.fact)

    def reach(self, account_id: UUID) -> "Notification":
        """Address it to an account. Raises AlreadyAddressed when it belongs to another one."""
        if self.account_id == account_id:
            return self
        if self.account_id is not None:
            raise AlreadyAddressed(self.notification_id)
        return replace(self, account_id=account_id, version=self.version + 1)

    def tell(self, channel: Channel, now: datetime) -> "tuple[Notification, NotificationSentV1]":
        """It left on a channel. Raises NobodyToTell while it waits for an account."""
        if self.account_id is None and self.recipient is None:
            raise NobodyToTell(self.notification_id)
        told = replace(self, version=self.version + 1)
        return told, NotificationSentV1(
            notification_id=self.notification_id,
            account_id=self.account_id,
            member_id=self.member_id,
            kind=self.kind.value,
            channel=channel.value,
            occurred_at=now,
            version=told.version,
        )


def account_of(fact: NoticedFact) -> UUID | None:
    """The account that a fact names; None for a fact about a member, whose account a contact tells."""
    return None if isinstance(fact, MemberFact) else fact.account_id


def member_of(fact: NoticedFact) -> UUID | None:
    """The member that a fact names."""
    return fact.member_id if isinstance(fact, AccountFact | MemberFact) else None
