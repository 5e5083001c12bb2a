"""notify as the gateway sees it: what people were told."""

from typing import ClassVar

from services.gateway.domain.owner import Owner
from services.gateway.providers.service import PortalService


class Notify(PortalService):
    """Notifications."""

    OWNER: ClassVar[Owner] = Owner.NOTIFY
