"""payments as the gateway sees it: policies, bills, methods and payments."""

from typing import ClassVar

from services.gateway.domain.owner import Owner
from services.gateway.providers.service import PortalService


class Payments(PortalService):
    """What is owed and what was paid."""

    OWNER: ClassVar[Owner] = Owner.PAYMENTS
