"""Settings of a process: a frozen model read from `PORTAL_<FIELD>` or from the file that `PORTAL_<FIELD>_FILE` names.

Next: `shared/service.py` reads them once at start; values are passed down, nobody else reads the environment.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

PREFIX = "PORTAL_"


class SettingsError(Exception):
    """The process can not start: a setting is missing or malformed. The message names each, and never its value."""


class ServiceSettings(BaseModel):
    """What every service is told.

    `token_public_key` is an Ed25519 JWK as JSON; `gateway_key` proves that a call comes from our gateway.
    `metrics_port`: a port for operators, with health and metrics; needed where HTTP is public or is not served.
    `otlp_endpoint` (http://collector:4318) turns traces on, `trace_ratio` is the share of requests that is traced.
    `build` is what was deployed, such as a commit: it is shown in the metrics.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    portal_env: Literal["production", "sandbox", "test"]
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)]
    postgres_dsn: SecretStr | None = None
    postgres_owner_dsn: SecretStr | None = None
    postgres_pool_size: int = 16
    amqp_url: SecretStr
    token_public_key: str
    gateway_key: SecretStr
    metrics_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    otlp_endpoint: Annotated[str, Field(pattern=r"^https?://")] | None = None
    trace_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0
    build: str = "unknown"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    max_body_bytes: int = 64 * 1024
    body_timeout_seconds: float = 10
    drain_timeout_seconds: float = 25

    @field_validator("amqp_url")
    @classmethod
    def _names_a_broker(cls, url: SecretStr) -> SecretStr:
        parts = urlsplit(url.get_secret_value())
        if parts.scheme not in ("amqp", "amqps") or not parts.hostname:
            raise ValueError("it is no AMQP URL")
        return url

    @property
    def is_sandbox(self) -> bool:
        """Whether the movable clock and the `/sandbox` routes exist."""
        return self.portal_env in ("sandbox", "test")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read each field. Raises SettingsError naming what is missing or wrong; values are never shown."""
        values: dict[str, str] = {}
        for field in cls.model_fields:
            name = _variable(field)
            if name in environment:
                values[field] = environment[name]
            elif f"{name}_FILE" in environment:
                values[field] = _read_secret_file(name, environment[f"{name}_FILE"])
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            wrong = ", ".join(
                f"{_variable('.'.join(str(part) for part in item['loc']))} ({item['type']})" for item in error.errors()
            )
            raise SettingsError(f"cannot start: check these settings: {wrong}") from None


def _variable(field: str) -> str:
    """`http_port` is read from PORTAL_HTTP_PORT, `portal_env` from PORTAL_ENV."""
    return PREFIX + field.upper().removeprefix(PREFIX)


def _read_secret_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"cannot start: {name}_FILE names a file that cannot be read ({error.strerror})") from None
    except ValueError:
        raise SettingsError(f"cannot start: {name}_FILE names a file that is not text in UTF-8") from None
