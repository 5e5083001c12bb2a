"""The services that answer public calls. Next: `http/routes.py` names one for each URL."""

from enum import StrEnum


class Owner(StrEnum):
    """A service behind the gateway."""

    IDENTITY = "identity"
    PAYMENTS = "payments"
    NOTIFY = "notify"
