"""identity as the gateway sees it: who stands behind a token, accounts, sessions, verification, support cases."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel

from services.gateway.domain.caller_cache import KnownCaller
from services.gateway.domain.owner import Owner
from services.gateway.providers.identity_answers import (
    Account,
    AccountMade,
    Case,
    Cases,
    SessionMade,
    Sessions,
    SupportRequestMade,
    Verification,
    VerificationResult,
)
from services.gateway.providers.service import PortalService
from services.gateway.providers.visit import Visit

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
    """People, sessions and partners. Each public call raises ServiceRefused and ServiceAway."""

    OWNER: ClassVar[Owner] = Owner.IDENTITY

    async def resolve_session(self, token: str) -> KnownCaller | None:
        """Who stands behind a session token; None when the session ended or never was. Raises ServiceAway."""
        body = _Token(token=token).model_dump_json().encode()
        answer = await self._call("POST", "/internal/sessions/resolve", body)
        if answer.status == 401:
            return None
        found = self._read(_SessionResolved, answer)
        # who is not verified yet may be in the next moment, and is not to be remembered as they are now
        is_verified = found.member_id is not None
        usable_seconds = found.expires_in_seconds - SAFETY_SECONDS if is_verified else 0
        return KnownCaller(found.service_token, str(found.account_id), usable_seconds, is_verified=is_verified)

    async def resolve_partner_key(self, key: str) -> KnownCaller | None:
        """Which partner a key belongs to; None when it belongs to nobody. Raises ServiceAway."""
        body = _Key(key=key).model_dump_json().encode()
        answer = await self._call("POST", "/internal/partner-keys/resolve", body)
        if answer.status == 401:
            return None
        found = self._read(_PartnerResolved, answer)
        return KnownCaller(found.service_token, str(found.partner_id), found.expires_in_seconds - SAFETY_SECONDS)

    async def create_account(self, visit: Visit, account: Mapping[str, Any]) -> AccountMade:
        """Create an account from the fields of the API."""
        return await self._answer(AccountMade, visit, "POST", "/v1/accounts", account)

    async def account(self, visit: Visit) -> Account:
        """The account that is logged in."""
        return await self._answer(Account, visit, "GET", "/v1/account")

    async def log_in(self, visit: Visit, username: str, password: str) -> SessionMade:
        """Begin a session."""
        typed = {"username": username, "password": password}
        return await self._answer(SessionMade, visit, "POST", "/v1/sessions", typed)

    async def sessions(self, visit: Visit) -> Sessions:
        """The account's sessions, the last used first."""
        return await self._answer(Sessions, visit, "GET", "/v1/sessions")

    async def end_session(self, visit: Visit, session_id: str = "current") -> None:
        """Log out one session."""
        await self._done(visit, "DELETE", f"/v1/sessions/{quote(session_id, safe='')}")

    async def end_all_sessions(self, visit: Visit) -> None:
        """Log out everywhere."""
        await self._done(visit, "DELETE", "/v1/sessions")

    async def change_password(self, visit: Visit, old_password: str, new_password: str) -> None:
        """Change the password; every other session ends."""
        await self._done(
            visit, "PUT", "/v1/account/password", {"old_password": old_password, "new_password": new_password}
        )

    async def start_verification(self, visit: Visit) -> Verification:
        """Ask for questions about the enrollment."""
        return await self._answer(Verification, visit, "POST", "/v1/account/verifications", {"method": "questions"})

    async def answer_verification(
        self, visit: Visit, verification_id: str, answers: Mapping[str, str]
    ) -> VerificationResult:
        """Answer the questions."""
        path = f"/v1/account/verifications/{quote(verification_id, safe='')}"
        return await self._answer(VerificationResult, visit, "POST", path, {"answers": dict(answers)})

    async def request_password_reset(self, visit: Visit, username: str) -> None:
        """Ask for a link by e-mail; the answer is the same whether or not there is such an account."""
        await self._done(visit, "POST", "/v1/password-resets", {"username": username})

    async def check_password_reset(self, visit: Visit, token: str) -> None:
        """Whether a link can still be used; refused with `link-expired` when not."""
        await self._done(visit, "GET", f"/v1/password-resets/{quote(token, safe='')}")

    async def reset_password(self, visit: Visit, token: str, password: str) -> None:
        """Set a new password by a link; all sessions end."""
        await self._done(visit, "PUT", f"/v1/password-resets/{quote(token, safe='')}", {"password": password})

    async def open_case(self, visit: Visit, case: Mapping[str, Any]) -> Case:
        """Open a support case: topic, message, payment_reference?."""
        return await self._answer(Case, visit, "POST", "/v1/cases", case)

    async def cases(self, visit: Visit) -> Cases:
        """The account's cases, newest first."""
        return await self._answer(Cases, visit, "GET", "/v1/cases")

    async def case(self, visit: Visit, case_id: str) -> Case:
        """One case with its messages."""
        return await self._answer(Case, visit, "GET", f"/v1/cases/{quote(case_id, safe='')}")

    async def add_case_message(self, visit: Visit, case_id: str, message: str) -> None:
        """Write on in a case."""
        await self._done(visit, "POST", f"/v1/cases/{quote(case_id, safe='')}/messages", {"message": message})

    async def request_support(self, visit: Visit, request: Mapping[str, Any]) -> SupportRequestMade:
        """Open a case without logging in: email, message, name?, topic?, payment_reference?, language?."""
        return await self._answer(SupportRequestMade, visit, "POST", "/v1/support-requests", request)
