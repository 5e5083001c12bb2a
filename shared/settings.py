"""Settings of a process: a frozen model read from `PORTAL_<FIELD>` or from the file that `PORTAL_<FIELD>_FILE` names.

Next: `shared/service.py` reads them once at start; values are passed down, nobody else reads the environment.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from shared.weak_secrets import weaknesses

PREFIX = "PORTAL_"
SANDBOXES = ("sandbox", "test")


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
    postgres_pool_size: int = 32
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
        return self.portal_env in SANDBOXES

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read each field. Raises SettingsError naming what is missing or wrong; values are never shown.

        Outside sandbox and test, whatever is secret must be one: `weak_secrets.py`.
        """
        found = {field: _read(_variable(field), environment) for field in cls.model_fields}
        try:
            settings = cls.model_validate({field: text for field, text in found.items() if text is not None})
        except ValidationError as error:
            wrong = ", ".join(_wrong(item["loc"], item["type"], item["msg"]) for item in error.errors())
            raise SettingsError(f"cannot start: check these settings: {wrong}") from None
        if not settings.is_sandbox:
            held = {field: getattr(settings, field) for field in cls.model_fields}
            _refuse_weak({name: it.get_secret_value() for name, it in held.items() if isinstance(it, SecretStr)})
        return settings


def operator_secrets(
    environment: Mapping[str, str], *, needed: Sequence[str], wanted: Sequence[str] = ()
) -> dict[str, str]:
    """What a deploy step is told, by variable or by file; `wanted` may be missing.

    Raises SettingsError naming what is missing, or too weak outside sandbox and test.
    """
    found = {name: text for name in (*needed, *wanted) if (text := _read(name, environment)) is not None}
    missing = [name for name in needed if name not in found]
    if missing:
        raise SettingsError(f"missing: {', '.join(missing)}")
    if environment.get("PORTAL_ENV") not in SANDBOXES:
        _refuse_weak({name.removeprefix(PREFIX).lower(): text for name, text in found.items()})
    return found


def _refuse_weak(secrets: Mapping[str, str]) -> None:
    weak = [f"{_variable(name)} {why}" for name, text in secrets.items() for why in weaknesses(name, text)]
    if weak:
        raise SettingsError(f"cannot start outside sandbox and test: {', '.join(weak)}")


def _wrong(place: tuple[int | str, ...], kind: str, words: str) -> str:
    # what concerns several settings at once says in our own words which; pydantic's may show values
    return f"{_variable('.'.join(str(part) for part in place))} ({kind})" if place else words


def _variable(field: str) -> str:
    """`http_port` is read from PORTAL_HTTP_PORT, `portal_env` from PORTAL_ENV."""
    return PREFIX + field.upper().removeprefix(PREFIX)


def _read(name: str, environment: Mapping[str, str]) -> str | None:
    if name in environment:
        return environment[name]
    if f"{name}_FILE" in environment:
        return _read_secret_file(name, environment[f"{name}_FILE"])
    return None


def _read_secret_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"cannot start: {name}_FILE names a file that cannot be read ({error.strerror})") from None
    except ValueError:
        raise SettingsError(f"cannot start: {name}_FILE names a file that is not text in UTF-8") from None
