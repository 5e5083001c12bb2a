"""What notify is told at start, beside what every service is told. Next: `wiring.py`."""

from email.utils import parseaddr
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from shared.one_time import parse_key
from shared.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """The mail server, who mails come from, and the portal's address as people type it.

    `smtp_tls`: `starttls` upgrades and refuses to go on without it, `tls` speaks TLS from the first byte, `none` is
    for a server on the same machine or network. A name and password are only sent over TLS. A claimed delivery belongs
    to its process for `delivery_lease_seconds`, which must be more than two tries of the mail server can take.
    `link_key` (32 bytes in base64) is identity's: it opens the one-time links that letters carry.
    """

    portal_url: str
    link_key: SecretStr
    smtp_host: str
    smtp_port: Annotated[int, Field(ge=1, le=65535)]
    smtp_from: str
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_timeout_seconds: Annotated[float, Field(gt=0, le=25)] = 20.0
    delivery_lease_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0

    @field_validator("smtp_from")
    @classmethod
    def _is_mail_address(cls, address: str) -> str:
        if parseaddr(address) != ("", address) or "@" not in address:
            raise ValueError("must be a bare e-mail address; the sender's name stands in the letters")
        return address

    @field_validator("portal_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be the http(s) address of the portal")
        return url.rstrip("/")

    @field_validator("link_key")
    @classmethod
    def _is_key(cls, key: SecretStr) -> SecretStr:
        parse_key(key.get_secret_value())
        return key

    @model_validator(mode="after")
    def _lease_outlasts_sending(self) -> Self:
        if self.delivery_lease_seconds <= 2 * self.smtp_timeout_seconds:
            raise ValueError("delivery_lease_seconds must be more than twice smtp_timeout_seconds")
        return self

    @model_validator(mode="after")
    def _password_needs_tls(self) -> Self:
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("smtp_username and smtp_password belong together")
        if self.smtp_username is not None and self.smtp_tls == "none":
            raise ValueError("a password for the mail server needs smtp_tls")
        return self

    @property
    def link_key_bytes(self) -> bytes:
        """The key for one-time links."""
        return parse_key(self.link_key.get_secret_value())

    @property
    def portal_host(self) -> str:
        """The host name in `portal_url`: the right side of each Message-ID."""
        return urlsplit(self.portal_url).hostname or "localhost"
