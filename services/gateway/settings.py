"""What the gateway is told: where the services are, which proxies it believes, how often one network may call."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, IPvAnyNetwork, model_validator

from shared.settings import ServiceSettings

Rate = Annotated[float, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]
Burst = Annotated[int, Field(ge=1)]


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class GatewaySettings(ServiceSettings):
    """Settings of the gateway.

    `trusted_proxies`: addresses or networks, separated by commas, whose X-Forwarded-For is believed.
    `limit_…` holds for all calls of one network together; `strict_limit_…` for each call that invites guessing
    (log-in, new account, tracking). Left out in the sandbox, the strict one is wide enough for many people behind one
    address, because there all of them are.
    """

    identity_url: str
    payments_url: str
    notify_url: str
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
        for name in ("identity_url", "payments_url", "notify_url"):
            if not getattr(self, name).startswith(("http://", "https://")):
                raise ValueError(f"{name} must be an http:// or https:// address")
        return self
