"""What the handlers of the gateway work with. Next: `wiring.py` builds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.gateway.domain.client_address import Network
from services.gateway.domain.owner import Owner
from services.gateway.domain.rate_limit import RateLimiter
from services.gateway.providers.identity import Identity
from services.gateway.providers.payments import Payments
from services.gateway.providers.service import PortalService
from services.gateway.settings import GatewaySettings
from services.gateway.usecases.business_time import BusinessTime
from services.gateway.usecases.describe_api import ApiDescription
from services.gateway.usecases.move_clock import SandboxClock
from services.gateway.usecases.resolve_caller import CallerResolver
from services.gateway.usecases.write_receipt import ReceiptWriter


@dataclass(frozen=True, slots=True)
class Parts:
    """The gateway, built. `sandbox_clock` is None where business time cannot be moved."""

    settings: GatewaySettings
    services: Mapping[Owner, PortalService]
    identity: Identity
    payments: Payments
    callers: CallerResolver
    time: BusinessTime
    limiter: RateLimiter
    proxies: Sequence[Network]
    api: ApiDescription
    sandbox_clock: SandboxClock | None
    receipts: ReceiptWriter
