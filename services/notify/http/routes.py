"""Every URL of notify."""

from services.notify.http.notifications import list_notifications
from services.notify.http.schemas import NotificationsQuery, NotificationsShown
from shared.http.routes import Route, Who

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/notifications",
        list_notifications,
        who=Who.ACCOUNT,
        summary="What the account was told",
        query=NotificationsQuery,
        answer=NotificationsShown,
    ),
)
