"""What comes in and goes out of the URLs of accounts and sessions."""

import re
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from services.identity.domain.account import AccountStatus
from services.identity.domain.ssn import parse_ssn
from services.identity.http.fields import (
    BirthDate,
    Email,
    Language,
    LegalNameBody,
    PasswordText,
    Phone,
    SsnText,
    Text,
    Username,
)
from shared.contracts.identity import LegalName
from shared.http.models import Input, Output


class NewAccount(Input):
    """Who wants an account."""

    legal_name: LegalNameBody
    date_of_birth: BirthDate
    ssn: SsnText
    username: Username
    password: PasswordText
    email: Email
    phone: Phone | None = None
    language: Language = "en"

    @field_validator("username", "email")
    @classmethod
    def _without_ssn(cls, text: str, info: ValidationInfo) -> str:
        """User names and addresses are shown and sent about, so the number must not be in them."""
        ssn: SecretStr | None = info.data.get("ssn")
        if ssn is not None and parse_ssn(ssn.get_secret_value()).digits in re.sub(r"\D", "", text):
            raise ValueError("Do not use your Social Security Number here.")
        return text


class AccountMade(Output):
    """The new account."""

    account_id: UUID
    status: AccountStatus


class AddressShown(Output):
    """Where letters go: the address of the enrollment."""

    line1: str
    city: str
    state: str
    zip: str


class AccountShown(Output):
    """One's own account; `mailing_address` is null until it is verified."""

    account_id: UUID
    status: AccountStatus
    username: str
    legal_name: LegalName
    date_of_birth: date
    ssn_last4: str | None
    email: str
    phone: str | None
    language: Language
    mailing_address: AddressShown | None


class NewPassword(Input):
    """The password in use and the one to come."""

    old_password: PasswordText
    new_password: PasswordText


class LogInBody(Input):
    """User name or e-mail address, and password."""

    username: Annotated[Text, Field(max_length=254)]
    password: PasswordText


class SessionMade(Output):
    """The session; the token is shown only here. It ends at `expires_at`, or before when it is idle for 15 minutes."""

    token: str
    session_id: UUID
    account_id: UUID
    expires_at: datetime


class SessionShown(Output):
    """One of one's sessions; `device` in words, such as "Chrome on Android"."""

    session_id: UUID
    device: str
    network: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class SessionsShown(Output):
    """The sessions that are not over, the last used first."""

    items: tuple[SessionShown, ...]
    next_cursor: None = None
