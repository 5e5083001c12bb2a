"""What the payments service is told beyond what every service is told; read once at start by `wiring.py`."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of payments, as `PORTAL_<FIELD>`.

    `payments_key`: the secret behind reference numbers and quotes; it must never change, or references would repeat.
    `processor`: which card processor is used, one of `providers/registry.py`.
    `lookups_per_minute`: how often one address may ask for a payment by its reference number without logging in.
    """

    payments_key: SecretStr = Field(min_length=32)
    processor: Literal["sandbox"]
    processor_url: str = Field(pattern=r"^https?://")
    charge_timeout_seconds: float = Field(default=8.0, gt=0)
    max_concurrent_charges: int = Field(default=64, ge=1)
    lookups_per_minute: int = Field(default=10, ge=1)

    @model_validator(mode="after")
    def _no_sandbox_in_production(self) -> Self:
        if self.processor == "sandbox" and not self.is_sandbox:
            raise ValueError("the sandbox processor takes no real money")
        return self
