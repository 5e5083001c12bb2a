"""What the gateway asks identity, and is answered."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr

from shared.http.models import Input, Output


class TokenBody(Input):
    """A session's token, as the caller showed it."""

    token: Annotated[SecretStr, Field(min_length=1, max_length=500)]


class KeyBody(Input):
    """A partner's key, as the caller showed it."""

    key: Annotated[SecretStr, Field(min_length=1, max_length=500)]


class SessionResolved(Output):
    """Who is calling, and the token that says so to services."""

    service_token: str
    expires_in_seconds: int
    session_id: UUID
    account_id: UUID
    member_id: UUID | None
    audience: Literal["member"]


class PartnerResolved(Output):
    """Which partner is calling, and the token that says so to services."""

    service_token: str
    expires_in_seconds: int
    partner_id: UUID
    audience: Literal["partner"]
