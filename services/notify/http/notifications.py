"""Show an account what it was told."""

from services.notify.http.schemas import NotificationShown, NotificationsQuery, NotificationsShown, cursor_of
from services.notify.store import notifications
from services.notify.usecases.parts import Parts
from shared.http.routes import Call


async def list_notifications(call: Call[Parts, None]) -> NotificationsShown:
    """The notices of the caller's account, newest first."""
    query: NotificationsQuery = call.query
    found = await call.parts.db.read(
        lambda tx: notifications.list_told(tx, call.account_id, query.cursor, query.limit + 1)
    )
    page, more = found[: query.limit], len(found) > query.limit
    return NotificationsShown(
        items=tuple(
            NotificationShown(
                notification_id=told.notification_id,
                kind=told.kind,
                subject=told.subject,
                channel=told.channel,
                status=told.status,
                sent_at=told.sent_at,
            )
            for told in page
        ),
        next_cursor=cursor_of((page[-1].noted_at, page[-1].notification_id)) if more else None,
    )
