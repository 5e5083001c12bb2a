"""identity as the gateway sees it: it says who stands behind a token."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel

from services.gateway.domain.caller_cache import KnownCaller
from services.gateway.domain.owner import Owner
from services.gateway.providers.service import PortalService

SAFETY_SECONDS = 20.0  # a service token must outlive the call that carries it, repeats included


class _Token(BaseModel):
    token: str


class _Key(BaseModel):
    key: str


class _SessionResolved(BaseModel):
    service_token: str
    expires_in_seconds: float
    account_id: UUID
    member_id: UUID | None


class _PartnerResolved(BaseModel):
    service_token: str
    expires_in_seconds: float
    partner_id: UUID | str


class Identity(PortalService):
    """People, sessions and partners."""

    OWNER: ClassVar[Owner] = Owner.IDENTITY

    async def resolve_session(self, token: str) -> KnownCaller | None:
        """Who stands behind a session token; None when the session ended or never was. Raises ServiceAway."""
        body = _Token(token=token).model_dump_json().encode()
        answer = await self._call("POST", "/internal/sessions/resolve", body)
        if answer.status == 401:
            return None
        found = self._read(_SessionResolved, answer)
        # who is not verified yet may be in the next moment, and is not to be remembered as they are now
        usable_seconds = 0 if found.member_id is None else found.expires_in_seconds - SAFETY_SECONDS
        return KnownCaller(found.service_token, str(found.account_id), usable_seconds)

    async def resolve_partner_key(self, key: str) -> KnownCaller | None:
        """Which partner a key belongs to; None when it belongs to nobody. Raises ServiceAway."""
        body = _Key(key=key).model_dump_json().encode()
        answer = await self._call("POST", "/internal/partner-keys/resolve", body)
        if answer.status == 401:
            return None
        found = self._read(_PartnerResolved, answer)
        return KnownCaller(found.service_token, str(found.partner_id), found.expires_in_seconds - SAFETY_SECONDS)
