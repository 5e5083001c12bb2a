"""What notify says: that a person was told something."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.fact import Exchange, Fact


class NotificationSentV1(Fact):
    """A notice left on a channel: the mail server took it.

    `account_id` is None when it went to a person without an account, who had asked support for help.
    """

    TYPE: ClassVar[str] = "notification.sent.v1"
    EXCHANGE: ClassVar[Exchange] = Exchange.PRIVATE
    SOURCE: ClassVar[str] = "/notify"
    SUBJECT: ClassVar[str] = "notification_id"

    notification_id: UUID
    account_id: UUID | None
    member_id: UUID | None
    kind: str
    channel: Literal["email"]
