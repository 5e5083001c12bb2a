"""What the gateway is told: where the services are, which proxies it believes, how often one network may call."""

import base64
import binascii
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, IPvAnyNetwork, SecretStr, field_validator, model_validator

from shared.settings import ServiceSettings

Rate = Annotated[float, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]
Burst = Annotated[int, Field(ge=1)]


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


class GatewaySettings(ServiceSettings):
    """Settings of the gateway.

    `trusted_proxies`: addresses or networks, separated by commas, whose X-Forwarded-For is believed.
    `limit_…` holds for all calls of one network together; `strict_limit_…` for each call that invites guessing
    (log-in, new account, tracking). Left out in the sandbox, the strict one is wide enough for many people behind one
    address, because there all of them are.
    `portal_url` is the address that people type: forms from anywhere else are refused. `page_key` (32 bytes in base64)
    signs forms and seals drafts. `card_frame_url` is the processor's page in which a card is typed. `support_phone` is
    shown beside every offer of help.
    """

    identity_url: str
    payments_url: str
    notify_url: str
    portal_url: str
    page_key: SecretStr
    card_frame_url: str
    support_phone: str = "1-800-555-0134"
    session_idle_seconds: Annotated[int, Field(ge=180)] = 900
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(_listed)] = ()
    limit_burst: Burst = 5000
    limit_per_second: Rate = 2500
    strict_limit_burst: Burst = 30
    strict_limit_per_second: Rate = 0.5
    upstream_timeout_seconds: Seconds = 15
    settle_timeout_seconds: Seconds = 30

    @model_validator(mode="before")
    @classmethod
    def _widen_in_sandbox(cls, values: dict[str, object]) -> dict[str, object]:
        if values.get("portal_env") in ("sandbox", "test"):
            return {"strict_limit_burst": 300, "strict_limit_per_second": 30, **values}
        return values

    @model_validator(mode="after")
    def _refuse_plain_addresses(self) -> Self:
        for name in ("identity_url", "payments_url", "notify_url", "portal_url", "card_frame_url"):
            if not getattr(self, name).startswith(("http://", "https://")):
                raise ValueError(f"{name} must be an http:// or https:// address")
        return self

    @field_validator("page_key")
    @classmethod
    def _is_32_bytes(cls, key: SecretStr) -> SecretStr:
        try:
            size = len(base64.b64decode(key.get_secret_value(), validate=True))
        except (binascii.Error, ValueError):
            size = 0
        if size != 32:
            raise ValueError("must be 32 bytes in base64")
        return key

    @property
    def page_key_bytes(self) -> bytes:
        """The page key."""
        return base64.b64decode(self.page_key.get_secret_value())

    @property
    def portal_origin(self) -> str:
        """Scheme, host and port of the portal, as browsers say it in `Origin`."""
        return _origin(self.portal_url)

    @property
    def card_frame_origin(self) -> str:
        """The origin of the processor's card frame."""
        return _origin(self.card_frame_url)
