"""What comes in and goes out of notify's URLs."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema

from services.notify.domain.catalog import Channel, NoticeKind
from services.notify.domain.delivery import DeliveryStatus
from shared.http.models import Input, Output

Place = tuple[datetime, UUID]
YEARS = range(2000, 2200)  # outside of them lie instants that Postgres cannot be asked about


def cursor_of(place: Place) -> str:
    """Where a page ended, as a text that callers hand back and need not understand."""
    noted_at, notification_id = place
    return urlsafe_b64encode(f"{noted_at.isoformat()}|{notification_id}".encode()).decode()


def _place(cursor: str) -> Place:
    try:
        noted_at, _, notification_id = urlsafe_b64decode(cursor).decode().partition("|")
        place = datetime.fromisoformat(noted_at), UUID(notification_id)
    except ValueError:
        raise ValueError("This is no cursor of ours. Leave it out to begin at the newest.") from None
    if place[0].utcoffset() is None or place[0].year not in YEARS:
        raise ValueError("This is no cursor of ours. Leave it out to begin at the newest.")
    return place


class NotificationsQuery(Input):
    """Which page: `cursor` is the `next_cursor` of the page before."""

    cursor: Annotated[Place | None, BeforeValidator(_place), WithJsonSchema({"type": "string"})] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class NotificationShown(Output):
    """One notice; `subject` is null until it is written, `sent_at` until the mail server took it."""

    notification_id: UUID
    kind: NoticeKind
    subject: str | None
    channel: Channel
    status: DeliveryStatus
    sent_at: datetime | None


class NotificationsShown(Output):
    """What the account was told, newest first."""

    items: tuple[NotificationShown, ...]
    next_cursor: str | None
