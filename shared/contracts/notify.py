"""What notify says: that a person was told something."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.fact import Exchange, Fact


class NotificationSentV1(Fact):
    """A notice left on a channel: the mail server took it."""

    TYPE: ClassVar[str] = "notification.sent.v1"
    EXCHANGE: ClassVar[Exchange] = Exchange.PRIVATE
    SOURCE: ClassVar[str] = "/notify"
    SUBJECT: ClassVar[str] = "notification_id"

    notification_id: UUID
    """The notice."""
    account_id: UUID | None
    """Whom it was for; null for a person without an account, who had asked support for help."""
    member_id: UUID | None
    """The account's member, once it is verified."""
    kind: str
    """Which notice it was, such as `payment_succeeded`."""
    channel: Literal["email"]
    """How it left."""
